// Made by `cargo xtask codegen` from src-tauri/crates/api. Do not edit.

/** `analyze`: asks engines to look again. */
export type Analyze = {
  /** At what. */
  asset: string,
  /** For what; everything that is available unless said otherwise. */
  kinds?: Array<string>,
};

/** `answer_comment`. */
export type AnswerComment = {
  /** The comment, or another one of its thread. */
  comment: string,
  /** What to say. */
  text: string,
};

/** A box in the picture, in thousandths of its displayed width and height. */
export type Area = {
  /** Left edge. */
  left_permille: number,
  /** Top edge. */
  top_permille: number,
  /** Width. */
  width_permille: number,
  /** Height. */
  height_permille: number,
};

/** Everything the inspector shows of one asset. */
export type AssetDetail = {
  /** Size of the original. */
  size_bytes: number,
  /** The picture, if there is one. */
  video?: VideoTrack,
  /** Every sound track. */
  audio: Array<AudioTrack>,
  /** Thumbnails, once made. */
  sprites?: SpriteSheets,
  /** The editing proxy, once made. */
  proxy: ProxyFigures | null,
  /** EBU R128, where there is sound. */
  loudness?: LoudnessFigures,
  /** What was done about fields, edit lists, damage and the like, in words. */
  notes: Array<string>,
  /** Timecode of the last frame; null where the file states none. */
  end_timecode: string | null,
  /** The container by FFmpeg's name. */
  container: string,
  /** Where originals were found on this and other machines, as text to show. */
  places: Array<string>,
  /** What of it is on this machine, when the lake is elsewhere. */
  kept?: Kept,
  /** BLAKE3-128 of its bytes, 32 hexadecimal digits; while it is on its way in, `job-` and the id of its ingest, which `asset`, `proposals`, `markers` and `comments` take. What needs the film itself answers `conflict` until it is in. */
  id: string,
  /** Name shown. */
  title: string,
  /** Where the original was found, as text to show. */
  source: string,
  /** Length in seconds, for showing; 0 for a still. */
  duration_secs: number,
  /** Frames of the picture, 0 without one. */
  frame_count: number,
  /** `30000/1001`; null without a picture or where no rate can be named. */
  frame_rate: string | null,
  /** Variable frame rate: timecode is nominal. */
  vfr: boolean,
  /** Timecode of frame 0, for example `01:00:00;00`; null where the file states none. */
  start_timecode: string | null,
  /** Whether timecode counts drop-frame. */
  drop_frame: boolean,
  /** Displayed width in pixels, 0 without a picture. */
  width: number,
  /** Displayed height in pixels, 0 without a picture. */
  height: number,
  /** FFmpeg's name of the picture codec, empty without a picture. */
  video_codec: string,
  /** Channels of all sound tracks together, 0 without one. */
  audio_channels: number,
  /** Where it is on its way. */
  state: AssetState,
  /** The job of its ingest, until it is ready. */
  job?: string,
  /** 0 to 1 while ingesting. */
  progress?: number,
  /** Its proposals. */
  tally: Tally,
  /** Threads of comments on it that are not settled. */
  open_threads: number,
  /** When it came in, milliseconds since 1970. */
  added_millis: number,
  /** `pq` or `hlg`. */
  hdr?: string,
  /** A single picture. */
  still: boolean,
  /** Fields, not frames. */
  interlaced: boolean,
};

/** Which assets of the library. */
export type AssetFilter = "all" | "open" | "circled" | "flagged" | "ready";

/** Names one asset. */
export type AssetRequest = {
  /** Its id. */
  asset: string,
};

/** One asset in a list. */
export type AssetRow = {
  /** BLAKE3-128 of its bytes, 32 hexadecimal digits; while it is on its way in, `job-` and the id of its ingest, which `asset`, `proposals`, `markers` and `comments` take. What needs the film itself answers `conflict` until it is in. */
  id: string,
  /** Name shown. */
  title: string,
  /** Where the original was found, as text to show. */
  source: string,
  /** Length in seconds, for showing; 0 for a still. */
  duration_secs: number,
  /** Frames of the picture, 0 without one. */
  frame_count: number,
  /** `30000/1001`; null without a picture or where no rate can be named. */
  frame_rate: string | null,
  /** Variable frame rate: timecode is nominal. */
  vfr: boolean,
  /** Timecode of frame 0, for example `01:00:00;00`; null where the file states none. */
  start_timecode: string | null,
  /** Whether timecode counts drop-frame. */
  drop_frame: boolean,
  /** Displayed width in pixels, 0 without a picture. */
  width: number,
  /** Displayed height in pixels, 0 without a picture. */
  height: number,
  /** FFmpeg's name of the picture codec, empty without a picture. */
  video_codec: string,
  /** Channels of all sound tracks together, 0 without one. */
  audio_channels: number,
  /** Where it is on its way. */
  state: AssetState,
  /** The job of its ingest, until it is ready. */
  job?: string,
  /** 0 to 1 while ingesting. */
  progress?: number,
  /** Its proposals. */
  tally: Tally,
  /** Threads of comments on it that are not settled. */
  open_threads: number,
  /** When it came in, milliseconds since 1970. */
  added_millis: number,
  /** `pq` or `hlg`. */
  hdr?: string,
  /** A single picture. */
  still: boolean,
  /** Fields, not frames. */
  interlaced: boolean,
};

/** Where an asset is on its way into the lake. */
export type AssetState = "queued" | "ingesting" | "ready" | "failed";

/** `assets`: a window of the library. */
export type Assets = {
  /** The rows. */
  assets: Array<AssetRow>,
  /** How many match, window or not. */
  count: number,
  /** Whether more match than were counted: a search stops at 10 000, and looks for one or two letters among the newest 100 000 alone. */
  more: boolean,
  /** How many there are at all. */
  total: number,
  /** Where the proposals of all of them stand. */
  tally: Tally,
  /** How many stand before `place_of`; nothing when it is not among those that match. */
  place?: number,
};

/** A window of the library, newest first; a field that is left out asks for nothing. */
export type AssetsRequest = {
  /** Of these only. */
  filter?: AssetFilter,
  /** Whose titles hold each of these words somewhere, whatever its case. */
  words?: string,
  /** These rows rather than a window, in this order; what is not known is left out. */
  ids?: Array<string>,
  /** Asks too how many stand before this one; words are left out of account. */
  place_of?: string,
  /** Rows to pass over. */
  offset?: number,
  /** Rows at most: 200 when not given, 1000 at most. */
  limit?: number,
};

/** One sound track. */
export type AudioTrack = {
  /** FFmpeg's name of the codec. */
  codec: string,
  /** Channels. */
  channels: number,
  /** Samples per second. */
  sample_rate: number,
  /** As tagged, may be empty. */
  language: string,
  /** As tagged, may be empty. */
  title: string,
};

/** Whose boxes are shown. */
export type BoxesShow = "off" | "selected" | "all";

/** `bring_asset`. */
export type BringAsset = {
  /** Which. */
  asset: string,
  /** Whether its original is meant, or what was made from it. */
  original: boolean,
};

/** One proposal and where it stands now. */
export type Changed = {
  /** The proposal. */
  id: string,
  /** Its state now. */
  state: ProposalState,
};

/** One channel of the sound. */
export type ChannelSetting = {
  /** Not heard. */
  mute: boolean,
  /** With any of these only these are heard. */
  solo: boolean,
  /** Where. */
  side: ChannelSide,
};

/** Where a channel of the sound is heard. */
export type ChannelSide = "laid" | "left" | "right" | "both";

