import { untrack } from "svelte";
import {
  clamp,
  type Hand,
  type RulerUnit,
  type ShieldShow,
  type StageHost,
  type Theme,
  type TimelineLayout,
  type TimelineView,
} from "../backend";
import { kept } from "./kept";
import type { Drawn } from "./marquee";

/** Closer than this nothing is seen that was not: it is more than a frame on the widest screen. */
const CLOSEST_PX_PER_SEC = 90_000;
/** A frame never takes more of the view than this. */
const FRAME_SHARE = 0.9;
/** What is zoomed to stands with some air. */
const RANGE_AIR = 1.12;
/** A flick: how its speed fades each second, and where it ends, CSS pixels a second. */
const FADE_PER_SEC = 0.02;
const LEAST_SPEED = 24;
const LANE_ZOOM = [0.7, 2.5] as const;
const SHOWN_AIR = 1.04;
/** Room for the lane names until the first layout says how much they have. */
const USUAL_GUTTER = 92;

export const RULER_UNITS: readonly RulerUnit[] = ["timecode", "frames", "seconds"];
const RULER = "timeline.ruler";
const FOLLOW = "timeline.follow";
const LANES = "timeline.lanes";

/** How the view follows a playhead that runs: it turns the page, keeps it in the middle, or stays. */
export type Follow = "page" | "smooth" | "off";
export const FOLLOWS: readonly Follow[] = ["page", "smooth", "off"];

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
  /** What else is selected and may be in view, where the stage draws its rings. */
  selection = $state.raw<readonly string[]>([]);
  /** What the hand does, where the stage draws it. */
  hand = $state.raw<Hand | null>(null);
  /** How tall lanes are against the usual, remembered on this machine. */
  laneZoom = $state(clamp(Number(localStorage.getItem(LANES) ?? 1) || 1, ...LANE_ZOOM));
  follow = $state<Follow>(kept(FOLLOW, FOLLOWS) ?? "page");
  frames = $state(0);
  /** What the keyboard stands on: an item, or `ruler`. The window's stage draws its ring, because it covers the page's own. */
  focus = $state<string | null>(null);
  /** The range between the marks, seconds. */
  markIn = $state<number | null>(null);
  markOut = $state<number | null>(null);
  theme = $state<Theme>("dark");
  /** Which small pictures are covered. */
  shield = $state<ShieldShow>("off");
  /** What the ruler counts, remembered on this machine. */
  ruler = $state<RulerUnit>(kept(RULER, RULER_UNITS) ?? "timecode");
  layout = $state.raw<TimelineLayout | null>(null);
  /** The view that the layout is of; while another is being drawn, everything has moved on from there. */
  #laidOut = $state.raw<TimelineView | null>(null);
  failed = $state(false);
  /** Raised to draw the same view again, because what it shows has changed. */
  #edition = $state(0);

  readonly gutter = $derived(this.layout?.gutter_width ?? USUAL_GUTTER);
  /** How far the view has moved on from the layout: times wider, CSS pixels right, CSS pixels down. */
  readonly lag = $derived.by(() => {
    const of = this.#laidOut;
    if (!of || of.asset !== this.asset) return { scale: 1, right: 0, down: 0 };
    return {
      scale: this.pxPerSec / of.px_per_sec,
      right: (of.start_secs - this.start) * this.pxPerSec,
      down: of.scroll_px - this.scroll,
    };
  });
  /** The layout where everything stands now: what the hand takes hold of. */
  readonly layoutNow = $derived.by(() => {
    const { layout, lag } = this;
    if (!layout || (lag.scale === 1 && lag.right === 0 && lag.down === 0)) return layout;
    const items = layout.items.map((item) => ({
      ...item,
      x: layout.gutter_width + (item.x - layout.gutter_width) * lag.scale + lag.right,
      y: item.y + lag.down,
      width: item.width * lag.scale,
    }));
    return { ...layout, items };
  });
  /** The picture at hand and what it shows, however far the view has moved on from there. */
  readonly drawn = $derived.by((): Drawn | null => {
    const { layout } = this;
    const of = this.#laidOut?.asset === this.asset ? this.#laidOut : this.view();
    if (!layout || !of) return null;
    const secsAt = (x: number): number => of.start_secs + (x - layout.gutter_width) / of.px_per_sec;
    const [from, to] = [of.start_secs, secsAt(of.width_px)];
    return { layout, scroll: of.scroll_px, height: of.height_px, from, to, secsAt };
  });
  readonly lanesWidth = $derived(Math.max(1, this.width - this.gutter));
  readonly secondsShown = $derived(this.pxPerSec > 0 ? this.lanesWidth / this.pxPerSec : 0);
  /** How far the lanes can be scrolled. */
  readonly mostScroll = $derived(Math.max(0, (this.layout?.content_height ?? 0) - this.height));
  readonly fitPxPerSec = $derived(this.duration > 0 ? this.lanesWidth / (this.duration * SHOWN_AIR) : 1);

  /** So close that a frame fills the view. */
  readonly closest = $derived(
    this.frames > 0 && this.duration > 0
      ? Math.max(this.fitPxPerSec, (this.lanesWidth * FRAME_SHARE * this.frames) / this.duration)
      : CLOSEST_PX_PER_SEC,
  );
  #glide = 0;

  readonly #stage: StageHost;

  constructor(stage: StageHost) {
    this.#stage = stage;
    $effect(() => {
      void this.#edition;
      const view = this.view();
      if (view) void this.#draw(view);
    });
    $effect(() => {
      // Only what the hand does is another: no layout is asked for, nothing is laid out anew.
      void this.hand;
      const view = untrack(() => this.view());
      if (view) untrack(() => this.#stage.point(view));
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
      selection: this.#stage.drawsBelowPage ? [] : [...this.selection],
      lane_zoom: this.laneZoom,
      hand: this.#stage.drawsBelowPage ? null : untrack(() => this.hand),
      focus: this.#stage.drawsBelowPage ? null : this.focus,
      mark_in_secs: this.markIn,
      mark_out_secs: this.markOut,
      ruler: this.ruler,
      shield: this.shield,
      theme: this.theme,
    };
  }

  open(asset: string | null, duration: number, frames: number): void {
    this.frames = frames;
    if (asset === this.asset) {
      this.duration = duration;
      return;
    }
    this.halt();
    this.asset = asset;
    this.duration = duration;
    this.layout = null;
    this.#laidOut = null;
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

  /** Follows another way; nothing named is the next in turn. */
  followBy(follow?: Follow): void {
    const next = (FOLLOWS.indexOf(this.follow) + 1) % FOLLOWS.length;
    this.follow = follow ?? FOLLOWS[next] ?? "page";
    localStorage.setItem(FOLLOW, this.follow);
  }

  /** Makes lanes taller, or lower below 1. */
  taller(factor: number): void {
    this.laneZoom = clamp(this.laneZoom * factor, ...LANE_ZOOM);
    // Near enough to the usual is the usual.
    if (Math.abs(this.laneZoom - 1) < 0.04) this.laneZoom = 1;
    localStorage.setItem(LANES, String(this.laneZoom));
  }

  /** Draws the same view again and answers when it shows. */
  async drawAnew(): Promise<void> {
    const view = this.view();
    if (view) await this.#draw(view);
  }

  redraw(): void {
    untrack(() => (this.#edition += 1));
  }

  xOf(seconds: number): number {
    return this.gutter + (seconds - this.start) * this.pxPerSec;
  }

  secondsAt(x: number): number {
    return Math.min(Math.max(0, this.rawSecondsAt(x)), this.duration);
  }

  /** As `secondsAt`, also where there is no film. */
  rawSecondsAt(x: number): number {
    return this.start + (x - this.gutter) / this.pxPerSec;
  }

  fit(): void {
    this.halt();
    this.start = 0;
    this.scroll = 0;
    this.pxPerSec = this.fitPxPerSec;
  }

  /** Zooms so that the moment at `x` stays under the pointer. */
  zoom(factor: number, x: number): void {
    this.halt();
    const kept = this.start + (x - this.gutter) / this.pxPerSec;
    this.pxPerSec = clamp(this.pxPerSec * factor, this.fitPxPerSec, this.closest);
    this.#moveTo(kept - (x - this.gutter) / this.pxPerSec);
  }

  /** Shows the time from `from` to `to`, with air. */
  zoomTo(from: number, to: number): void {
    this.halt();
    const length = Math.max(to - from, this.frames > 0 ? this.duration / this.frames : 0) * RANGE_AIR;
    if (length <= 0) return;
    this.pxPerSec = clamp(this.lanesWidth / length, this.fitPxPerSec, this.closest);
    this.#moveTo((from + to) / 2 - this.secondsShown / 2);
  }

  pan(pixels: number): void {
    this.halt();
    this.#panBy(pixels);
  }

  /** Goes on panning at this speed, slower and slower; not where motion is not wanted. */
  fling(pxPerSecond: number): void {
    this.halt();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let [speed, before] = [pxPerSecond, performance.now()];
    const step = (now: number): void => {
      const secs = Math.min(0.1, Math.max(0, (now - before) / 1000));
      before = now;
      const start = this.start;
      this.#panBy(speed * secs);
      speed *= FADE_PER_SEC ** secs;
      const stuck = secs > 0 && this.start === start;
      this.#glide = Math.abs(speed) < LEAST_SPEED || stuck ? 0 : requestAnimationFrame(step);
    };
    this.#glide = requestAnimationFrame(step);
  }

  /** Stops a pan that goes on by itself. */
  halt(): void {
    if (this.#glide !== 0) cancelAnimationFrame(this.#glide);
    this.#glide = 0;
  }

  #panBy(pixels: number): void {
    this.#moveTo(this.start + pixels / this.pxPerSec);
  }

  /** Shows what was shown before something scrolled it away. */
  showFrom(start: number, scroll: number): void {
    this.halt();
    this.#moveTo(start);
    this.scrollBy(scroll - this.scroll);
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

  /** Follows a playhead that runs. */
  keepUp(seconds: number): void {
    if (this.follow === "page") this.reveal(seconds);
    else if (this.follow === "smooth" && this.secondsShown < this.duration) {
      this.#moveTo(seconds - this.secondsShown / 2);
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
        this.#laidOut = view;
        this.failed = false;
      }
    } catch {
      // The last picture stays; the next view or a fresh asset tries again.
      this.failed = true;
    }
  }
}
