import { listen } from "@tauri-apps/api/event";
import type {
  Answer,
  ChannelSetting,
  ComparedFilm,
  CommandName,
  Request,
  StageGuides,
  StageRect,
  StageSurface,
  TimelineLayout,
  TimelineView,
  TransportAct,
  ViewerPlace,
  WireTransport,
} from "../wire";
import { clamp, evenFrames, rateOf, type FrameTimes } from "./frames";
import { AT_REST, type FrameRange, type StageAsset, type StageHost, type Tie, type TransportState } from "./host";

type Call = <K extends CommandName>(name: K, request: Request<K>) => Promise<Answer<K>>;

/**
 * The stage in the desktop window: a native surface that lies over two empty boxes of the page. The page keeps telling it
 * where the boxes are, and which rectangles of open popups to leave out.
 */
export class WindowStage implements StageHost {
  readonly kind = "window";
  readonly drawsBelowPage = false;
  readonly detaches = true;

  readonly #call: Call;
  readonly #index: (asset: string) => Promise<FrameTimes | null>;
  readonly #failed: (thrown: unknown) => void;
  readonly #placeHearers = new Set<(place: ViewerPlace) => void>();
  readonly #hearers = new Set<(state: TransportState) => void>();
  #times: FrameTimes = evenFrames(0, 25);
  #state: TransportState = AT_REST;
  #asset: string | null = null;
  #original = false;
  #wantedView = 0;
  #compared: Omit<ComparedFilm, "original"> | null = null;
  readonly #replace = new Set<() => void>();