/** One thing this machine can or cannot do. */
export type Check = {
  /** `media`, `stage`, `engines`, `lake`, … */
  area: string,
  /** What was looked at. */
  title: string,
  /** How it came out. */
  state: CheckState,
  /** What was found. */
  words: string,
  /** What to do; may be empty. */
  hint: string,
};

/** How a check came out. */
export type CheckState = "ok" | "warn" | "missing";

/** `doctor`: what this machine can do, in words. */
export type Checks = {
  /** All of them. */
  checks: Array<Check>,
};

/** What one person said. */
export type Comment = {
  /** 32 hexadecimal digits. */
  id: string,
  /** What is said; lines are separated by `\n`. */
  text: string,
  /** Who said it. */
  person: string,
  /** The role claimed. */
  role: Role,
  /** When, milliseconds since 1970. */
  millis: number,
  /** When its author changed it last. */
  changed_millis?: number,
  /** The person at this desk said it, and so may change it. */
  own: boolean,
  /** Its author changed it in two places at once; the next change settles it. */
  disputed: boolean,
};

/** Names one comment. */
export type CommentRequest = {
  /** Its id. */
  comment: string,
};

/** The answer to everything that is done with comments, sent only once it is on the disk. */
export type Commented = {
  /** The thread as it stands now; null when nothing of it is left. */
  thread: Thread | null,
  /** What undo and redo would do now. */
  undo: UndoState,
};

/** `comments`: those on one asset, in the order of time. */
export type Comments = {
  /** By thread. */
  threads: Array<Thread>,
  /** Threads that are not settled. */
  open: number,
};

/** The still or the other film beside the picture. */
export type Compare = {
  /** How. */
  mode: CompareMode,
  /** Where the line of a wipe stands, in thousandths of the picture's width. */
  split_permille: number,
};

/** How a still, or a picture of another film, and the picture are seen together. */
export type CompareMode = "side-by-side" | "wipe" | "difference" | "still";

/** A film that follows the one in the viewer, by time: frame rates may differ. */
export type ComparedFilm = {
  /** The asset. */
  asset: string,
  /** Whether its original is shown instead of its proxy, where it can be reached. */
  original: boolean,
  /** The asset in the viewer that it follows; while another is there it stands. */
  viewed: string,
  /** A frame of that one. */
  viewed_frame: number,
  /** The frame of the film that begins with it. */
  frame: number,
};

/** Columns instead of lines. */
export type CueColumns = "to-the-left" | "to-the-right";

/** An edge or the middle of a cue. */
export type CueEdge = "start" | "middle" | "end" | "left" | "right";

/** Kind `cues`. */
export type CuePayload = {
  /** Its words; empty for a slot where somebody speaks. Lines are separated by `\n`. */
  text: string,
  /** BCP 47, absent when unknown. */
  language?: string,
  /** Where it stands; absent for the middle of the bottom. */
  place?: CuePlace,
  /** Where its words are set otherwise, in order and not overlapping. */
  styles?: Array<CueStyle>,
};

/** Where a cue stands, in WebVTT's terms. Absent is the usual. */
export type CuePlace = {
  /** A row of the safe area: 0 the first, −1 the last. */
  row?: number,
  /** Thousandths of the picture's height (of its width, for columns), in place of a row. */
  line_permille?: number,
  /** Which part of the cue stands there. */
  line_edge?: CueEdge,
  /** Thousandths of the picture's width (of its height, for columns). */
  position_permille?: number,
  /** Which part of the cue stands there. */
  position_edge?: CueEdge,
  /** Longest line, in thousandths of the picture's width (of its height, for columns). */
  size_permille?: number,
  /** How lines of different length stand to each other. */
  align?: CueEdge,
  /** Columns instead of lines. */
  columns?: CueColumns,
};

/** Words of a cue that are set otherwise. */
export type CueStyle = {
  /** First letter, counted in Unicode scalar values of the text, line feeds included. */
  start: number,
  /** First letter that is no longer among them. */
  end: number,
  /** Slanted. */
  italic?: boolean,
  /** Heavier. */
  bold?: boolean,
  /** With a line beneath. */
  underline?: boolean,
  /** `#rrggbbaa` as a number. */
  colour?: number,
  /** `#rrggbbaa` as a number: what lies behind the words. */
  background?: number,
};

/** `decide`: one verdict on one or many proposals. One entry, one undo. */
export type Decide = {
  /** At least one. */
  ids: Array<string>,
  /** What is said. */
  verdict: Verdict,
  /** With `circle`: fields that replace those of the payload, `start_frame`, `end_frame`. */
  edit?: Record<string, unknown>,
  /** With `circle` on several: the edit of each that has one of its own, by id. One entry, one undo all the same. */
  edits?: Record<string, Record<string, unknown>>,
  /** A word from the person. */
  note?: string,
};

/** The answer to `decide`, sent only once the decision is on the disk. */
export type Decided = {
  /** What changed. */
  changed: Array<Changed>,
  /** What undo and redo would do now. */
  undo: UndoState,
};

/** Who decided and when. */
export type DecidedBy = {
  /** The name shown. */
  person: string,
  /** The role claimed. */
  role: Role,
  /** Milliseconds since 1970. */
  millis: number,
  /** A word from the person, may be empty. */
  note: string,
};

/** One event on `/events` or the window's `desk` channel. */
export type DeskEvent = {
  /** `assets`, `proposals`, `jobs`, `undo`, `settings`, `asset:<id>`. */
  stale: Array<string>,
} | {
  /** As it is now. */
  job: Job,
};

/** `edit_comment`: one's own; what is not given stays. */
export type EditComment = {
  /** The comment. */
  comment: string,
  /** Other words. */
  text?: string,
  /** Another first frame. */
  start_frame?: number,
  /** Another first frame after it. */
  end_frame?: number,
};

/** `edit_marker`: what is not given stays. */
export type EditMarker = {
  /** The marker. */
  marker: string,
  /** Another note; an empty one takes it away. */
  note?: string,
  /** Another first frame. */
  start_frame?: number,
  /** Another first frame after it. */
  end_frame?: number,
};

/** A request or an answer with nothing in it. */
export type Empty = Record<string, never>;

/** One engine, whether it can run here or not. */
export type Engine = {
  /** Its name, for example `local.shots`. */
  name: string,
  /** Kinds it proposes. */
  kinds: Array<string>,
  /** Whether it can run now. */
  available: boolean,
  /** What it does, in words. */
  words: string,
  /** What to do to have it; empty when it is here. */
  how_to_get: string,
  /** Model or method. */
  model: string,
  /** Version of both. */
  version: string,
};

/** `engines`: who could propose something. */
export type Engines = {
  /** All known ones. */
  engines: Array<Engine>,
};

/** In which form. */
export type ExportFormat = "edl" | "otio" | "fcpxml" | "srt" | "vtt" | "ttml" | "png";

/** `export`: makes a file for elsewhere. */
export type ExportRequest = {
  /** Of which asset. */
  asset: string,
  /** What. */
  what: ExportWhat,
  /** As what. */
  to: ExportFormat,
};

/** What leaves. */
export type ExportWhat = "shots" | "highlights" | "cues" | "posters";

/** The file is made and has been read back. */
export type Exported = {
  /** Fetch it at `/exports/<id>`, or save it from the window. */
  export_id: string,
  /** A name to save it under. */
  file_name: string,
  /** Its size. */
  size_bytes: number,
  /** What could not be carried, in words. */
  losses: Array<string>,
  /** Clips, cues or pictures in it. */
  items: number,
};

