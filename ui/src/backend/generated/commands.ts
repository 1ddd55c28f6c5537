// Made by `cargo xtask codegen` from src-tauri/crates/api. Do not edit.

import type {
  Analyze,
  AnswerComment,
  AssetDetail,
  AssetRequest,
  Assets,
  AssetsRequest,
  BringAsset,
  Checks,
  CommentRequest,
  Commented,
  Comments,
  Decide,
  Decided,
  EditComment,
  EditMarker,
  Empty,
  Engines,
  ExportRequest,
  Exported,
  Hello,
  ImportCues,
  ImportedCues,
  JobRequest,
  Jobs,
  KeepAsset,
  Keymap,
  KeymapChange,
  KnownLakes,
  LakeAddress,
  LakeOutlook,
  LakeRead,
  LakeRequest,
  LakeState,
  Listing,
  Marked,
  MarkerRequest,
  Markers,
  OverAnswer,
  OverRequest,
  Picked,
  Preview,
  PreviewRequest,
  Profiles,
  Proposals,
  ProposalsRequest,
  Provenance,
  ProvenanceRequest,
  PutComment,
  PutMarker,
  ResolveComments,
  SaveExport,
  Saved,
  Settings,
  SettingsChange,
  SignInAnswer,
  SignInRequest,
  SignInState,
  StageChannels,
  StageCompare,
  StageDetach,
  StageGuides,
  StageHoles,
  StageMix,
  StageOpen,
  StagePlace,
  StageView,
  Started,
  Steps,
  TimelineLayout,
  TimelineRequest,
  Transport,
  Undone,
  Unmarked,
} from './types';