  constructor(call: Call, index: (asset: string) => Promise<FrameTimes | null>, failed: (thrown: unknown) => void) {
    this.#call = call;
    this.#index = index;
    this.#failed = failed;
    void listen<ViewerPlace>("viewer", (event) => {
      for (const hear of this.#placeHearers) hear(event.payload);
    }).catch(failed);
    void listen<WireTransport>("transport", (event) => this.#hear(event.payload)).catch(failed);
  }

  mountViewer(box: HTMLElement): () => void {
    return this.#follow("viewer", box);
  }

  mountTimeline(box: HTMLElement): () => void {
    return this.#follow("timeline", box);
  }

  async open(asset: StageAsset | null): Promise<void> {
    if (asset?.id === this.#asset) return;
    this.#asset = asset?.id ?? null;
    this.#state = { ...AT_REST, presenter: this.#state.presenter };
    this.#tellAll();
    for (const replace of this.#replace) replace();
    await this.#call("stage_open", { asset: this.#asset, original: this.#original });
    if (!asset) return;
    const rate = rateOf(asset.frame_rate) ?? asset.frame_count / Math.max(asset.duration_secs, 0.001);
    this.#times = evenFrames(asset.frame_count, rate);
    const exact = await this.#index(asset.id);
    if (exact && exact.length > 0 && this.#asset === asset.id) this.#times = exact;
  }

  async mix(asset: string, channels: ChannelSetting[] | null): Promise<string[]> {
    return (await this.#call("stage_mix", { asset, channels })).names;
  }

  showOriginal(on: boolean): void {
    this.#original = on;
    if (this.#compared) this.#tellCompared();
    if (this.#asset === null) return;
    this.#call("stage_open", { asset: this.#asset, original: on }).catch(this.#failed);
  }

  async view(view: TimelineView): Promise<TimelineLayout | null> {
    this.#wantedView += 1;
    const mine = this.#wantedView;
    // It says what the hand does too: what waits to be drawn of an earlier view must not come after it.
    this.#pointed = null;
    // One after the other: what the picture was built from is at hand for the layout then.
    await this.#call("stage_view", { view });
    const layout = await this.#call("timeline", { view });
    return mine === this.#wantedView ? layout : null;
  }

  point(view: TimelineView): void {
    this.#pointed = view;
    if (this.#pointing) return;
    this.#pointing = true;
    void this.#point();
  }
  #pointed: TimelineView | null = null;
  #pointing = false;

  /** One at a time, and of those that came meanwhile the newest. */
  async #point(): Promise<void> {
    try {
      for (let view = this.#pointed; view; view = this.#pointed) {
        this.#pointed = null;
        await this.#call("stage_view", { view });
      }
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.#pointing = false;
    }
  }

  play(): void {
    this.#transport("play");
  }

  pause(): void {
    this.#transport("pause");
  }

  shuttle(speed: number): void {
    this.#transport("shuttle", { value: speed });
  }

  seek(frame: number): void {
    this.#go("seek", frame);
  }

  scrub(frame: number): void {
    this.#go("scrub", frame);
  }

  loop(range: FrameRange | null): void {
    this.#expect({ looping: range !== null });
    this.#transport("loop", { range });
  }

  around(range: FrameRange): void {
    this.#transport("around", { range });
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

  guides(guides: StageGuides): void {
    this.#call("stage_guides", guides).catch(this.#failed);
  }

  detach(detached: boolean): void {
    this.#call("stage_detach", { detached, fill: false }).catch(this.#failed);
  }

  fillDetached(): void {
    this.#call("stage_detach", { detached: true, fill: true }).catch(this.#failed);
  }

  onDetached(hear: (place: ViewerPlace) => void): () => void {
    this.#placeHearers.add(hear);
    return () => this.#placeHearers.delete(hear);
  }

  resetMeter(): void {
    this.#call("stage_meter_reset", {}).catch(this.#failed);
  }

  grab(): void {
    this.#call("stage_grab", {}).catch(this.#failed);
  }

  compare(film: StageAsset | null, viewed = "", tie: Tie = { viewed: 0, frame: 0 }): void {
    const said = film && { asset: film.id, viewed, viewed_frame: tie.viewed, frame: tie.frame };
    if (!said && !this.#compared) return;
    this.#compared = said;
    this.#tellCompared();
  }

  #tellCompared(): void {
    const film = this.#compared && { ...this.#compared, original: this.#original };
    this.#call("stage_compare", { film }).catch(this.#failed);
  }

  /** The surface draws it. */
  mountCompared(): () => void {
    return () => undefined;
  }

  holes(rects: StageRect[]): void {
    this.#call("stage_holes", { rects }).catch(this.#failed);
  }

  #go(act: "seek" | "scrub", frame: number): void {
    const target = clamp(Math.round(frame), 0, this.#times.length - 1);
    this.#expect({ frame: target, seconds: this.#times.secondsOf(target) });
    this.#transport(act, { value: target });
  }

  /** The desk answers the hand at once; the picture follows with the next transport event. */
  #expect(change: Partial<TransportState>): void {
    this.#state = { ...this.#state, ...change };
    this.#tellAll();
  }

  #transport(act: TransportAct, more: { value?: number; range?: FrameRange | null } = {}): void {
    this.#call("transport", { act, ...more }).catch(this.#failed);
  }

  #hear(spoken: WireTransport): void {
    this.#state = { ...spoken, seconds: this.#times.secondsOf(spoken.frame) };
    this.#tellAll();
  }

  #tellAll(): void {
    for (const hear of this.#hearers) hear(this.#state);
  }

  /** Tells where a box is whenever that may have changed, and that it is gone when it goes. */
  #follow(surface: StageSurface, box: HTMLElement): () => void {
    let last = "";
    let pending = 0;
    const place = (mounted: boolean): void => {
      const { x, y, width, height } = box.getBoundingClientRect();
      // Without an asset the page has words of its own in the box.
      const visible = mounted && this.#asset !== null && width > 0 && height > 0;
      const placed = { surface, x, y, width, height, scale: window.devicePixelRatio, visible };
      const said = JSON.stringify(placed);
      if (said === last) return;
      last = said;
      this.#call("stage_place", placed).catch(this.#failed);
    };
    const soon = (): void => {
      window.cancelAnimationFrame(pending);
      pending = window.requestAnimationFrame(() => place(true));
    };
    // A box can move without changing size when its neighbours do, so everything around it is watched as well.
    const observer = new ResizeObserver(soon);
    for (let element: HTMLElement | null = box; element; element = element.parentElement) observer.observe(element);
    window.addEventListener("resize", soon);
    this.#replace.add(soon);
    soon();
    return () => {
      observer.disconnect();
      window.removeEventListener("resize", soon);
      window.cancelAnimationFrame(pending);
      this.#replace.delete(soon);
      place(false);
    };
  }
}