/** Kind `faces`. */
export type FacesPayload = {
  /** The frame of the best sighting. */
  frame: number,
  /** Faces in that frame. */
  areas: Array<Area>,
};

/** One error as a person sees it: what happened, what is safe and what to do. */
export type Fault = {
  /** For machines. */
  code: FaultCode,
  /** What happened, one sentence. */
  message: string,
  /** What to do next; may be empty. */
  hint: string,
  /** Technical causes, folded away. */
  detail: string,
};

/** What kind of thing went wrong, for the desk to match on. */
export type FaultCode = "bad-request" | "not-found" | "unreadable" | "not-media" | "empty-media" | "damaged-media" | "beyond-limits" | "unsupported" | "hostile-name" | "cancelled" | "disk-full" | "not-allowed" | "lake" | "away" | "store" | "conflict" | "missing" | "settings" | "internal";

/** Frames that a proposal flags as something not everybody should have to see. */
export type Flagged = {
  /** First frame inside. */
  start: number,
  /** First frame no longer inside. */
  end: number,
  /** Where; everywhere when empty. */
  areas: Array<Area>,
};

/** What others put into the lake, and how that is noticed. */
export type Foreign = {
  /** Whether it is taken in. */
  on: boolean,
  /** The queue of the bucket's notifications, empty for none. */
  queue: string,
  /** Why the queue is not read. */
  trouble?: Fault,
  /** The last notification. */
  event?: Heard,
  /** The last message that was left in the queue. */
  left?: Heard,
  /** The last look through the lake. */
  listing?: Heard,
  /** Objects that wait to be taken in. */
  waiting: number,
  /** Objects that became assets. */
  taken: number,
  /** Objects that are not taken in. */
  refused: number,
  /** Objects that lie in an archive. */
  archived: number,
  /** Objects that became assets and are no longer in the lake. */
  gone: number,
  /** The latest of each. */
  objects: Array<ForeignObject>,
};

/** One object that somebody else put into the lake. */
export type ForeignObject = {
  /** Its key. */
  key: string,
  /** All its bytes. */
  size_bytes: number,
  /** Where it stands. */
  state: ForeignStanding,
  /** What it became. */
  asset?: string,
  /** Why it is not taken in, or not yet. */
  why?: string,
  /** Since when it stands so, milliseconds since 1970. */
  since_millis: number,
};

/** Where an object stands that somebody else put into the lake. */
export type ForeignStanding = "waiting" | "taken" | "refused" | "archived" | "gone";

/** Frames from `start` up to `end`, that one not included. */
export type FrameRange = {
  /** First frame inside. */
  start: number,
  /** First frame no longer inside. */
  end: number,
};

/** One thing being dragged. */
export type Ghost = {
  /** The proposal or the marker. */
  id: string,
  /** Where it would begin. */
  start_secs: number,
  /** Where it would end. */
  end_secs: number,
  /** Top edge of its row. */
  y: number,
  /** Height. */
  height: number,
};

/** What the hand does on a timeline at this moment. CSS pixels; seconds of the asset. */
export type Hand = {
  /** What is dragged, where it would stand. */
  ghosts: Array<Ghost>,
  /** Where an edge has met something. */
  snap_secs: number | null,
  /** The rectangle that selects: left, top, width, height. */
  marquee: [number, number, number, number] | null,
  /** Words beside the pointer. */
  tip: Tip | null,
};

/** Something that was heard or done, and when. */
export type Heard = {
  /** Milliseconds since 1970. */
  millis: number,
  /** In words. */
  words: string,
};

/** `hello`: what the desk needs to draw its first picture. */
export type Hello = {
  /** Of the program. */
  version: string,
  /** Window or browser. */
  host: Host,
  /** The lake at hand. */
  lake: LakePlace,
  /** Who. */
  person: Person,
  /** How pictures reach the screen, for example `Vulkan` or `off-screen`. */
  presenter: string,
  /** Undo and redo. */
  undo: UndoState,
  /** The demo film, when this lake holds it. */
  demo_asset?: string,
  /** Files that were named when the program was started and were not taken in. */
  refused: Array<Refusal>,
  /** Counts the lakes opened since the program was started: with another number a page begins anew. */
  opening: number,
  /** Why the lake opened last is not the one that is open, when it is not. */
  not_come_back?: Fault,
};

/** Kind `highlights`. */
export type HighlightPayload = {
  /** 0 to 1000. */
  score_permille: number,
  /** Strongest first. */
  reasons: Array<Reason>,
};

/** One decision about a proposal. */
export type HistoryEntry = {
  /** The ledger entry. */
  entry: string,
  /** Who. */
  person: string,
  /** As what. */
  role: Role,
  /** Milliseconds since 1970. */
  millis: number,
  /** What they said. */
  verdict: VerdictGiven,
  /** A word from them, may be empty. */
  note: string,
  /** Whether it holds now. */
  standing: boolean,
  /** Whether it was taken back. */
  undone: boolean,
};

/** One act of this workstation. */
export type HistoryStep = {
  /** In words. */
  label: string,
  /** Title of the asset it was about, of several one; empty when it is not known here. */
  film: string,
  /** Milliseconds since 1970. */
  millis: number,
  /** Who. */
  person: string,
};

/** Where the desk runs. */
export type Host = "window" | "browser";

/** `import_cues`: a subtitle file as circled cues. An explicit act of the person. */
export type ImportCues = {
  /** For which asset. */
  asset: string,
  /** The file's name: its ending says what it is, and it is kept as provenance. */
  file_name: string,
  /** The whole file. */
  text: string,
};

/** The answer to `import_cues`. */
export type ImportedCues = {
  /** How many cues came in. */
  cues: number,
  /** What of the file could not be taken over, in words. */
  losses: Array<string>,
};

/** One piece of long work. */
export type Job = {
  /** Its id. */
  id: string,
  /** What it does. */
  kind: JobKind,
  /** In words, with the name of what it works on. */
  title: string,
  /** The asset, once known. */
  asset?: string,
  /** How far. */
  state: JobState,
  /** 0 to 1; null when it cannot be known. */
  progress: number | null,
  /** For example `3.2× real time`; empty when not known. */
  rate: string,
  /** Estimated seconds left; null when it cannot be known. */
  left_secs: number | null,
  /** What it is doing now, may be empty. */
  message: string,
  /** Why it failed. */
  fault: Fault | null,
  /** When it began, or was queued while it waits; milliseconds since 1970. */
  started_millis: number,
  /** Milliseconds since 1970; null until it ends. */
  ended_millis: number | null,
};

/** What a job does. */
export type JobKind = "ingest" | "look" | "demo" | "other";

/** Names one job. */
export type JobRequest = {
  /** Its id. */
  id: string,
};

/** How far a job is. */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** `jobs`: running ones first, then the newest. */
export type Jobs = {
  /** All that are kept. */
  jobs: Array<Job>,
};

/** `keep_asset`. */
export type KeepAsset = {
  /** Which. */
  asset: string,
  /** Whether its files stay, whatever the budget. */
  keep: boolean,
};

/** What of an asset is on this machine. */
export type Kept = {
  /** Bytes of what was made from it that are here. */
  here_bytes: number,
  /** Bytes of all that was made from it. */
  total_bytes: number,
  /** Whether its proxy can be played from here. */
  proxy_here: boolean,
  /** Whether its files stay, whatever the budget. */
  pinned: boolean,
  /** Whether the lake has its original and this machine has not. */
  original_away: boolean,
};

