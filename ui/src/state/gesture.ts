import type { Marker, TimelineItem } from "../backend";
import type { Moved, Part, Span } from "../time/trims";
import type { Marquee } from "./marquee";

/** So far a press may wander and still be a click. */
const CLICK_SLOP_PX = 4;

/** Where the pointer is on the timeline, and what is held down with it. */
export interface Pointer {
  x: number;
  y: number;
  /** When, milliseconds on any one clock. */
  at: number;
  button: number;
  shift: boolean;
  ctrl: boolean;
  alt: boolean;
  /** A finger, which pans where a mouse selects. */
  touch: boolean;
}

/** Frames that a drag snaps to, as far around the view as they were gathered: seconds. */
export interface Targets {
  frames: readonly number[];
  from: number;
  to: number;
}

/** What is dragged. */
export interface Held {
  part: Part;
  marker: Marker | null;
  spans: readonly Span[];
  neighbours: readonly Span[];
  followers: readonly Span[];
  targets: Targets;
  /** The edge that keeps its distance to the pointer. */
  anchor: number;
  offsetSecs: number;
  title: string;
  /** Letting go circles it. */
  undecided: boolean;
  moved: Moved;
}

/** What a button that is down has become. */
export type Gesture =
  | { kind: "scrub"; was: number }
  | { kind: "range"; from: number; was: readonly [number | null, number | null] }
  | { kind: "pan"; x: number; y: number; moved: boolean; trail: { x: number; at: number }[]; isTouch: boolean }
  | {
      kind: "marquee";
      x: number;
      y: number;
      moved: boolean;
      /** Where it began, wherever the view has gone since: seconds, and CSS pixels down as if nothing were scrolled. */
      secs: number;
      down: number;
      taking: Marquee;
      base: readonly string[];
      was: readonly string[];
    }
  | { kind: "press"; x: number; y: number; part: Part; item: TimelineItem | null; marker: Marker | null }
  | { kind: "drag"; held: Held };

/** Whether a press has become a drag. */
export function wandered(from: { x: number; y: number }, at: Pointer): boolean {
  return Math.abs(at.x - from.x) + Math.abs(at.y - from.y) > CLICK_SLOP_PX;
}
