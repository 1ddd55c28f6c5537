import { untrack } from "svelte";
import type { RulerUnit, StageHost, Theme, TimelineLayout, TimelineView } from "../backend";
import { kept } from "./kept";

const CLOSEST_PX_PER_SEC = 2400;
const SHOWN_AIR = 1.04;
/** Room for the lane names until the first layout says how much they have. */
const USUAL_GUTTER = 92;

export const RULER_UNITS: readonly RulerUnit[] = ["timecode", "frames", "seconds"];
const RULER = "timeline.ruler";

/** Which part of the timeline is looked at. */
export class Timeline {
  asset = $state<string | null>(null);
  duration = $state(0);
  width = $state(0);
  height = $state(0);
  start = $state(0);
  pxPerSec = $state(0);
  scroll = $state(0);
  selected = $state<string | null>(null);
  /** What the keyboard stands on: an item, or `ruler`. The window's stage draws its ring, because it covers the page's own. */
  focus = $state<string | null>(null);
  /** The range between the marks, seconds. */
  markIn = $state<number | null>(null);
  markOut = $state<number | null>(null);
  theme = $state<Theme>("dark");
  /** What the ruler counts, remembered on this machine. */
  ruler = $state<RulerUnit>(kept(RULER, RULER_UNITS) ?? "timecode");
  layout = $state.raw<TimelineLayout | null>(null);
  failed = $state(false);
  /** Raised to draw the same view again, because what it shows has changed. */
  #edition = $state(0);

  readonly gutter = $derived(this.layout?.gutter_width ?? USUAL_GUTTER);
  readonly lanesWidth = $derived(Math.max(1, this.width - this.gutter));
  readonly secondsShown = $derived(this.pxPerSec > 0 ? this.lanesWidth / this.pxPerSec : 0);
  /** How far the lanes can be scrolled. */
  readonly mostScroll = $derived(Math.max(0, (this.layout?.content_height ?? 0) - this.height));
  readonly fitPxPerSec = $derived(this.duration > 0 ? this.lanesWidth / (this.duration * SHOWN_AIR) : 1);

  readonly #stage: StageHost;

  constructor(stage: StageHost) {
    this.#stage = stage;
    $effect(() => {
      void this.#edition;
      const view = this.view();
      if (view) void this.#draw(view);
    });
  }

  view(): TimelineView | null {
    if (!this.asset || this.width < 200 || this.height < 40 || this.pxPerSec <= 0) return null;
    return {
      asset: this.asset,
      start_secs: this.start,
      px_per_sec: this.pxPerSec,
      width_px: Math.round(this.width),
      height_px: Math.round(this.height),
      scale: window.devicePixelRatio,
      scroll_px: this.scroll,
      selected: this.selected,
      selection: [],
      lane_zoom: 1,
      hand: null,
      focus: this.#stage.drawsBelowPage ? null : this.focus,
      mark_in_secs: this.markIn,
      mark_out_secs: this.markOut,
      ruler: this.ruler,
      theme: this.theme,
    };
  }

  open(asset: string | null, duration: number): void {
    if (asset === this.asset) {
      this.duration = duration;
      return;
    }
    this.asset = asset;
    this.duration = duration;
    this.layout = null;
    this.fit();
  }

  resize(width: number, height: number): void {
    const fitted = Math.abs(this.pxPerSec - this.fitPxPerSec) < 1e-9;
    this.width = width;
    this.height = height;
    if (fitted || this.pxPerSec === 0) this.fit();
  }

  /** Has the ruler count something else; nothing named is the next in turn. */
  count(unit?: RulerUnit): void {
    const next = (RULER_UNITS.indexOf(this.ruler) + 1) % RULER_UNITS.length;
    this.ruler = unit ?? RULER_UNITS[next] ?? "timecode";
    localStorage.setItem(RULER, this.ruler);
  }

  redraw(): void {
    untrack(() => (this.#edition += 1));
  }

  xOf(seconds: number): number {
    return this.gutter + (seconds - this.start) * this.pxPerSec;
  }

  secondsAt(x: number): number {
    return Math.min(Math.max(0, this.start + (x - this.gutter) / this.pxPerSec), this.duration);
  }

  fit(): void {
    this.start = 0;
    this.scroll = 0;
    this.pxPerSec = this.fitPxPerSec;
  }

  /** Zooms so that the moment at `x` stays under the pointer. */
  zoom(factor: number, x: number): void {
    const kept = this.start + (x - this.gutter) / this.pxPerSec;
    this.pxPerSec = Math.min(Math.max(this.pxPerSec * factor, this.fitPxPerSec), CLOSEST_PX_PER_SEC);
    this.#moveTo(kept - (x - this.gutter) / this.pxPerSec);
  }

  pan(pixels: number): void {
    this.#moveTo(this.start + pixels / this.pxPerSec);
  }

  scrollBy(pixels: number): void {
    this.scroll = Math.min(Math.max(0, this.scroll + pixels), this.mostScroll);
  }

  /** Turns the page when `seconds` has left the picture. */
  reveal(seconds: number): void {
    if (this.secondsShown <= 0 || this.secondsShown >= this.duration) return;
    if (seconds < this.start || seconds > this.start + this.secondsShown * 0.98) {
      this.#moveTo(seconds - this.secondsShown * 0.1);
    }
  }

  #moveTo(start: number): void {
    const last = Math.max(0, this.duration * SHOWN_AIR - this.lanesWidth / this.pxPerSec);
    this.start = Math.min(Math.max(0, start), last);
  }

  async #draw(view: TimelineView): Promise<void> {
    try {
      const layout = await this.#stage.view(view);
      if (layout) {
        this.layout = layout;
        this.failed = false;
      }
    } catch {
      // The last picture stays; the next view or a fresh asset tries again.
      this.failed = true;
    }
  }
}