/** `keymap`: the keys in force. */
export type Keymap = {
  /** The preset underneath. */
  preset: KeymapPreset,
  /** Act → its keys, all that are in force; an empty list is unbound. */
  bindings: Record<string, string[]>,
  /** Preset → act → its keys, complete: what a binding goes back to. */
  presets: Record<KeymapPreset, Record<string, string[]>>,
  /** What of the person's file was not understood, in words. */
  warnings: Array<string>,
};

/** `set_keymap`: the fields to change. */
export type KeymapChange = {
  /** The preset underneath. */
  preset?: KeymapPreset,
  /** Bindings to hold over the preset; acts that are left out keep the preset's. */
  bindings?: Record<string, string[]>,
};

/** Whose keys. */
export type KeymapPreset = "circletake" | "premiere" | "resolve" | "avid";

/** A lake that was opened here. */
export type KnownLake = {
  /** Its name in calls. */
  id: string,
  /** Name shown. */
  name: string,
  /** Where it lies, as text to show. */
  place: string,
  /** What it is. */
  kind: LakeKind,
  /** Its address, for a lake in a bucket: to sign in to it again. */
  address?: LakeAddress,
  /** Whether it is the one that is open. */
  open: boolean,
  /** Whether it is the one inside the home, which stays in the list. */
  embedded: boolean,
  /** When it was opened last, milliseconds since 1970; 0 when it was not yet. */
  opened_millis: number,
  /** Entries that wait to be sent. */
  waiting_entries: number,
  /** Objects that wait to be sent. */
  waiting_objects: number,
  /** Their bytes. */
  waiting_bytes: number,
};

/** `lakes`: what a person can go over to. */
export type KnownLakes = {
  /** The one opened last first. */
  lakes: Array<KnownLake>,
};

/** Where a lake is, as it is typed. Only the window may name a folder. */
export type LakeAddress = {
  /** `s3://bucket/prefix`, or a folder's whole path. */
  address: string,
  /** Another server than AWS's own. */
  endpoint_url?: string,
  /** The bucket's region. */
  region?: string,
};

/** What kind of store the lake is. */
export type LakeKind = "folder" | "s3";

/** `lake_outlook`: what one may do in the lake, and what it looks like. */
export type LakeOutlook = {
  /** What was tried. */
  rights: Array<LakeRight>,
  /** What it looks like, in words. */
  look: string,
  /** Whether something lies there that is no lake of ours. */
  foreign: boolean,
};

/** The lake as it is shown. */
export type LakePlace = {
  /** Name shown. */
  name: string,
  /** Where it lies, as text to show. */
  place: string,
  /** What it is. */
  kind: LakeKind,
};

/** `read_lake`: what an address means. */
export type LakeRead = {
  /** Name shown. */
  name: string,
  /** Where it lies, as text to show. */
  place: string,
  /** What it is. */
  kind: LakeKind,
  /** Whether somebody signs in to it. */
  asks_who: boolean,
  /** Its name among the known lakes, when it is one. */
  known?: string,
  /** How one signed in last, to it or to every lake. */
  choice: SignInChoice,
};

/** `open_lake`, `forget_lake`. */
export type LakeRequest = {
  /** Which, as `lakes` names it. */
  id: string,
};

/** One thing that was tried. */
export type LakeRight = {
  /** A short name that does not change. */
  act: string,
  /** What a person calls it. */
  title: string,
  /** How it came out. */
  verdict: RightVerdict,
  /** The row in one sentence. */
  words: string,
  /** What is missing, as policies spell it. */
  missing?: string,
};

/** `lake_state`. */
export type LakeState = {
  /** Whether it can be reached. */
  standing: Standing,
  /** Since when, milliseconds since 1970. */
  since_millis: number,
  /** When it answered last, milliseconds since 1970. */
  reached_millis?: number,
  /** Why it is not reached. */
  fault?: Fault,
  /** Entries that wait to be sent. */
  waiting_entries: number,
  /** Objects that wait to be sent. */
  waiting_objects: number,
  /** Their bytes. */
  waiting_bytes: number,
  /** Objects that the lake does not take. */
  refused_objects: number,
  /** Whether the sending of objects is paused. */
  paused: boolean,
  /** What is sent next, what was refused first; the first of many. */
  sending: Array<Transfer>,
  /** What is being fetched, and what waits for that. */
  fetching: Array<Transfer>,
  /** Bytes of a lake elsewhere that are kept on this machine. */
  kept_bytes: number,
  /** Bytes that may be kept. */
  budget_bytes: number,
  /** Workstations that cannot be followed to what they wrote last. */
  writers: Array<Writer>,
  /** What others put into it. */
  foreign: Foreign,
};

/** One lane. */
export type Lane = {
  /** A kind, `video` or `audio`. */
  id: string,
  /** Name shown. */
  label: string,
  /** Top edge. */
  y: number,
  /** Height. */
  height: number,
};

/** What many rows have in common. */
export type ListedSource = {
  /** The asset. */
  asset: string,
  /** The kind. */
  kind: string,
  /** Engine name. */
  engine: string,
  /** Model or method. */
  model: string,
  /** Version of both. */
  version: string,
  /** The run that made them. */
  run: string,
};

/** `listing`: all that `proposals` answers for the same request, in columns. A hundred thousand rows are a fifth of the bytes that way, and a page keeps them as a few long texts and arrays. Every column has an item for each row, in their order. */
export type Listing = {
  /** 32 hexadecimal digits of each, one after the other. */
  ids: string,
  /** Which of `sources` each comes from. */
  source: Array<number>,
  /** What rows come from, each once. */
  sources: Array<ListedSource>,
  /** First frames, with a person's edit applied. */
  start_frame: Array<number>,
  /** First frames after. */
  end_frame: Array<number>,
  /** For showing and drawing, to the microsecond. */
  start_secs: Array<number>,
  /** For showing and drawing, to the microsecond. */
  end_secs: Array<number>,
  /** A letter for where each stands: `o`pen, `c`ircled, `r`ejected, `x` in conflict. */
  states: string,
  /** 0 to 1000, and -1 where the engine gives none. */
  confidence_permille: Array<number>,
  /** What deciding each is worth. */
  worth: Array<number>,
  /** A line for each: first timecode, timecode after, title and detail with tabs between them. */
  words: string,
  /** A line for each: its payload as JSON. */
  payloads: string,
  /** What persons changed, by the row's place. */
  edits: Record<number, Record<string, unknown>>,
  /** Which of `verdicts` each was decided by; -1 for none. */
  decided: Array<number>,
  /** Who decided and when, each once. */
  verdicts: Array<DecidedBy>,
  /** As in `proposals`. */
  tally: Tally,
  /** What to give as `since` to `proposals`. */
  version: string,
};

/** EBU R128 figures of the first sound track. */
export type LoudnessFigures = {
  /** Programme loudness in LUFS; null when everything is below the gate. */
  integrated_lufs: number | null,
  /** Loudness range in LU. */
  range_lu: number | null,
  /** Maximum true peak in dBTP. */
  true_peak_dbtp: number | null,
};

/** The answer to `put_marker` and `edit_marker`, sent only once it is on the disk. */
export type Marked = {
  /** As it stands now. */
  marker: Marker,
  /** What undo and redo would do now. */
  undo: UndoState,
};

