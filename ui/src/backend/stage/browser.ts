import type { StageRect, TimelineLayout, TimelineView } from "../wire";
import { clamp, evenFrames, rateOf, type FrameTimes } from "./frames";
import { AT_REST, type StageAsset, type StageHost, type TransportState } from "./host";

/** Where a page gets its pictures from. */
export interface PictureSource {
  /** Address of the proxy that the page itself can play; null when it has none. */
  proxy(asset: string): string | null;
  /** The exact frame `n`, fitted into `width` by `height` device pixels. */
  frame(asset: string, n: number, width: number, height: number): string | Promise<string>;
  /** The timeline's picture. */
  timeline(view: TimelineView): string | Promise<string>;
  /** What the picture shows: names and places of lanes and items. */
  layout(view: TimelineView): Promise<TimelineLayout>;
  index(asset: string): Promise<FrameTimes | null>;
}

const LARGEST_PICTURE_WIDTH = 1920;

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
  #times: FrameTimes = evenFrames(0, 25);
  #state: TransportState;
  #droppedBefore = 0;
  #wantedFrame: number | null = null;
  #loadingFrame = false;
  #clock = 0;
  #opening = 0;

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
    this.#video.addEventListener("ended", () => this.pause());
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

  async view(view: TimelineView): Promise<TimelineLayout | null> {
    return this.#timeline.draw(view, this.#source);
  }

  play(): void {
    this.shuttle(1);
  }

  shuttle(speed: number): void {
    if (!this.#asset || speed === 0) return;
    window.cancelAnimationFrame(this.#clock);
    const atEnd = this.#state.frame >= this.#times.length - 1;
    if (speed > 0 && atEnd) this.#say({ frame: 0, seconds: this.#times.secondsOf(0) });
    const begun = !this.#state.playing;
    this.#say({ playing: true, speed, ...(begun ? { dropped: 0 } : {}) });
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
    if (this.#asset.has_video) this.#followVideo();
    else this.#followSound();
  }

  pause(): void {
    window.cancelAnimationFrame(this.#clock);
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
    this.#say({ frame: target, seconds: this.#times.secondsOf(target) });
    this.#park();
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
  guides(): void {}

  holes(_rects: StageRect[]): void {
    // The page draws above its own pictures: nothing to cut out.
  }

  #say(change: Partial<TransportState>): void {
    this.#state = { ...this.#state, ...change };
    for (const hear of this.#hearers) hear(this.#state);
  }

  #droppedNow(): number {
    return this.#video.getVideoPlaybackQuality().droppedVideoFrames;
  }

  #followVideo(): void {
    this.#video.requestVideoFrameCallback((_now, shown) => {
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
      this.#followVideo();
    });
  }

  /** Sound without picture never shows a frame, so its own time is asked at each painting. */
  #followSound(): void {
    const tick = (): void => {
      if (!this.#state.playing || this.#video.paused) return;
      const seconds = this.#video.currentTime;
      const frame = this.#times.frameAt(seconds);
      if (frame !== this.#state.frame) this.#say({ frame, seconds: this.#times.secondsOf(frame) });
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
      const last = this.#times.secondsOf(this.#times.length - 1);
      const frame = this.#times.frameAt(clamp(seconds, 0, last));
      if (frame !== this.#state.frame) {
        this.#say({ frame, seconds: this.#times.secondsOf(frame) });
        this.#park();
      }
      if (speed < 0 ? seconds <= 0 : seconds > last) this.pause();
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

  async #loadFrames(): Promise<void> {
    this.#loadingFrame = true;
    try {
      while (this.#wantedFrame !== null && this.#asset && this.#viewer) {
        const frame = this.#wantedFrame;
        const asset = this.#asset;
        const viewer = this.#viewer;
        this.#wantedFrame = null;
        const { width, height } = this.#pictureSize(asset, viewer);
        const picture = new Image();
        picture.src = await this.#source.frame(asset.id, frame, width, height);
        picture.alt = "";
        picture.className = "stage-frame";
        picture.dataset["frame"] = String(frame);
        try {
          await picture.decode();
        } catch {
          // The picture could not be had; the last one stays, and the next wish is tried.
          continue;
        }
        if (asset !== this.#asset || viewer !== this.#viewer || (this.#state.playing && !this.#video.paused)) continue;
        this.#picture?.remove();
        this.#picture = picture;
        viewer.append(picture);
        this.#video.classList.add("under");
        // How long a parked picture took to come is no matter of decoding.
        this.#say({ decode_millis: null });
      }
    } finally {
      this.#loadingFrame = false;
    }
  }

  #pictureSize(asset: StageAsset, box: HTMLElement): { width: number; height: number } {
    const ratio = asset.width > 0 && asset.height > 0 ? asset.width / asset.height : 16 / 9;
    const wide = Math.min(box.clientWidth, box.clientHeight * ratio) * window.devicePixelRatio;
    const width = clamp(Math.ceil(wide / 16) * 16, 64, Math.min(LARGEST_PICTURE_WIDTH, Math.max(64, asset.width)));
    return { width, height: Math.round(width / ratio) };
  }
}

function evenTimesOf(asset: StageAsset): FrameTimes {
  const measured = asset.duration_secs > 0 ? asset.frame_count / asset.duration_secs : 0;
  const rate = rateOf(asset.frame_rate) ?? (measured > 0 ? measured : 25);
  const length = asset.frame_count > 0 ? asset.frame_count : Math.ceil(asset.duration_secs * rate);
  return evenFrames(length, rate);
}

/** The timeline's picture: replaced when the next one is decoded, and moved along meanwhile. */
class TimelinePicture {
  #box: HTMLElement | null = null;
  #labels = clip();
  #lanes = clip();
  #drawn: TimelineView | null = null;
  #timeX = 0;
  #wanted = 0;
  #busy: Promise<unknown> | null = null;

  mount(box: HTMLElement): () => void {
    this.#box = box;
    box.append(this.#labels, this.#lanes);
    return () => {
      this.#labels.remove();
      this.#lanes.remove();
      this.#box = null;
    };
  }

  clear(): void {
    this.#wanted += 1;
    this.#drawn = null;
    this.#labels.replaceChildren();
    this.#lanes.replaceChildren();
  }

  async draw(view: TimelineView, source: PictureSource): Promise<TimelineLayout | null> {
    this.#wanted += 1;
    const mine = this.#wanted;
    this.#moveAlong(view);
    // One picture at a time: while it is drawn newer views wait, and only the newest of them is drawn next.
    while (this.#busy) await this.#busy;
    if (mine !== this.#wanted) return null;
    const work = this.#load(view, source);
    this.#busy = work.then(
      () => undefined,
      () => undefined,
    );
    try {
      const { layout, first, second } = await work;
      if (mine === this.#wanted || this.#drawn === null) this.#swap(view, layout, first, second);
      return mine === this.#wanted ? layout : null;
    } finally {
      this.#busy = null;
    }
  }

  async #load(view: TimelineView, source: PictureSource) {
    const [layout, address] = await Promise.all([source.layout(view), source.timeline(view)]);
    const first = timelineImage(address, view);
    const second = timelineImage(address, view);
    await Promise.all([first.decode(), second.decode()]);
    return { layout, first, second };
  }

  #swap(view: TimelineView, layout: TimelineLayout, first: HTMLImageElement, second: HTMLImageElement): void {
    this.#timeX = layout.gutter_width;
    this.#drawn = view;
    this.#labels.style.left = "0";
    this.#labels.style.width = `${this.#timeX}px`;
    this.#lanes.style.left = `${this.#timeX}px`;
    this.#lanes.style.right = "0";
    second.style.marginLeft = `${-this.#timeX}px`;
    this.#labels.replaceChildren(first);
    this.#lanes.replaceChildren(second);
  }

  #moveAlong(view: TimelineView): void {
    const picture = this.#lanes.firstElementChild;
    if (!this.#box || !this.#drawn || !(picture instanceof HTMLElement)) return;
    const scale = view.px_per_sec / this.#drawn.px_per_sec;
    const shift = (this.#drawn.start_secs - view.start_secs) * view.px_per_sec;
    picture.style.transformOrigin = `${this.#timeX}px 0`;
    picture.style.transform = `translate(${shift}px, ${this.#drawn.scroll_px - view.scroll_px}px) scaleX(${scale})`;
  }
}

function clip(): HTMLDivElement {
  const box = document.createElement("div");
  box.className = "stage-clip";
  return box;
}

function timelineImage(address: string, view: TimelineView): HTMLImageElement {
  const picture = new Image();
  picture.src = address;
  picture.alt = "";
  picture.className = "stage-timeline";
  picture.style.width = `${view.width_px}px`;
  picture.style.height = `${view.height_px}px`;
  return picture;
}
