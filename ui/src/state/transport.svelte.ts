import {
  AT_REST,
  type AssetDetail,
  type AssetRow,
  type FrameRange,
  type StageAsset,
  type StageHost,
  type TransportState,
} from "../backend";
import { durationLabel, label, parseEntry, type Counting } from "../time/timecode";

const FASTEST = 8;
/** The frames that sound without a picture is counted in, a second: as the program plays and cuts it. */
const SOUND_RATE = "25";
/** What playing around a place shows before and after it. */
const ROLL_SECS = 2;

/** What was done to an asset's pictures to make them fit to be shown, in words; empty where a person need not know. */
export function madeFit({ hdr, interlaced }: { hdr?: string; interlaced: boolean }): string {
  const light = hdr ? `HDR (${hdr === "pq" ? "PQ" : "HLG"}) shown as SDR` : "";
  return [interlaced ? "deinterlaced" : "", light].filter(Boolean).join(", ");
}

/** What the stage must know of an asset. */
export function stageAssetOf(
  row: AssetRow,
  frames: number,
  rate: string | null,
  proxyHeight: number | null,
): StageAsset {
  return {
    id: row.id,
    frame_count: frames,
    frame_rate: rate,
    duration_secs: row.duration_secs,
    width: row.width,
    height: row.height,
    has_video: row.video_codec !== "",
    has_audio: row.audio_channels > 0,
    proxy_height: proxyHeight,
    interlaced: row.interlaced,
  };
}

/** The playhead under the hands: keys and buttons act on this, the stage does the work. */
export class Transport {
  now = $state.raw<TransportState>(AT_REST);
  asset = $state.raw<AssetRow | null>(null);
  markIn = $state<number | null>(null);
  markOut = $state<number | null>(null);
  /** Text being typed into the timecode field; null when it is closed. */
  entry = $state<string | null>(null);

  /** Whether originals are shown instead of proxies, where they can be reached. */
  original = $state(false);