/** One marker: a person's note on frames of an asset. */
export type Marker = {
  /** 32 hexadecimal digits. */
  id: string,
  /** The asset it is on. */
  asset: string,
  /** First frame. */
  start_frame: number,
  /** First frame after it; a plain marker has one frame. */
  end_frame: number,
  /** For showing and drawing. */
  start_secs: number,
  /** For showing and drawing. */
  end_secs: number,
  /** Source timecode, empty where there is no rate. */
  start_timecode: string,
  /** A word from the person, may be empty. */
  note: string,
  /** Who put it or changed it last. */
  person: string,
  /** The role claimed. */
  role: Role,
  /** Milliseconds since 1970. */
  millis: number,
  /** Somebody who had not seen this says otherwise; whoever changes it next settles it. */
  disputed: boolean,
};

/** Names one marker. */
export type MarkerRequest = {
  /** Its id. */
  marker: string,
};

/** `markers`: those of one asset, in the order of time. */
export type Markers = {
  /** The markers. */
  markers: Array<Marker>,
};

/** The aspect that a matte leaves of the picture, as width to height: 239 to 100, 9 to 16. */
export type Matte = {
  /** Width; at least 1. */
  width: number,
  /** Height; at least 1. */
  height: number,
};

/** Which loudness meter stands beside the picture. */
export type MetersShow = "off" | "ebu9" | "ebu18";

/** How proposals are ordered. */
export type Order = "worth" | "time";

/** The answer to `over`. */
export type OverAnswer = {
  /** Frames at which subtitles or boxes come or go, in order: from one up to the next the same lies over every frame. */
  changes: Array<number>,
  /** Names what lies over the picture now: after a verdict it may be something else. */
  revision: string,
  /** What the shield covers. */
  flagged: Array<Flagged>,
  /** Scripts that subtitles of this asset are written in and this machine has no face for, by the names of languages. */
  missing_scripts: Array<string>,
};

/** `over`: what could lie over an asset's picture, and when it changes. */
export type OverRequest = {
  /** The asset. */
  asset: string,
};

/** Who sits at this workstation, by their own word. */
export type Person = {
  /** The name shown. */
  name: string,
  /** The role claimed. */
  role: Role,
};

/** The answer to `pick_files`: what became of the files a person named. That some were refused is no fault. */
export type Picked = {
  /** Ingest jobs queued; empty when the dialog was closed. */
  jobs: Array<string>,
  /** Assets of files that were taken in before and have not changed since. */
  already: Array<string>,
  /** Files that were not taken in. */
  refused: Array<Refusal>,
};

/** Kind `posters`. */
export type PosterPayload = {
  /** The frame. */
  frame: number,
  /** 0 to 1000. */
  score_permille: number,
  /** Strongest first. */
  reasons: Array<Reason>,
};

/** The answer: exactly these, to be given to `decide`. */
export type Preview = {
  /** Proposal ids, in the order of the asset. */
  ids: Array<string>,
  /** How many of each kind. */
  by_kind: Record<string, number>,
};

/** Which proposals a bulk verdict would touch. */
export type PreviewFilter = {
  /** Of one asset only. */
  asset?: string,
  /** Of these kinds only. */
  kinds?: Array<string>,
  /** In these states only; open ones unless said otherwise. */
  states?: Array<ProposalState>,
  /** 0 to 1, inclusive. Proposals without a confidence never match a limit. */
  min_confidence?: number,
  /** 0 to 1, inclusive. */
  max_confidence?: number,
};

/** `preview`: asks before a bulk verdict. */
export type PreviewRequest = {
  /** What it would touch. */
  filter: PreviewFilter,
};

/** `aws_profiles`. */
export type Profiles = {
  /** Their names, sorted. */
  profiles: Array<string>,
};

/** One proposal in a list, with everything a verdict needs. */
export type ProposalRow = {
  /** 32 hexadecimal digits. */
  id: string,
  /** The asset it is about. */
  asset: string,
  /** `highlights`, `shots`, `faces`, `text`, `cues`, `qc`, `posters`, or a kind of a later version. */
  kind: string,
  /** First frame, with the person's edit applied. */
  start_frame: number,
  /** First frame after it. */
  end_frame: number,
  /** For showing and drawing. */
  start_secs: number,
  /** For showing and drawing. */
  end_secs: number,
  /** Source timecode, empty where there is no rate. */
  start_timecode: string,
  /** Source timecode just after it, empty where there is no rate. */
  end_timecode: string,
  /** Where it stands. */
  state: ProposalState,
  /** 0 to 1, when the engine gives one. */
  confidence: number | null,
  /** Engine name. */
  engine: string,
  /** Model or method. */
  model: string,
  /** Version of both. */
  version: string,
  /** The run that made it. */
  run: string,
  /** `ShotPayload`, `QcPayload`, … by kind. */
  payload: Record<string, unknown>,
  /** What the person changed: fields of the payload, `start_frame`, `end_frame`. */
  edit: Record<string, unknown> | null,
  /** One line to show. */
  title: string,
  /** A second, quieter line. */
  detail: string,
  /** What deciding it is worth: the order of the list, larger first. */
  worth: number,
  /** Who decided; null while open or in conflict. */
  decided: DecidedBy | null,
};

/** Where a proposal stands. */
export type ProposalState = "open" | "circled" | "rejected" | "conflict";

/** `proposals`: the rows asked for, and how many stand where over all that the asset and kind name. */
export type Proposals = {
  /** The rows. */
  proposals: Array<ProposalRow>,
  /** The count, whatever state was asked for. */
  tally: Tally,
  /** What to give as `since` next time. */
  version: string,
  /** Whether these are all rows; otherwise they are those that changed, to be put in place of the ones of their ids. */
  whole: boolean,
  /** Proposals that changed and are not in the state asked for any more. */
  gone: Array<string>,
};

/** Which proposals. */
export type ProposalsRequest = {
  /** Of one asset only. */
  asset?: string,
  /** Of one kind only. */
  kind?: string,
  /** In one state only. */
  state?: ProposalState,
  /** `worth` unless said otherwise. */
  order?: Order,
  /** Only what changed since: the `version` of an earlier answer to the same request. */
  since?: string,
};

/** `provenance`: why a proposal is there and what became of it. */
export type Provenance = {
  /** Engine name. */
  engine: string,
  /** Model or method. */
  model: string,
  /** Version of both. */
  version: string,
  /** Parameters as given. */
  parameters: unknown,
  /** BLAKE3 of what the engine read, hexadecimal. */
  input: string,
  /** Milliseconds since 1970. */
  started_millis: number,
  /** CPU time of the run; 0 when not measured. */
  cpu_millis: number,
  /** Millionths of a US dollar; 0 on this machine. */
  cost_micros: number,
  /** The run. */
  run: string,
  /** Every decision about it, oldest first. */
  history: Array<HistoryEntry>,
};

/** Names one proposal. */
export type ProvenanceRequest = {
  /** Its id. */
  proposal: string,
};

/** The editing proxy. */
export type ProxyFigures = {
  /** Width in pixels. */
  width: number,
  /** Height in pixels. */
  height: number,
  /** Size of the file. */
  size_bytes: number,
};

/** `put_comment`: a new thread. */
export type PutComment = {
  /** On which asset. */
  asset: string,
  /** On which frame. */
  frame: number,
  /** The first frame after it; one frame when not given. */
  end_frame?: number,
  /** What to say. */
  text: string,
};

/** `put_marker`: a new marker. */
export type PutMarker = {
  /** On which asset. */
  asset: string,
  /** On which frame. */
  frame: number,
  /** The first frame after it; one frame when not given. */
  end_frame?: number,
  /** A word to go with it. */
  note?: string,
};