export interface Commands {
  /** What the desk needs to draw its first picture. */
  hello: { request: Empty; response: Hello };
  /** A window of the library, newest first, and how much there is. */
  assets: { request: AssetsRequest; response: Assets };
  /** Everything the inspector shows of one asset. */
  asset: { request: AssetRequest; response: AssetDetail };
  /** Proposals, filtered and ordered. */
  proposals: { request: ProposalsRequest; response: Proposals };
  /** The same in columns, for a list that may be long. */
  listing: { request: ProposalsRequest; response: Listing };
  /** Why a proposal is there and what became of it. */
  provenance: { request: ProvenanceRequest; response: Provenance };
  /** What a bulk verdict would touch. */
  preview: { request: PreviewRequest; response: Preview };
  /** A verdict on one or many proposals; answered once it is on the disk. */
  decide: { request: Decide; response: Decided };
  /** Takes back this workstation's last act. */
  undo: { request: Empty; response: Undone };
  /** Does again what was last taken back. */
  redo: { request: Empty; response: Undone };
  /** The markers of an asset, in the order of time. */
  markers: { request: AssetRequest; response: Markers };
  /** Puts a marker; answered once it is on the disk. */
  put_marker: { request: PutMarker; response: Marked };
  /** Changes a marker's note or frames. */
  edit_marker: { request: EditMarker; response: Marked };
  /** Removes a marker; undo brings it back. */
  remove_marker: { request: MarkerRequest; response: Unmarked };
  /** The comments on an asset by thread, in the order of time. */
  comments: { request: AssetRequest; response: Comments };
  /** Writes a comment; answered once it is on the disk. */
  put_comment: { request: PutComment; response: Commented };
  /** Answers a comment. */
  answer_comment: { request: AnswerComment; response: Commented };
  /** Changes the words or the frames of one's own comment. */
  edit_comment: { request: EditComment; response: Commented };
  /** Removes one's own comment; undo brings it back. */
  remove_comment: { request: CommentRequest; response: Commented };
  /** Settles a thread of comments, or opens it again. */
  resolve_comments: { request: ResolveComments; response: Commented };
  /** What undo and redo walk along. */
  history: { request: Empty; response: Steps };
  /** Long work: running first, then the newest. */
  jobs: { request: Empty; response: Jobs };
  /** Stops a job at once. */
  cancel_job: { request: JobRequest; response: Empty };
  /** Queues a failed or cancelled job again. */
  retry_job: { request: JobRequest; response: Empty };
  /** Takes a failed or cancelled job out of the list, and its file out of the library. */
  forget_job: { request: JobRequest; response: Empty };
  /** Asks engines to look again. */
  analyze: { request: Analyze; response: Started };
  /** Who could propose something here, and how to get the others. */
  engines: { request: Empty; response: Engines };
  /** What this machine can do, in words. */
  doctor: { request: Empty; response: Checks };
  /** What a person can change. */
  settings: { request: Empty; response: Settings };
  /** Changes the fields given. */
  set_settings: { request: SettingsChange; response: Settings };
  /** How the lake stands to this workstation, and what is on its way. */
  lake_state: { request: Empty; response: LakeState };
  /** Asks the lake again at once, and sends what it did not take once more. */
  try_lake: { request: Empty; response: Empty };
  /** The lakes that were opened here, the last one first, with what waits in each. */
  lakes: { request: Empty; response: KnownLakes };
  /** Goes over to another lake of the list, for all who look at this desk. */
  open_lake: { request: LakeRequest; response: Empty };
  /** Takes a lake off the list; what waits to be sent there stays in this home. */
  forget_lake: { request: LakeRequest; response: Empty };
  /** What a lake's address means, and how one signs in there. */
  read_lake: { request: LakeAddress; response: LakeRead };
  /** The profiles in AWS's own configuration files, by name. */
  aws_profiles: { request: Empty; response: Profiles };
  /** Begins to sign in to a lake; a sign-in under way is given up. */
  sign_in: { request: SignInRequest; response: SignInState };
  /** How far the sign-in has come, and what it asks. */
  sign_in_state: { request: Empty; response: SignInState };
  /** Answers what the sign-in asks. */
  answer_sign_in: { request: SignInAnswer; response: Empty };
  /** Gives the sign-in up. */
  end_sign_in: { request: Empty; response: Empty };
  /** What one may do in a lake, tried without leaving anything behind, and what it looks like. */
  lake_outlook: { request: LakeAddress; response: LakeOutlook };
  /** Opens the lake that one signed in to, for all who look at this desk. */
  connect_lake: { request: LakeAddress; response: Empty };
  /** Keeps an asset's files on this machine, or lets them go with the others. */
  keep_asset: { request: KeepAsset; response: Empty };
  /** Brings an asset's files, or its original, from the lake to this machine. */
  bring_asset: { request: BringAsset; response: Empty };
  /** A preset of keys and what was bound differently. */
  keymap: { request: Empty; response: Keymap };
  /** Changes the keymap. */
  set_keymap: { request: KeymapChange; response: Keymap };
  /** Makes a file for elsewhere and reads it back. */
  export: { request: ExportRequest; response: Exported };
  /** A subtitle file as circled cues. */
  import_cues: { request: ImportCues; response: ImportedCues };
  /** Where everything lies that the stage draws for a view. */
  timeline: { request: TimelineRequest; response: TimelineLayout };
  /** What could lie over an asset's picture, and when it changes. */
  over: { request: OverRequest; response: OverAnswer };
  /** The placeholder in the page moved, so the surface moves. */
  stage_place: { request: StagePlace; response: Empty };
  /** Popups over a surface are cut out of it. */
  stage_holes: { request: StageHoles; response: Empty };
  /** What lies over the picture and beside it. */
  stage_guides: { request: StageGuides; response: Empty };
  /** The picture in a window of its own, or back in the desk's. */
  stage_detach: { request: StageDetach; response: Empty };
  /** Keeps the picture shown now as the still that others are compared with. */
  stage_grab: { request: Empty; response: Empty };
  /** Another film follows the one in the viewer, to be compared with it. */
  stage_compare: { request: StageCompare; response: Empty };
  /** Measures the loudness of what is heard anew. */
  stage_meter_reset: { request: Empty; response: Empty };
  /** What the viewer shows. */
  stage_open: { request: StageOpen; response: Empty };
  /** Which channels of the sound are heard, and where; answers their names. */
  stage_mix: { request: StageMix; response: StageChannels };
  /** What the timeline surface shows. */
  stage_view: { request: StageView; response: Empty };
  /** The keys of the stage. */
  transport: { request: Transport; response: Empty };
  /** A dialog for files to ingest. */
  pick_files: { request: Empty; response: Picked };
  /** Opens the page that the sign-in sends the person to in the system's browser. */
  open_errand: { request: Empty; response: Empty };
  /** A dialog to save a file that `export` made. */
  save_export: { request: SaveExport; response: Saved };
}

export type CommandName = keyof Commands;
export type Tag = 'assets' | 'asset' | 'proposals' | 'markers' | 'comments' | 'jobs' | 'undo' | 'settings' | 'lake' | 'sign_in';

