import type { StageRect, TimelineLayout, TimelineView } from "../wire";
import { FollowingFilm } from "./beside";
import { clamp, evenFrames, evenTimesOf, pictureSize, type FrameTimes } from "./frames";
import { AT_REST, type FrameRange, type StageAsset, type StageHost, type Tie, type TransportState } from "./host";
import { TimelinePicture } from "./timeline-picture";

/** Where a page gets its pictures from. */
export interface PictureSource {
  /** Address of the proxy that the page itself can play; null when it has none. */
  proxy(asset: string): string | null;
  /**
   * The exact frame `n` of the proxy or the original, fitted into `width` by `height` device pixels. Of each place only the newest
   * picture is waited for.
   */
  frame(
    asset: string,
    n: number,
    width: number,
    height: number,
    original: boolean,
    place: "viewer" | "beside",
  ): string | Promise<string>;
  /** The timeline's picture. */
  timeline(view: TimelineView): string | Promise<string>;
  /** What the picture shows: names and places of lanes and items. */
  layout(view: TimelineView): Promise<TimelineLayout>;
  index(asset: string): Promise<FrameTimes | null>;
}

/** A frame that could not be had is asked for so often more, first after so long. */
const RETRIES = 6;
const RETRY_MILLIS = 1000;
const ORIGINAL_AWAY = "The original is away, has changed or cannot be read; its proxy is shown.";

/**
 * The stage inside a page: a video element while playing forward, the exact frame's picture over it whenever it is parked,
 * stepped, scrubbed or shuttled backwards. The last picture stays until the next one is decoded.
 */
export class BrowserStage implements StageHost {
  readonly kind: "browser" | "mock";
  readonly drawsBelowPage = true;

  readonly #source: PictureSource;
  readonly #presenter: string;
  readonly #hearers = new Set<(state: TransportState) => void>();
  readonly #video: HTMLVideoElement;
  readonly #timeline = new TimelinePicture();

  #viewer: HTMLElement | null = null;
  #picture: HTMLImageElement | null = null;
  #asset: StageAsset | null = null;
  /** Whether parked frames are to be the original's, and whether this asset's can be had. */
  #original = false;
  #originalAway = false;
  #times: FrameTimes = evenFrames(0, 25);
  #state: TransportState;
  #droppedBefore = 0;
  #wantedFrame: number | null = null;
  #loadingFrame = false;
  #clock = 0;
  #opening = 0;
  #loop: FrameRange | null = null;
  /** What plays once around a place, and the frame to go back to. */
  #around: (FrameRange & { back: number }) | null = null;
  #beside: FollowingFilm | null = null;
  #besideBox: HTMLElement | null = null;
  /** Waits for the last frame of the range to have been shown. */
  #turning = 0;
  #watch = 0;

  constructor(kind: "browser" | "mock", presenter: string, source: PictureSource) {
    this.kind = kind;
    this.#source = source;
    this.#presenter = presenter;
    this.#state = { ...AT_REST, presenter };
    this.#video = document.createElement("video");
    this.#video.playsInline = true;
    this.#video.preload = "auto";
    this.#video.tabIndex = -1;
    this.#video.className = "stage-video";
    this.#video.setAttribute("aria-hidden", "true");
    this.#video.addEventListener("ended", () => this.#reachEnd());
  }