/** Kinds of technical fault found on the device. */
export type QcFault = "black" | "freeze" | "silence" | "loud" | "programme-loudness" | "true-peak" | "flash" | "corrupt-frames";

/** Kind `qc`. */
export type QcPayload = {
  /** What it is. */
  fault: QcFault,
  /** What was measured, in words with unit. */
  measured: string,
  /** The limit it was held against, in words. */
  limit: string,
};

/** One reason for a score. */
export type Reason = {
  /** `loudness`, `motion`, `cut-rate`, `faces`, `sharpness`, `composition`, `variety`. */
  signal: string,
  /** Its share of the score, 0 to 1000. */
  share_permille: number,
};

/** A file that was not taken in. */
export type Refusal = {
  /** Its name, as text to show. */
  name: string,
  /** Why not, and what to do. */
  fault: Fault,
};

/** `resolve_comments`: settles a thread, or opens it again. */
export type ResolveComments = {
  /** A comment of the thread. */
  comment: string,
  /** Whether it is settled. */
  resolved: boolean,
};

/** How a right came out. */
export type RightVerdict = "good" | "missing" | "has" | "has_not" | "too_much" | "unknown";

/** The role a person claims. */
export type Role = "editor" | "qc" | "producer";

/** One mark of the ruler. */
export type RulerMark = {
  /** Where. */
  x: number,
  /** Source timecode, or time where the rate is variable or missing; empty for the small marks between. */
  label: string,
};

/** What a ruler counts; where the rate varies it is time from the start whatever is asked. */
export type RulerUnit = "timecode" | "frames" | "seconds";

/** `save_export`: opens the save dialog for a file that `export` made. */
export type SaveExport = {
  /** As `export` answered. */
  export_id: string,
};

/** The answer to `save_export`. */
export type Saved = {
  /** False when the dialog was closed. */
  saved: boolean,
};

/** What of the picture is measured beside it. */
export type ScopesShow = "off" | "waveform" | "parade" | "vectorscope" | "all";

/** `settings`: what a person can change. The file stands in the home; unknown keys in it are kept. */
export type Settings = {
  /** Who sits here. */
  person: Person,
  /** Colours. */
  theme: Theme,
  /** A verdict moves on to the next undecided. */
  auto_advance: boolean,
  /** Scrubbing is heard. */
  sound_while_scrubbing: boolean,
  /** Mebibytes of decoded frames kept for the viewer; 0 for a part of this machine's memory. */
  frame_cache_mebibytes: number,
  /** Whether a graphics card may help to decode originals. */
  hardware_decoding: boolean,
  /** What a programme's loudness shall be, LUFS. */
  loudness_target_lufs: number,
  /** Gibibytes of a lake elsewhere kept on this machine. */
  lake_keep_gibibytes: number,
  /** Whether sending proxies and originals to it waits. */
  lake_paused: boolean,
  /** Kibibytes a second of files into it; 0 for as many as go. */
  lake_send_kibibytes_per_sec: number,
  /** Kibibytes a second of files out of it; 0 for as many as go. */
  lake_fetch_kibibytes_per_sec: number,
  /** Whether media that others put into the lake are taken in. */
  lake_take_in_foreign: boolean,
  /** The queue in which the bucket's notifications wait, as an address or an ARN; empty for none. */
  lake_event_queue: string,
  /** Where in the lake lists by S3 Inventory arrive; empty for none. */
  lake_inventory: string,
  /** Whether faces, text, speech, highlights and posters are looked for after an ingest. */
  second_looks: boolean,
  /** Greatest height of new proxies in pixels. */
  proxy_height_max: number,
  /** Folders watched for new media, as text to show; they are set in the file only. */
  watched_folders: Array<string>,
  /** What in the file was not understood, in words. */
  warnings: Array<string>,
};

/** `set_settings`: the fields to change. */
export type SettingsChange = {
  /** Who sits here. */
  person?: Person,
  /** Colours. */
  theme?: Theme,
  /** A verdict moves on to the next undecided. */
  auto_advance?: boolean,
  /** Scrubbing is heard. */
  sound_while_scrubbing?: boolean,
  /** Mebibytes of decoded frames kept for the viewer, 64 to 65536; 0 for a part of this machine's memory. */
  frame_cache_mebibytes?: number,
  /** Whether a graphics card may help to decode originals. */
  hardware_decoding?: boolean,
  /** What a programme's loudness shall be, LUFS, -36 to -8. */
  loudness_target_lufs?: number,
  /** Gibibytes of a lake elsewhere kept on this machine. */
  lake_keep_gibibytes?: number,
  /** Whether sending proxies and originals to it waits. */
  lake_paused?: boolean,
  /** Kibibytes a second of files into it; 0 for as many as go. */
  lake_send_kibibytes_per_sec?: number,
  /** Kibibytes a second of files out of it; 0 for as many as go. */
  lake_fetch_kibibytes_per_sec?: number,
  /** Whether media that others put into the lake are taken in. */
  lake_take_in_foreign?: boolean,
  /** The queue in which the bucket's notifications wait, as an address or an ARN; empty for none. */
  lake_event_queue?: string,
  /** Where in the lake lists by S3 Inventory arrive; empty for none. */
  lake_inventory?: string,
  /** Whether faces, text, speech, highlights and posters are looked for after an ingest. */
  second_looks?: boolean,
  /** Greatest height of new proxies in pixels, 144 to 720. */
  proxy_height_max?: number,
};

/** What is blurred and greyed until somebody wants to see it. */
export type ShieldShow = "off" | "flagged" | "all";

/** Kind `shots`. */
export type ShotPayload = {
  /** 1 for the first shot of the asset. */
  number: number,
  /** How it begins. */
  transition_in: Transition,
  /** Frames of the transition into it, 0 for a cut. */
  transition_frames: number,
};

/** `answer_sign_in`. */
export type SignInAnswer = {
  /** Which sign-in. */
  visit: number,
  /** What was asked for; none does without. */
  answer?: Typed,
};

/** How one signs in to a lake; nothing of it is secret. */
export type SignInChoice = { "kind": "chain" } | { "kind": "profile",
/** Its name. */
name: string,
} | { "kind": "identity-center",
/** The portal. */
start_url: string,
/** The region the portal lives in. */
region: string,
/** The account, twelve digits. */
account: string,
/** The permission set's name there. */
role: string,
} | { "kind": "role",
/** The role. */
arn: string,
/** The profile that takes it. */
profile?: string,
/** The device whose code is asked for. */
mfa?: string,
/** What the role's owner agreed on with those who take it. */
external_id?: string,
/** Seconds until it has to be taken again. */
session_secs?: number,
} | { "kind": "machine" } | { "kind": "cognito",
/** Where people sign in. */
domain: string,
/** The app client's id. */
client: string,
/** The user pool. */
user_pool: string,
/** The identity pool. */
identity_pool: string,
/** The port that the browser comes back to; the usual one when not given. */
port?: number,
} | { "kind": "keys",
/** The access key's id. */
id?: string,
};

/** `sign_in`. */
export type SignInRequest = {
  /** To which lake. */
  lake: LakeAddress,
  /** How. */
  choice: SignInChoice,
  /** Whether also who is signed in already is asked again. */
  anew: boolean,
};

/** `sign_in_state`: how far the sign-in has come. */
export type SignInState = {
  /** Which sign-in, counted since the program was started; 0 when there is none. */
  visit: number,
  /** Its step. */
  step: SignInStep,
};

