import type { ChannelSetting, StageGuides, StageRect, TimelineLayout, TimelineView, ViewerPlace } from "../wire";

/** Frames from `start` up to `end`, that one not included. */
export interface FrameRange {
  start: number;
  end: number;
}

/** Where the playhead stands and how the picture is doing. */
export interface TransportState {
  /** Frame shown, counted from 0. */
  frame: number;
  /** When that frame begins, in seconds from the first. */
  seconds: number;
  playing: boolean;
  /** 1 is normal; negative is reverse. */
  speed: number;
  /** Whether playing begins again where its range ends. */
  looping: boolean;
  /** Whether it plays around a place, to go back there. */
  around: boolean;
  /** Frames that came too late to be shown since playing began. */
  dropped: number;
  /** Milliseconds the last frame took to decode, when known. */
  decode_millis: number | null;
  /** What draws the picture, in words. */
  presenter: string;
  /** Times a picture stood longer because the next was not there; null where the host cannot tell. */
  repeated: number | null;
  /** What is being shown, in words: `proxy 720p`, `original 2160p HEVC`. */
  source: string;
  /** Whether that is the original. */
  original: boolean;
  /** What decodes, in words; empty when the host does not tell. */
  decoder: string;
  /** What was done to a picture to show it, in words; empty when nothing one must know of. */
  shown_as: string;
  /** Why something else is shown than was asked for; empty when it is that. */
  notice: string;
  /** How full the memory for decoded frames is, 0 to 100; null where the host cannot tell. */
  cache_percent: number | null;
  /** How large that memory is. */
  cache_mebibytes: number;
  /** Another number means that another player plays, whose sound may have other channels; 0 where there is none, or only one. */
  reel: number;
}

/** What the stage must know of the asset it shows. */
export interface StageAsset {
  id: string;
  frame_count: number;
  frame_rate: string | null;
  duration_secs: number;
  width: number;
  height: number;
  has_video: boolean;
  has_audio: boolean;
  proxy_height: number | null;
  /** Fields, not frames. */
  interlaced: boolean;
}

/** A frame of the film in the viewer and the frame of another that is seen with it; all others follow by time. */
export interface Tie {
  viewed: number;
  frame: number;
}

/** The viewer and the timeline, however this host draws them. */
export interface StageHost {
  readonly kind: "browser" | "window" | "mock";
  /** Whether the page may draw over the pictures. In the window they lie above the page. */
  readonly drawsBelowPage: boolean;
  /** Gives the stage an empty box for the viewer; the returned function takes it back. */
  mountViewer(box: HTMLElement): () => void;
  /** Gives the stage an empty box for the timeline's picture. */
  mountTimeline(box: HTMLElement): () => void;
  open(asset: StageAsset | null): Promise<void>;
  /** Whether originals are shown instead of proxies from now on, where they can be reached. */
  showOriginal(on: boolean): void;
  /**
   * Says which channels of an asset's sound are heard, null for no change, and answers their names; none where it cannot tell them
   * apart, or plays something else. As many as there are, or nothing changes.
   */
  mix(asset: string, channels: ChannelSetting[] | null): Promise<string[]>;
  /** Draws the timeline; a newer view replaces one not yet drawn. Answers what was drawn, or null when overtaken. */
  view(view: TimelineView): Promise<TimelineLayout | null>;
  /** Draws what the hand does over the view drawn last; nothing where the page draws it itself. */
  point(view: TimelineView): void;
  play(): void;
  pause(): void;
  /** Plays at `speed`, negative for reverse. */
  shuttle(speed: number): void;
  /** Goes to a frame without a sound. */
  seek(frame: number): void;
  /** Goes to a frame under the hand: where the host can and the settings say so, a short piece of its sound is heard. */
  scrub(frame: number): void;
  /** Playing stays within these frames and begins again; null lets it run to the end. */
  loop(range: FrameRange | null): void;
  /** Plays these frames once, then goes back to where it stood. */
  around(range: FrameRange): void;
  onTransport(hear: (state: TransportState) => void): () => void;
  /** When frame `n` begins, in seconds. */
  secondsOf(frame: number): number;
  /** The frame on screen at `seconds`. */
  frameAt(seconds: number): number;
  /** What lies over the picture and beside it; where the page may draw over it, the page sees to it itself. */
  guides(guides: StageGuides): void;
  /** Whether the picture can have a window of its own here. */
  readonly detaches: boolean;
  /** Gives the picture a window of its own, or takes it back. */
  detach(detached: boolean): void;
  /** Has that window fill its display, or no longer. */
  fillDetached(): void;
  /** Told where the picture is, also when its user closes that window. */
  onDetached(hear: (place: ViewerPlace) => void): () => void;
  /** Keeps the picture shown now as the still that others are compared with. */
  grab(): void;
  /** Another film follows the one in the viewer, `viewed`; null for none. `told` which of its frames shows, where the page draws it. */
  compare(film: null): void;
  compare(film: StageAsset, viewed: string, tie: Tie, told: (frame: number) => void): void;
  /** Gives the stage an empty box for that film, where the page draws it. */
  mountCompared(box: HTMLElement): () => void;
  /** Measures the loudness of what is heard anew. */
  resetMeter(): void;
  /** Rectangles of open popups that must stay visible over the stage. */
  holes(rects: StageRect[]): void;
}

/** The state before anything is open. */
export const AT_REST: TransportState = {
  frame: 0,
  seconds: 0,
  playing: false,
  speed: 1,
  looping: false,
  around: false,
  dropped: 0,
  decode_millis: null,
  presenter: "",
  repeated: null,
  source: "proxy",
  original: false,
  decoder: "",
  shown_as: "",
  notice: "",
  cache_percent: null,
  cache_mebibytes: 0,
  reel: 0,
};