/** What each command depends on and makes stale; `asset` stands for `asset:<the id in the request>`. */
export const commands: Record<CommandName, { windowOnly: boolean; reads: readonly Tag[]; stales: readonly Tag[] }> = {
  hello: { windowOnly: false, reads: ['settings', 'undo'], stales: [] },
  assets: { windowOnly: false, reads: ['assets', 'comments'], stales: [] },
  asset: { windowOnly: false, reads: ['asset'], stales: [] },
  proposals: { windowOnly: false, reads: ['proposals'], stales: [] },
  listing: { windowOnly: false, reads: ['proposals'], stales: [] },
  provenance: { windowOnly: false, reads: ['proposals'], stales: [] },
  preview: { windowOnly: false, reads: ['proposals'], stales: [] },
  decide: { windowOnly: false, reads: [], stales: ['proposals', 'assets', 'undo'] },
  undo: { windowOnly: false, reads: [], stales: ['proposals', 'markers', 'comments', 'assets', 'undo'] },
  redo: { windowOnly: false, reads: [], stales: ['proposals', 'markers', 'comments', 'assets', 'undo'] },
  markers: { windowOnly: false, reads: ['markers'], stales: [] },
  put_marker: { windowOnly: false, reads: [], stales: ['markers', 'undo'] },
  edit_marker: { windowOnly: false, reads: [], stales: ['markers', 'undo'] },
  remove_marker: { windowOnly: false, reads: [], stales: ['markers', 'undo'] },
  comments: { windowOnly: false, reads: ['comments'], stales: [] },
  put_comment: { windowOnly: false, reads: [], stales: ['comments', 'undo'] },
  answer_comment: { windowOnly: false, reads: [], stales: ['comments', 'undo'] },
  edit_comment: { windowOnly: false, reads: [], stales: ['comments', 'undo'] },
  remove_comment: { windowOnly: false, reads: [], stales: ['comments', 'undo'] },
  resolve_comments: { windowOnly: false, reads: [], stales: ['comments', 'undo'] },
  history: { windowOnly: false, reads: ['undo'], stales: [] },
  jobs: { windowOnly: false, reads: ['jobs'], stales: [] },
  cancel_job: { windowOnly: false, reads: [], stales: ['jobs', 'assets'] },
  retry_job: { windowOnly: false, reads: [], stales: ['jobs', 'assets'] },
  forget_job: { windowOnly: false, reads: [], stales: ['jobs', 'assets'] },
  analyze: { windowOnly: false, reads: [], stales: ['jobs'] },
  engines: { windowOnly: false, reads: [], stales: [] },
  doctor: { windowOnly: false, reads: [], stales: [] },
  settings: { windowOnly: false, reads: ['settings'], stales: [] },
  set_settings: { windowOnly: false, reads: [], stales: ['settings'] },
  lake_state: { windowOnly: false, reads: ['lake', 'settings'], stales: [] },
  try_lake: { windowOnly: false, reads: [], stales: ['lake'] },
  lakes: { windowOnly: false, reads: ['lake'], stales: [] },
  open_lake: { windowOnly: false, reads: [], stales: ['assets', 'proposals', 'markers', 'comments', 'jobs', 'undo', 'settings', 'lake'] },
  forget_lake: { windowOnly: false, reads: [], stales: ['lake'] },
  read_lake: { windowOnly: false, reads: [], stales: [] },
  aws_profiles: { windowOnly: false, reads: [], stales: [] },
  sign_in: { windowOnly: false, reads: [], stales: ['sign_in'] },
  sign_in_state: { windowOnly: false, reads: ['sign_in'], stales: [] },
  answer_sign_in: { windowOnly: false, reads: [], stales: ['sign_in'] },
  end_sign_in: { windowOnly: false, reads: [], stales: ['sign_in'] },
  lake_outlook: { windowOnly: false, reads: [], stales: [] },
  connect_lake: { windowOnly: false, reads: [], stales: ['assets', 'proposals', 'markers', 'comments', 'jobs', 'undo', 'settings', 'lake', 'sign_in'] },
  keep_asset: { windowOnly: false, reads: [], stales: ['lake', 'assets'] },
  bring_asset: { windowOnly: false, reads: [], stales: ['lake'] },
  keymap: { windowOnly: false, reads: ['settings'], stales: [] },
  set_keymap: { windowOnly: false, reads: [], stales: ['settings'] },
  export: { windowOnly: false, reads: [], stales: [] },
  import_cues: { windowOnly: false, reads: [], stales: ['proposals', 'assets', 'undo'] },
  timeline: { windowOnly: false, reads: ['proposals', 'markers', 'comments', 'asset'], stales: [] },
  over: { windowOnly: false, reads: ['proposals', 'asset'], stales: [] },
  stage_place: { windowOnly: true, reads: [], stales: [] },
  stage_holes: { windowOnly: true, reads: [], stales: [] },
  stage_guides: { windowOnly: true, reads: [], stales: [] },
  stage_detach: { windowOnly: true, reads: [], stales: [] },
  stage_grab: { windowOnly: true, reads: [], stales: [] },
  stage_compare: { windowOnly: true, reads: [], stales: [] },
  stage_meter_reset: { windowOnly: true, reads: [], stales: [] },
  stage_open: { windowOnly: true, reads: [], stales: [] },
  stage_mix: { windowOnly: true, reads: [], stales: [] },
  stage_view: { windowOnly: true, reads: [], stales: [] },
  transport: { windowOnly: true, reads: [], stales: [] },
  pick_files: { windowOnly: true, reads: [], stales: ['jobs', 'assets'] },
  open_errand: { windowOnly: true, reads: [], stales: [] },
  save_export: { windowOnly: true, reads: [], stales: [] },
};