/** How far a sign-in has come. */
export type SignInStep = { "at": "nothing" } | { "at": "working" } | { "at": "code",
/** The page that asks for it. */
page: string,
/** The page to open; with the code in it where there is one. */
address: string,
/** What the page has to show. */
code: string,
/** Until when it holds, milliseconds since 1970. */
until_millis: number,
} | { "at": "page",
/** The page. */
address: string,
/** Until when its answer is waited for, milliseconds since 1970. */
until_millis: number,
} | { "at": "passphrase",
/** Whether it is to be made up: there is no file yet. */
new: boolean,
} | { "at": "device_code",
/** Its serial number or ARN. */
device: string,
} | { "at": "secret_key",
/** The access key's id. */
id: string,
} | { "at": "done",
/** As people are called. */
name: string,
/** What the lake's keys have of it. */
principal: string,
/** Whether the lake can hold one to that name. */
vouched: boolean,
/** Where secrets are kept, in words. */
secrets: string,
} | { "at": "failed",
/** What happened and what to do. */
fault: Fault,
};

/** Sheets of thumbnails: tile `i` lies on sheet `i / (columns * rows)`. */
export type SpriteSheets = {
  /** Width of a tile in pixels. */
  tile_width: number,
  /** Height of a tile in pixels. */
  tile_height: number,
  /** Tiles in a row. */
  columns: number,
  /** Rows on a sheet. */
  rows: number,
  /** Number of sheets, `sprites-000.jpg` and on. */
  sheets: number,
  /** Frame number of each tile. */
  frames: Array<number>,
};

/** The answer to `stage_mix`. */
export type StageChannels = {
  /** Names of the channels of what is open, in the file's order; none without sound. */
  names: Array<string>,
};

/** `stage_compare`: another film that follows the one in the viewer, to be compared with it. */
export type StageCompare = {
  /** That film; null or absent ends it. */
  film?: ComparedFilm | null,
};

/** `stage_detach`: the picture in a window of its own, for a second display, or back in the desk's. */
export type StageDetach = {
  /** Whether it has one. */
  detached: boolean,
  /** Has that window fill its display, or no longer; only while it is there. */
  fill: boolean,
};

/** `stage_guides`: what lies over the picture and beside it, of all that could. */
export type StageGuides = {
  /** Action and graphics safe areas (EBU R 95). */
  safe: boolean,
  /** What is covered because the picture will be shown in another aspect; null or absent covers nothing. */
  matte?: Matte | null,
  /** Subtitles. */
  subtitles?: SubtitleShow,
  /** Boxes of what was found. */
  boxes?: BoxesShow,
  /** Timecode in a corner. */
  timecode?: boolean,
  /** The source's name in a corner. */
  name?: boolean,
  /** What is blurred and greyed. */
  shield?: ShieldShow,
  /** The grabbed still or the other film beside the picture; null or absent shows the picture alone. */
  compare?: Compare | null,
  /** Measurements beside the picture. */
  scopes?: ScopesShow,
  /** Loudness beside the picture. */
  meters?: MetersShow,
  /** What the programme's loudness shall be, in LUFS; null or absent for -23. */
  loudness_target_lufs?: number | null,
};

/** `stage_holes`: popups of the page that lie over a surface are cut out of it. */
export type StageHoles = {
  /** All of them; an empty list closes the holes. */
  rects: Array<StageRect>,
};

/** `stage_mix`: which channels of the sound are heard, and where. */
export type StageMix = {
  /** The asset whose channels are meant; while another plays nothing changes, and no names are answered. */
  asset: string,
  /** The first sixteen at most, in the file's order; null or absent changes nothing, nor do more or fewer than there are. */
  channels?: Array<ChannelSetting> | null,
};

/** `stage_open`: what the viewer shows. */
export type StageOpen = {
  /** The asset; null or absent empties the viewer. */
  asset?: string | null,
  /** Whether the original is shown instead of the proxy, where it can be reached. */
  original: boolean,
};

/** `stage_place`: the placeholder in the page moved, so the surface moves. */
export type StagePlace = {
  /** Which surface. */
  surface: StageSurface,
  /** Left edge, CSS pixels. */
  x: number,
  /** Top edge, CSS pixels. */
  y: number,
  /** Width, CSS pixels. */
  width: number,
  /** Height, CSS pixels. */
  height: number,
  /** Device pixels per CSS pixel. */
  scale: number,
  /** Hidden surfaces are unmapped. */
  visible: boolean,
};

/** A rectangle of the page in CSS pixels. */
export type StageRect = {
  /** Left edge. */
  x: number,
  /** Top edge. */
  y: number,
  /** Width. */
  width: number,
  /** Height. */
  height: number,
};

/** Which of the two native surfaces. */
export type StageSurface = "viewer" | "timeline";

/** `stage_view`: what the timeline surface shows. */
export type StageView = {
  /** The view. */
  view: TimelineView,
};

/** How the lake stands to this workstation. */
export type Standing = "here" | "unknown" | "reached" | "offline" | "signed_out" | "refused";

/** Jobs that were queued. */
export type Started = {
  /** Their ids. */
  jobs: Array<string>,
};

/** `history`: what undo and redo walk along. */
export type Steps = {
  /** Acts that hold, oldest first: the last one is what undo takes back. */
  done: Array<HistoryStep>,
  /** Acts taken back: the last one is what redo does again. */
  undone: Array<HistoryStep>,
};

/** How subtitles are kept apart from the picture, or that they are not shown. */
export type SubtitleShow = "off" | "outline" | "box";

/** How many proposals of an asset stand where. */
export type Tally = {
  /** Undecided. */
  open: number,
  /** Circled. */
  circled: number,
  /** Rejected. */
  rejected: number,
  /** Two verdicts that did not see each other. */
  conflict: number,
};

/** Kind `text`. */
export type TextPayload = {
  /** What it reads. */
  text: string,
  /** The frame it was read in. */
  frame: number,
  /** Where. */
  area: Area,
};

/** Colours of the desk. */
export type Theme = "dark" | "light" | "contrast";

/** A comment on frames of an asset, with its answers. */
export type Thread = {
  /** The comment that began it. */
  id: string,
  /** The asset it is on. */
  asset: string,
  /** First frame. */
  start_frame: number,
  /** First frame after it; a moment has one frame. */
  end_frame: number,
  /** For showing and drawing. */
  start_secs: number,
  /** For showing and drawing. */
  end_secs: number,
  /** Source timecode, empty where there is no rate. */
  start_timecode: string,
  /** The comment that began it; null when that is gone and answers are left. */
  head: Comment | null,
  /** Answers in the order of writing. */
  replies: Array<Comment>,
  /** Whether it is settled. */
  resolved: boolean,
  /** Who said last whether it is; empty when nobody has. */
  resolved_person: string,
  /** When, milliseconds since 1970; 0 when nobody has. */
  resolved_millis: number,
  /** Somebody who had not seen this says otherwise; of the two the open one holds. */
  disputed: boolean,
};

/** One proposal as it is drawn. */
export type TimelineItem = {
  /** Its id. */
  proposal: string,
  /** Its kind. */
  kind: string,
  /** The lane's id. */
  lane: string,
  /** Left edge, may lie outside. */
  x: number,
  /** Top edge. */
  y: number,
  /** Width. */
  width: number,
  /** Height. */
  height: number,
  /** Words on it; of a bundle how many it holds. */
  label: string,
  /** Which of the four marks. */
  state: ProposalState,
  /** 1, or how many that are too narrow to draw apart are drawn here as one; `proposal` is the first of them. */
  count: number,
};