  readonly #sound = $derived(this.asset !== null && this.asset.video_codec === "" && this.asset.audio_channels > 0);
  readonly #rate = $derived(this.asset?.frame_rate ?? (this.#sound ? SOUND_RATE : null));
  readonly counting = $derived<Counting>({
    rate: this.#rate,
    drop: this.asset?.drop_frame ?? false,
    start: this.asset?.start_timecode ?? null,
  });
  readonly timecode = $derived(this.label(this.now.frame));
  readonly frames = $derived(this.asset?.state === "ready" ? this.#framesOf(this.asset) : 0);
  readonly length = $derived(durationLabel(this.frames, this.counting));

  readonly stage: StageHost;

  constructor(stage: StageHost) {
    this.stage = stage;
    stage.onTransport((state) => (this.now = state));
  }

  async open(asset: AssetRow | null, detail: AssetDetail | null): Promise<void> {
    const changed = asset?.id !== this.asset?.id;
    this.asset = asset;
    if (changed) {
      this.markIn = null;
      this.markOut = null;
      this.entry = null;
    }
    const shown = asset && asset.state === "ready" ? asset : null;
    await this.stage.open(
      shown && stageAssetOf(shown, this.#framesOf(shown), this.#rate, detail?.proxy?.height ?? null),
    );
  }

  #framesOf(asset: AssetRow): number {
    return this.#sound ? Math.floor(asset.duration_secs * Number(SOUND_RATE)) : asset.frame_count;
  }

  label(frame: number): string {
    return label(frame, this.counting);
  }

  /** When an edge of a range is, in seconds; the one past the last frame is the end of the film. */
  edgeSecs(frame: number): number {
    const start = this.stage.secondsOf(frame);
    return frame < this.frames ? start : Math.max(start, this.asset?.duration_secs ?? 0);
  }

  /** The original instead of the proxy, or the proxy again: the same frame, and of every film from then on. */
  toggleOriginal(): void {
    this.original = !this.original;
    this.stage.showOriginal(this.original);
  }

  toggle(): void {
    if (this.now.playing) this.stage.pause();
    else this.stage.play();
  }

  pause(): void {
    this.stage.pause();
  }

  /** J or L: plays that way, and each further press doubles the speed up to 8 times. */
  shuttle(way: 1 | -1): void {
    const { playing, speed } = this.now;
    const sameWay = playing && Math.sign(speed) === way;
    this.stage.shuttle(sameWay ? way * Math.min(FASTEST, Math.abs(speed) * 2) : way);
  }

  /** Runs at this speed, one of the notches of a shuttle; 0 stands. */
  shuttleAt(speed: number): void {
    if (speed === 0) this.stage.pause();
    else this.stage.shuttle(speed);
  }

  step(frames: number): void {
    this.seek(this.now.frame + frames);
  }

  /** Goes to a frame as hands do; the stage may let it be heard. */
  seek(frame: number): void {
    this.stage.scrub(this.#within(frame));
  }

  /** Goes to a frame because something else was chosen: silently. */
  follow(frame: number): void {
    this.stage.seek(this.#within(frame));
  }

  #within(frame: number): number {
    return Math.min(Math.max(0, frame), Math.max(0, this.frames - 1));
  }

  /** Whether playing begins again at the in mark when it has passed the out mark (or the ends of the film). */
  toggleLoop(): void {
    this.stage.loop(this.now.looping ? null : this.#marked());
  }

  /** Plays from a little before the marks, or the frame it stands on, to a little after, and goes back. */
  playAround(): void {
    // Again while it runs: the same once more.
    const range = this.now.around && this.#around ? this.#around : this.#rolled();
    this.#around = range;
    this.stage.around(range);
  }
  #around: FrameRange | null = null;

  #rolled(): FrameRange {
    const { markIn, markOut, stage } = this;
    const here = this.now.frame;
    const marked = markIn !== null && markOut !== null;
    const from = stage.secondsOf(marked ? markIn : here) - ROLL_SECS;
    const to = this.edgeSecs(marked ? markOut : here + 1) + ROLL_SECS;
    return { start: this.#within(stage.frameAt(from)), end: this.#within(stage.frameAt(to)) + 1 };
  }

  #marked(): FrameRange {
    return { start: this.markIn ?? 0, end: this.markOut ?? this.frames };
  }

  /** What loops follows the marks. */
  #marksChanged(): void {
    if (this.now.looping) this.stage.loop(this.#marked());
  }

  seekSeconds(seconds: number): void {
    this.seek(this.stage.frameAt(seconds));
  }

  end(): void {
    this.seek(this.frames - 1);
  }

  /** Goes to the nearest of `edges` (frames, any order) before or after the playhead. */
  toEdge(edges: readonly number[], way: 1 | -1): void {
    const here = this.now.frame;
    const beyond = edges.filter((edge) => (way > 0 ? edge > here : edge < here));
    if (beyond.length > 0) this.seek(way > 0 ? Math.min(...beyond) : Math.max(...beyond));
    else if (way > 0) this.end();
    else this.seek(0);
  }

  mark(which: "in" | "out"): void {
    const here = this.now.frame;
    if (which === "in") {
      this.markIn = here;
      if (this.markOut !== null && this.markOut <= here) this.markOut = null;
    } else {
      // Out is the last frame of the range to the eye, and one past it in the numbers.
      this.markOut = here + 1;
      if (this.markIn !== null && this.markIn > here) this.markIn = null;
    }
    this.#marksChanged();
  }

  markRange(start: number | null, end: number | null): void {
    this.markIn = start;
    this.markOut = end;
    this.#marksChanged();
  }

  clearMarks(): void {
    this.markRange(null, null);
  }

  /** Goes where the typed text says; throws what is wrong with it in words. Answers which end was in the way. */
  enter(text: string): "start" | "end" | null {
    const wanted = parseEntry(text, this.counting, this.now.frame);
    this.seek(wanted);
    if (wanted < 0) return "start";
    return wanted >= this.frames ? "end" : null;
  }
}
