// What becomes of ranges of frames when a hand or a key moves one of them. Ranges are half-open; nothing here knows of pixels.

/** A range that may be moved: frames from `start` up to `end`, that one not included. */
export interface Span {
  id: string;
  start: number;
  end: number;
}

/** What of a range is held. */
export type Part = "start" | "end" | "body";

/**
 * How its surroundings go along. `plain`: they do not. `ripple`: what lies beyond it in the lane moves along, so that the gaps
 * stay: what follows, or of a start edge what comes before. `roll`: of an edge, the
 * neighbour's edge that lies on it moves too, so that what both last together is kept; of a body, both neighbours' edges do,
 * which is a slide.
 */
export type Way = "plain" | "ripple" | "roll";

/** One move, before it is limited by what it would run into. */
export interface Move {
  part: Part;
  way: Way;
  by: number;
  /** What is held; of several the first is under the hand, and an edge is held of that one only. */
  held: readonly Span[];
  /** What may roll with it: the other ranges of the lane. */
  neighbours: readonly Span[];
  /** What may move along in a ripple. */
  followers: readonly Span[];
  /** Frames of the film. */
  frames: number;
}

/** How far the move went, and every range that is another one now. */
export interface Moved {
  by: number;
  changed: Span[];
}

/** Carries out a move as far as it can go: no range gets shorter than a frame or leaves the film. */
export function moved(move: Move): Moved {
  const first = move.held[0];
  if (!first) return { by: 0, changed: [] };
  const parts = move.part === "body" ? bodyParts(move, first) : edgeParts(move, first);
  const by = parts.reduce((left, { span, start, end }) => limited(left, span, start, end, move.frames), move.by);
  const changed = by === 0 ? [] : parts.map(({ span, start, end }) => shifted(span, start, end, by));
  return { by, changed };
}

/** Which edges of which range go along. */
interface Going {
  span: Span;
  start: boolean;
  end: boolean;
}

function edgeParts({ part, way, neighbours, followers }: Move, held: Span): Going[] {
  const atStart = part === "start";
  const going: Going[] = [{ span: held, start: atStart, end: !atStart }];
  if (way === "roll") {
    const other = neighbours.find(
      (span) => span.id !== held.id && (atStart ? span.end === held.start : span.start === held.end),
    );
    if (other) going.push({ span: other, start: !atStart, end: atStart });
  }
  if (way === "ripple") going.push(...whole(atStart ? before(followers, held) : after(followers, [held])));
  return going;
}

function bodyParts({ way, held, neighbours, followers }: Move, first: Span): Going[] {
  if (way === "ripple") return whole([...held, ...after(followers, held)]);
  const going = whole(held);
  if (way === "roll" && held.length === 1) {
    const before = neighbours.find((span) => span.id !== first.id && span.end === first.start);
    const behind = neighbours.find((span) => span.id !== first.id && span.start === first.end);
    if (before) going.push({ span: before, start: false, end: true });
    if (behind) going.push({ span: behind, start: true, end: false });
  }
  return going;
}

function whole(spans: readonly Span[]): Going[] {
  return spans.map((span) => ({ span, start: true, end: true }));
}

/** What begins where the held ends, or later. */
function after(spans: readonly Span[], held: readonly Span[]): Span[] {
  const ids = new Set(held.map(({ id }) => id));
  const from = Math.min(...held.map(({ end }) => end));
  return spans.filter((span) => span.start >= from && !ids.has(span.id));
}

/** What ends where the held begins, or earlier. */
function before(spans: readonly Span[], held: Span): Span[] {
  return spans.filter((span) => span.end <= held.start && span.id !== held.id);
}

function limited(by: number, { start: from, end: to }: Span, start: boolean, end: boolean, frames: number): number {
  if (start && end) return clamp(by, -from, frames - to);
  if (start) return clamp(by, -from, to - 1 - from);
  return clamp(by, from + 1 - to, frames - to);
}

function clamp(by: number, low: number, high: number): number {
  // What lies outside already may come nearer, not go further.
  return Math.min(Math.max(by, Math.min(low, 0)), Math.max(high, 0));
}

function shifted(span: Span, start: boolean, end: boolean, by: number): Span {
  return { id: span.id, start: span.start + (start ? by : 0), end: span.end + (end ? by : 0) };
}