/** The drawn timeline as a list, for pointers, screen readers and tests. CSS pixels from the picture's top left corner. */
export type TimelineLayout = {
  /** From top to bottom. */
  lanes: Array<Lane>,
  /** Proposals that are visible, in the order of the lanes and then of time. */
  items: Array<TimelineItem>,
  /** Marks of the ruler. */
  ruler: Array<RulerMark>,
  /** Height of everything, however little of it is visible. */
  content_height: number,
  /** Width of the lane names; time begins right of it. */
  gutter_width: number,
  /** Height of the ruler; lanes begin below it. */
  ruler_height: number,
};

/** `timeline`: where everything lies that the stage draws for a view. */
export type TimelineRequest = {
  /** The view. */
  view: TimelineView,
};

/** What part of which asset the timeline shows, and how large. */
export type TimelineView = {
  /** The asset. */
  asset: string,
  /** Seconds of the asset at the left edge; may be below zero. */
  start_secs: number,
  /** Zoom. */
  px_per_sec: number,
  /** CSS pixels. */
  width_px: number,
  /** CSS pixels. */
  height_px: number,
  /** Device pixels per CSS pixel. */
  scale: number,
  /** How far the lanes are scrolled down, CSS pixels. */
  scroll_px: number,
  /** The proposal that is looked at. */
  selected: string | null,
  /** What else is selected and may be in view. */
  selection: Array<string>,
  /** How much taller than usual lanes and tracks are; 1 is usual. */
  lane_zoom: number,
  /** What the hand does, where the picture covers what the page would draw of it. */
  hand: Hand | null,
  /** What the keyboard stands on, where the picture covers the page's own ring: a proposal, or `ruler`. */
  focus: string | null,
  /** In mark, seconds. */
  mark_in_secs: number | null,
  /** Out mark, seconds: where the range ends. */
  mark_out_secs: number | null,
  /** What the ruler counts. */
  ruler: RulerUnit,
  /** Which pictures of the video track are blurred and greyed. */
  shield: ShieldShow,
  /** Colours. */
  theme: Theme,
};

/** Words beside the pointer. */
export type Tip = {
  /** The pointer. */
  x: number,
  /** The pointer. */
  y: number,
  /** The first is the loudest. */
  lines: Array<string>,
};

/** One object on its way. */
export type Transfer = {
  /** Its key in the lake. */
  key: string,
  /** The asset it belongs to. */
  asset?: string,
  /** All its bytes. */
  size_bytes: number,
  /** How many are through; none while it waits. */
  done_bytes?: number,
  /** Why the lake does not take it. */
  refused?: string,
};

/** How one shot becomes the next. */
export type Transition = "start" | "cut" | "dissolve" | "fade";

/** `transport`: the keys of the stage. */
export type Transport = {
  /** What. */
  act: TransportAct,
  /** A frame, a number of frames or a speed. */
  value?: number,
  /** The frames of `loop` and `around`. */
  range?: FrameRange | null,
};

/** What the transport shall do. */
export type TransportAct = "play" | "pause" | "toggle" | "seek" | "scrub" | "step" | "shuttle" | "loop" | "around" | "stop";

/** The window's `transport` event: what the viewer shows, with the health figures of the strip. */
export type TransportState = {
  /** The frame on the stage. */
  frame: number,
  /** Whether it runs. */
  playing: boolean,
  /** Times normal speed, negative is backwards. */
  speed: number,
  /** Whether playing begins again where its range ends. */
  looping: boolean,
  /** Whether it plays around a place, to go back there. */
  around: boolean,
  /** Frames left out since play began. */
  dropped: number,
  /** Frames shown twice since play began. */
  repeated: number,
  /** Recent decode time of a frame. */
  decode_millis: number,
  /** How pictures reach the screen, for example `Vulkan`. */
  presenter: string,
  /** What is shown: `original 2160p HEVC`, `proxy 720p`. */
  source: string,
  /** Whether it is the original. */
  original: boolean,
  /** What decodes: `software, 3 threads`. */
  decoder: string,
  /** What was done to a picture to show it, `HDR (PQ) shown as SDR`; empty when nothing a person must know of. */
  shown_as: string,
  /** Why something else is shown than was asked for; empty when it is that. */
  notice: string,
  /** How full the memory for decoded frames is, 0 to 100. */
  cache_percent: number,
  /** How large it is. */
  cache_mebibytes: number,
  /** Counts what was put into the viewer, a film or the original in its proxy's place: with another number its sound may have other channels. 0 before the first. */
  reel: number,
};

/** Something typed that nobody may read: it is in no log and no fault. */
export type Typed = string;

/** What undo and redo would do. */
export type UndoState = {
  /** Something can be taken back. */
  can_undo: boolean,
  /** Something can be done again. */
  can_redo: boolean,
  /** What, in words; empty when nothing. */
  undo_label: string,
  /** What, in words; empty when nothing. */
  redo_label: string,
  /** On how much of what undo would take back somebody has decided since. */
  undo_overtaken: number,
  /** Who, and what undo then does, in words; empty when nobody has. */
  undo_words: string,
  /** On how much of what redo would do again somebody has decided since. */
  redo_overtaken: number,
  /** Who, and what redo then does, in words; empty when nobody has. */
  redo_words: string,
};

/** The answer to `undo` and `redo`. */
export type Undone = {
  /** What was taken back or done again, in words. */
  label: string,
  /** On how much of it somebody had decided since. */
  overtaken: number,
  /** Who, and what became of that, in words; empty when nobody had. */
  words: string,
  /** What changed. */
  changed: Array<Changed>,
  /** What undo and redo would do now. */
  undo: UndoState,
};

/** The answer to `remove_marker`. */
export type Unmarked = {
  /** What undo and redo would do now. */
  undo: UndoState,
};

/** What a person says about a proposal. */
export type Verdict = "circle" | "reject" | "retract";

/** What was said about a proposal, as the ledger has it. */
export type VerdictGiven = "circled" | "rejected" | "retracted";

/** The picture as the file describes it. */
export type VideoTrack = {
  /** FFmpeg's name of the codec. */
  codec: string,
  /** Its profile, may be empty. */
  profile: string,
  /** Coded width in pixels. */
  coded_width: number,
  /** Coded height in pixels. */
  coded_height: number,
  /** Width to height of one pixel, for example `1:1`. */
  pixel_aspect: string,
  /** Clockwise rotation for display. */
  rotation_degrees: number,
  /** FFmpeg's name. */
  pixel_format: string,
  /** Bits per component. */
  bit_depth: number,
  /** `bt709` and the like, empty when not tagged. */
  primaries: string,
  /** `bt709` and the like, empty when not tagged. */
  transfer: string,
  /** `bt709` and the like, empty when not tagged. */
  matrix: string,
  /** Full or video range. */
  full_range: boolean,
  /** `progressive`, `top-first`, … */
  field_order: string,
};

/** The window's `viewer` event: where the picture is from now on. */
export type ViewerPlace = {
  /** Whether it has a window of its own. */
  detached: boolean,
  /** It shall have one and the window system gives none. */
  refused: boolean,
};

/** A workstation that cannot be followed. */
export type Writer = {
  /** The lake prefix it writes under. */
  principal: string,
  /** Its id. */
  workstation: string,
  /** `gap`, `tampered`, `behind`, `unreadable` or `impostor`. */
  trouble: string,
  /** The same in words. */
  words: string,
};