  mountViewer(box: HTMLElement): () => void {
    this.#viewer = box;
    box.append(this.#video);
    if (this.#picture) box.append(this.#picture);
    let settle = 0;
    const observer = new ResizeObserver(() => {
      window.clearTimeout(settle);
      settle = window.setTimeout(() => {
        if (!this.#state.playing) this.#park();
      }, 120);
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      window.clearTimeout(settle);
      this.pause();
      this.#video.remove();
      this.#picture?.remove();
      this.#viewer = null;
    };
  }

  mountTimeline(box: HTMLElement): () => void {
    return this.#timeline.mount(box);
  }

  async open(asset: StageAsset | null): Promise<void> {
    if (asset?.id === this.#asset?.id) return;
    this.#opening += 1;
    const opening = this.#opening;
    this.pause();
    this.#asset = asset;
    this.#originalAway = false;
    this.#retries = 0;
    this.#loop = null;
    this.#picture?.remove();
    this.#picture = null;
    this.#timeline.clear();
    this.#video.removeAttribute("src");
    this.#video.load();
    this.#say({ ...AT_REST, presenter: this.#presenter });
    if (!asset) return;
    this.#times = evenTimesOf(asset);
    const proxy = this.#source.proxy(asset.id);
    if (proxy) this.#video.src = proxy;
    this.#park();
    const exact = await this.#source.index(asset.id);
    if (exact && exact.length > 0 && opening === this.#opening) {
      this.#times = exact;
      this.#say({ seconds: exact.secondsOf(this.#state.frame) });
    }
  }

  /** The page itself plays proxies only: it is frames at rest that come from the original. */
  showOriginal(on: boolean): void {
    this.#original = on;
    this.#originalAway = false;
    if (this.#beside) this.#beside.original = on;
    if (!on) this.#say({ source: "proxy", original: false, notice: "" });
    if (!this.#state.playing) this.#park();
  }

  mix(): Promise<string[]> {
    // The page plays the proxy's two channels as they are.
    return Promise.resolve([]);
  }

  async view(view: TimelineView): Promise<TimelineLayout | null> {
    return this.#timeline.draw(view, this.#source);
  }

  /** The page draws it itself. */
  point(): void {}

  play(): void {
    this.shuttle(1);
  }

  shuttle(speed: number): void {
    if (!this.#asset || speed === 0) return;
    this.#leaveAround();
    this.#run(speed);
  }

  #run(speed: number): void {
    const asset = this.#asset;
    if (!asset) return;
    this.#stopWatching();
    const atEnd = this.#state.frame >= this.#times.length - 1;
    if (speed > 0 && atEnd) this.#standOn(this.#bounds().start);
    const begun = !this.#state.playing;
    this.#say({ playing: true, speed, source: "proxy", original: false, ...(begun ? { dropped: 0 } : {}) });
    if (speed < 0 || !this.#video.currentSrc || this.#video.error) {
      this.#video.pause();
      this.#runByClock();
      return;
    }
    this.#droppedBefore = begun ? this.#droppedNow() : this.#droppedBefore;
    this.#video.classList.remove("under");
    this.#video.playbackRate = speed;
    if (begun || this.#video.paused) {
      // A hair inside the frame, so that rounding cannot show the one before it.
      this.#video.currentTime = this.#times.secondsOf(this.#state.frame) + 0.0005;
      this.#video.play().catch(() => this.#runByClock());
    }
    if (asset.has_video) this.#followVideo();
    else this.#followSound();
  }

  pause(): void {
    this.#leaveAround();
    this.#hold();
  }

  /** Stands still where it is. */
  #hold(): void {
    this.#stopWatching();
    this.#video.pause();
    if (!this.#state.playing) return;
    this.#say({ playing: false, speed: 1 });
    this.#park();
  }

  seek(frame: number): void {
    if (!this.#asset) return;
    const target = clamp(Math.round(frame), 0, this.#times.length - 1);
    if (this.#state.playing) this.pause();
    if (target === this.#state.frame && this.#picture) return;
    this.#standOn(target);
    this.#park();
  }

  /** A page is silent under the hand: it would have to start and stop the film for every frame. */
  scrub(frame: number): void {
    this.seek(frame);
  }

  loop(range: FrameRange | null): void {
    this.#loop = range;
    this.#say({ looping: range !== null });
    // The range may end where the film already is.
    if (this.#state.playing) this.#turnInTime(this.#state.frame, this.#state.seconds);
  }

  around(range: FrameRange): void {
    if (!this.#asset) return;
    const back = this.#around?.back ?? this.#state.frame;
    this.#hold();
    this.#standOn(range.start);
    this.#around = { ...range, back };
    this.#say({ around: true });
    this.#run(1);
  }

  #leaveAround(): void {
    if (!this.#around) return;
    this.#around = null;
    this.#say({ around: false });
  }

  #stopWatching(): void {
    window.cancelAnimationFrame(this.#clock);
    window.clearTimeout(this.#turning);
    if (this.#watch !== 0) this.#video.cancelVideoFrameCallback(this.#watch);
    this.#watch = 0;
  }

  #standOn(frame: number): void {
    this.#say({ frame, seconds: this.#times.secondsOf(frame) });
  }

  /** The frames that playing stays within. */
  #bounds(): FrameRange {
    return this.#around ?? this.#loop ?? { start: 0, end: this.#times.length };
  }

  /** What happens where playing may go no further. */
  #reachEnd(): void {
    const { playing, speed } = this.#state;
    if (!playing) return;
    const back = this.#around?.back;
    const range = this.#loop;
    if (back !== undefined) {
      this.pause();
      this.seek(back);
    } else if (range) {
      this.#video.pause();
      this.#standOn(speed > 0 ? range.start : range.end - 1);
      this.#run(speed);
    } else {
      this.pause();
    }
  }

  /** Sees to it that the range's last frame is shown as long as any other, and none after it. */
  #turnInTime(frame: number, seconds: number): void {
    window.clearTimeout(this.#turning);
    const { end } = this.#bounds();
    // At the end of the film itself the page's player says so.
    if (frame < end - 1 || this.#state.speed < 0 || end >= this.#times.length) return;
    const left = frame >= end ? 0 : (this.#times.secondsOf(end) - seconds) / this.#state.speed;
    this.#turning = window.setTimeout(() => this.#reachEnd(), Math.max(0, left * 1000));
  }

  onTransport(hear: (state: TransportState) => void): () => void {
    this.#hearers.add(hear);
    hear(this.#state);
    return () => this.#hearers.delete(hear);
  }

  secondsOf(frame: number): number {
    return this.#times.secondsOf(frame);
  }

  frameAt(seconds: number): number {
    return this.#times.frameAt(seconds);
  }

  /** The page draws them itself. */
  /** A second page is a second viewer; the address can be opened as often as one likes. */
  readonly detaches = false;
  detach(): void {}
  fillDetached(): void {}
  onDetached(): () => void {
    return () => undefined;
  }

  guides(): void {}

  /** The page loads the still by its address. */
  grab(): void {}

  compare(
    film: StageAsset | null,
    viewed = "",
    tie: Tie = { viewed: 0, frame: 0 },
    told = (_frame: number): void => {},
  ): void {
    const before = this.#beside;
    if (film && before?.asset.id === film.id && before.viewed === viewed) {
      before.tie = tie;
      this.#leadBeside();
      return;
    }
    before?.end();
    this.#beside = film && new FollowingFilm(this.#source, film, viewed, tie, told);
    const beside = this.#beside;
    if (!beside) return;
    beside.original = this.#original;
    if (this.#besideBox) beside.mount(this.#besideBox);
    this.#leadBeside();
    // Until then frames are reckoned from its rate.
    void beside.read().then(() => {
      if (beside === this.#beside) this.#leadBeside();
    });
  }

  mountCompared(box: HTMLElement): () => void {
    this.#besideBox = box;
    this.#beside?.mount(box);
    this.#leadBeside();
    return () => {
      if (this.#besideBox !== box) return;
      this.#besideBox = null;
      this.#beside?.unmount();
    };
  }

  #leadBeside(): void {
    if (this.#beside && this.#beside.viewed === this.#asset?.id) this.#beside.lead(this.#state, this.#times);
  }

  // The page measures nothing: see where its meter would be.
  resetMeter(): void {}

  holes(_rects: StageRect[]): void {
    // The page draws above its own pictures: nothing to cut out.
  }

  #say(change: Partial<TransportState>): void {
    this.#state = { ...this.#state, ...change };
    for (const hear of this.#hearers) hear(this.#state);
    this.#leadBeside();
  }

  #droppedNow(): number {
    return this.#video.getVideoPlaybackQuality().droppedVideoFrames;
  }

  #followVideo(): void {
    this.#watch = this.#video.requestVideoFrameCallback((_now, shown) => {
      if (!this.#state.playing || this.#video.paused) return;
      this.#picture?.classList.add("under");
      const frame = this.#times.frameAt(shown.mediaTime + 0.0005);
      const decode = shown.processingDuration;
      this.#say({
        frame,
        seconds: this.#times.secondsOf(frame),
        dropped: this.#droppedNow() - this.#droppedBefore,
        decode_millis: decode === undefined ? null : decode * 1000,
      });
      this.#turnInTime(frame, shown.mediaTime);
      this.#followVideo();
    });
  }

  /** Sound without picture never shows a frame, so its own time is asked at each painting. */
  #followSound(): void {
    const tick = (): void => {
      if (!this.#state.playing || this.#video.paused) return;
      const seconds = this.#video.currentTime;
      const frame = this.#times.frameAt(seconds);
      if (frame !== this.#state.frame) {
        this.#standOn(frame);
        this.#turnInTime(frame, seconds);
      }
      this.#clock = window.requestAnimationFrame(tick);
    };
    window.cancelAnimationFrame(this.#clock);
    this.#clock = window.requestAnimationFrame(tick);
  }

  /** Plays by asking for pictures: backwards, or when the page cannot play the proxy. Late pictures are passed over. */
  #runByClock(): void {
    let seconds = this.#state.seconds;
    let before = performance.now();
    const tick = (now: number): void => {
      if (!this.#state.playing) return;
      const { speed } = this.#state;
      seconds += (Math.max(0, now - before) / 1000) * speed;
      before = now;
      const { start, end } = this.#bounds();
      const first = this.#times.secondsOf(start);
      const last = this.#times.secondsOf(end - 1);
      const over = end < this.#times.length ? this.#times.secondsOf(end) : last;
      // Beyond the range there is nothing to show, unless the film was there already.
      const within = clamp(seconds, speed < 0 ? first : 0, speed < 0 ? Infinity : last);
      const frame = this.#times.frameAt(within);
      if (frame !== this.#state.frame) {
        this.#standOn(frame);
        this.#park();
      }
      if (speed < 0 ? seconds <= first : seconds > over) this.#reachEnd();
      else this.#clock = window.requestAnimationFrame(tick);
    };
    window.cancelAnimationFrame(this.#clock);
    this.#clock = window.requestAnimationFrame(tick);
  }

  /** Shows the exact picture of the frame the transport stands on; only the newest wish is loaded next. */
  #park(): void {
    if (!this.#asset?.has_video) return;
    this.#wantedFrame = this.#state.frame;
    if (!this.#loadingFrame) void this.#loadFrames();
  }

  /** Asks once more for a frame that may still be on its way, ever more rarely. */
  #parkLater(frame: number): void {
    if (this.#retries >= RETRIES) return;
    this.#retries += 1;
    window.clearTimeout(this.#retry);
    this.#retry = window.setTimeout(
      () => {
        if (!this.#state.playing && this.#state.frame === frame) this.#park();
      },
      RETRY_MILLIS * 2 ** (this.#retries - 1),
    );
  }
  #retry = 0;
  #retries = 0;

  async #loadFrames(): Promise<void> {
    this.#loadingFrame = true;
    try {
      while (this.#wantedFrame !== null && this.#asset && this.#viewer) {
        const frame = this.#wantedFrame;
        const asset = this.#asset;
        const viewer = this.#viewer;
        this.#wantedFrame = null;
        const { width, height } = pictureSize(asset, viewer);
        const picture = new Image();
        const original = this.#original && !this.#originalAway;
        picture.src = await this.#source.frame(asset.id, frame, width, height, original, "viewer");
        picture.alt = "";
        picture.className = "stage-frame";
        picture.dataset["frame"] = String(frame);
        try {
          await picture.decode();
        } catch {
          // The picture could not be had; the last one stays, and the next wish is tried: the proxy's, of the same frame.
          if (original && asset === this.#asset) {
            this.#originalAway = true;
            this.#wantedFrame ??= frame;
            this.#say({ notice: ORIGINAL_AWAY });
          } else if (asset === this.#asset) this.#parkLater(frame);
          continue;
        }
        if (asset !== this.#asset || viewer !== this.#viewer || (this.#state.playing && !this.#video.paused)) continue;
        this.#retries = 0;
        this.#picture?.remove();
        this.#picture = picture;
        viewer.append(picture);
        this.#video.classList.add("under");
        // How long a parked picture took to come is no matter of decoding.
        this.#say({
          decode_millis: null,
          original,
          source: original ? `original ${asset.height}${asset.interlaced ? "i" : "p"} at rest` : "proxy",
        });
      }
    } finally {
      this.#loadingFrame = false;
    }
  }
}
