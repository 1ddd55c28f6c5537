import { kindName } from "../design/words";
import type { Hand, Marker, ProposalRow, TimelineItem } from "../backend";
import { snap, snapFrames } from "../time/snap";
import { moved, type Moved, type Part, type Span, type Way } from "../time/trims";
import { durationLabel } from "../time/timecode";
import type { Desk } from "./desk.svelte";
import { EdgeScroll } from "./edge-scroll";
import { wandered, type Gesture, type Held, type Pointer, type Targets } from "./gesture";
import { FLAG_HEIGHT_PX, itemAt, markerAt, mayMove, mayTrim, partAt, threadAt } from "./hit";
import { kept } from "./kept";
import { byStart, LaneRows } from "./lanes";
import { Marquee } from "./marquee";
import { rangeOf } from "./payload";
import { ofItem, ofMarker, ofThread } from "./tips";

/** An edge snaps to what is within this. */
const SNAP_PX = 9;
/** A pointer that rests this long is told what it rests on. */
const DWELL_MILLIS = 160;
/** The speed of a flick is taken from its last moments. */
const FLICK_MILLIS = 90;
/** Pages around the view whose edges are snapped to. */
const PAGES_AROUND = 3;

/** More than this do not show apart. */
const GHOSTS_MAX = 400;

const SNAPPING = "timeline.snapping";

/** What a pointer and its keys do on the timeline. Frames in, frames out; the ledger hears of a drag once, when it ends. */
export class TimelineHand {
  /** Drawn over the timeline: by the page, or where its pictures cover the page by the stage. */
  look = $state.raw<Hand | null>(null);
  /** Whether edges snap, remembered on this machine. */
  snapping = $state(kept(SNAPPING, ["on", "off"]) !== "off");
  /** Space is down: a drag pans. */
  grabbing = $state(false);
  cursor = $state("");

  #gesture = $state.raw<Gesture | null>(null);
  #dwell: ReturnType<typeof setTimeout> | undefined;
  readonly #desk: Desk;
  readonly #edge: EdgeScroll;
  /** Where the hand is, and what was in view when it took hold. */
  #at: Pointer | null = null;
  #viewed: { start: number; scroll: number } | null = null;

  /** Something is being dragged that Escape would leave as it was. */
  readonly dragging = $derived(["drag", "marquee", "scrub", "range"].includes(this.#gesture?.kind ?? ""));
  readonly busy = $derived(this.#gesture !== null);

  constructor(desk: Desk) {
    this.#desk = desk;
    const { timeline } = desk;
    this.#edge = new EdgeScroll(
      () => ({
        left: timeline.gutter,
        right: timeline.width,
        top: timeline.layout?.ruler_height ?? 0,
        foot: timeline.height,
      }),
      (right, down) => this.#scroll(right, down),
    );
  }

  toggleSnapping(): void {
    this.snapping = !this.snapping;
    localStorage.setItem(SNAPPING, this.snapping ? "on" : "off");
  }

  /** A button went down. Answers whether the pointer is held from now on; over an item it may still become a click. */
  down(at: Pointer): boolean {
    const { timeline, transport, markers, comments, review } = this.#desk;
    this.rest();
    timeline.halt();
    this.#viewed = null;
    this.#edge.begin(at);
    if (transport.frames === 0 || at.button > 1 || at.x < timeline.gutter) return false;
    const ruler = timeline.layoutNow?.ruler_height ?? 0;
    if (at.button === 1 || this.grabbing) {
      this.#gesture = this.#pan(at);
      return true;
    }
    const xOf = (secs: number): number => timeline.xOf(secs);
    const flag = markerAt(markers.list, timeline.layoutNow, xOf, at.x, at.y);
    const said = threadAt(comments.threads, timeline.layoutNow, xOf, at.x, at.y);
    const item = itemAt(timeline.layoutNow, at.x, at.y, review.cursor);
    if (flag || said || item) {
      const part = flag?.part ?? (item ? partAt(item.x, item.x + item.width, at.x) : "body");
      this.#gesture = { kind: "press", x: at.x, y: at.y, part, item, marker: flag?.marker ?? null };
      return false;
    }
    if (at.y <= ruler) {
      this.#gesture = at.shift
        ? { kind: "range", from: this.#frameAt(at.x), was: [transport.markIn, transport.markOut] }
        : { kind: "scrub", was: transport.now.frame };
      this.move(at);
    } else if (at.touch) {
      this.#gesture = this.#pan(at);
    } else {
      const base = at.ctrl || at.shift ? [...review.selected] : [];
      this.#gesture = this.#marquee(at, base);
    }
    return true;
  }

  /** The pointer moved. Answers whether it is held from now on. */
  move(at: Pointer): boolean {
    const gesture = this.#gesture;
    if (!gesture) {
      this.#hover(at);
      return false;
    }
    if (gesture.kind === "pan") this.#panTo(gesture, at);
    else if (gesture.kind !== "press") {
      this.#at = at;
      this.#carry(gesture, at);
      if (gesture.kind !== "marquee" || gesture.moved || wandered(gesture, at)) {
        // A playhead and an edge go along the film; only a rectangle reaches over lanes that are scrolled away.
        this.#edge.follow(gesture.kind === "marquee" ? at : { x: at.x, y: this.#middle });
      }
    } else if (wandered(gesture, at)) return this.#begin(gesture, at);
    return true;
  }

  /** Takes what is held to where the hand is. */
  #carry(gesture: Gesture, at: Pointer): void {
    const { timeline, transport } = this.#desk;
    // Beyond the view the view follows: what is held stays at its edge.
    const x = Math.min(Math.max(at.x, timeline.gutter), Math.max(timeline.gutter, timeline.width));
    if (gesture.kind === "scrub") transport.seekSeconds(timeline.secondsAt(x));
    else if (gesture.kind === "range") this.#mark(gesture.from, this.#frameAt(x));
    else if (gesture.kind === "marquee") this.#marqueeTo(gesture, { ...at, x });
    else if (gesture.kind === "drag") this.#dragTo(gesture.held, { ...at, x });
  }

  get #middle(): number {
    const { timeline } = this.#desk;
    return ((timeline.layout?.ruler_height ?? 0) + timeline.height) / 2;
  }

  /** The view goes on under a hand at its edge. Answers whether it could. */
  #scroll(right: number, down: number): boolean {
    const { timeline } = this.#desk;
    const [gesture, at] = [this.#gesture, this.#at];
    if (!gesture || !at) return false;
    const { start, scroll } = timeline;
    timeline.pan(right);
    timeline.scrollBy(down);
    if (timeline.start === start && timeline.scroll === scroll) return false;
    this.#viewed ??= { start, scroll };
    this.#carry(gesture, at);
    return true;
  }

  /** The button was let go. */
  up(at: Pointer): void {
    const gesture = this.#let();
    const { timeline, transport, review } = this.#desk;
    if (gesture?.kind === "drag") {
      const { held } = gesture;
      void this.#commit(held);
      return;
    }
    this.look = null;
    if (gesture?.kind === "pan") {
      if (gesture.moved) this.#fling(gesture, at);
      else if (gesture.isTouch) transport.seekSeconds(timeline.secondsAt(at.x));
    } else if (gesture?.kind === "marquee" && !gesture.moved) {
      transport.seekSeconds(timeline.secondsAt(at.x));
      if (review.selected.size > 1 && review.cursor) this.#desk.take([review.cursor]);
    }
  }

  /** Leaves everything as it was before the button went down. */
  cancel(): void {
    const viewed = this.#viewed;
    const gesture = this.#let();
    const { timeline, transport } = this.#desk;
    this.look = null;
    if (gesture?.kind === "marquee") this.#desk.take(gesture.was);
    else if (gesture?.kind === "scrub") transport.follow(gesture.was);
    else if (gesture?.kind === "range") transport.markRange(...gesture.was);
    if (viewed) timeline.showFrom(viewed.start, viewed.scroll);
  }

  /** The hand is empty from here on; answers what it held. */
  #let(): Gesture | null {
    const gesture = this.#gesture;
    this.#edge.end();
    this.#gesture = null;
    this.#at = null;
    this.#viewed = null;
    return gesture;
  }

  /** The pointer left, or something else takes its place. */
  rest(): void {
    clearTimeout(this.#dwell);
    if (!this.busy && this.look) this.look = null;
    this.cursor = "";
  }

  /** What a click on an item selects: it alone, it as well, or everything of its lane from the last one to it. */
  pick(proposal: string, how: { shift: boolean; ctrl: boolean }): void {
    const { review, transport } = this.#desk;
    const row = review.byId.get(proposal);
    const from = review.current;
    if (how.shift && row && from?.kind === row.kind) {
      const lane = this.#lane(row.kind).rows;
      const [a, b] = [lane.indexOf(from), lane.indexOf(row)];
      const between = lane.slice(Math.min(a, b), Math.max(a, b) + 1).map(({ id }) => id);
      this.#desk.take(between, from.id);
    } else if (how.ctrl) {
      this.#desk.take(
        review.selected.has(proposal) && review.selected.size > 1
          ? [...review.selected].filter((id) => id !== proposal)
          : [...review.selected, proposal],
        review.selected.has(proposal) ? undefined : proposal,
      );
    } else {
      review.select(proposal);
      if (row) transport.seek(row.start_frame);
    }
  }

  /** Everything in the lane of the current proposal. */
  selectLane(): void {
    const { current } = this.#desk.review;
    if (current) {
      this.#desk.take(
        this.#lane(current.kind).rows.map(({ id }) => id),
        current.id,
      );
    }
  }

  /** What lies between the marks, all of it. */
  selectMarked(): void {
    const { review, transport, notices } = this.#desk;
    const [from, to] = [transport.markIn ?? 0, transport.markOut ?? transport.frames];
    const inside = review.rows.filter((row) => row.start_frame >= from && row.end_frame <= to);
    if (inside.length === 0) notices.say("Nothing lies between the marks.");
    else this.#desk.take(inside.sort(byStart).map(({ id }) => id));
  }

  /** Brings an edge of the current proposal to the playhead. */
  trimToPlayhead(part: "start" | "end", way: Way = "plain"): void {
    const row = this.#trimmable();
    if (!row) return;
    const here = this.#desk.transport.now.frame;
    const range = this.#span(row);
    void this.#byKey([row], part, way, here - range[part]);
  }

  /** Brings the edge nearest to the playhead there, and the neighbour's with it. */
  rollToPlayhead(): void {
    const row = this.#trimmable();
    if (!row) return;
    const { start, end } = this.#span(row);
    const here = this.#desk.transport.now.frame;
    const part = Math.abs(here - start) <= Math.abs(here - end) ? "start" : "end";
    this.trimToPlayhead(part, "roll");
  }

  /** Moves what is selected by frames. */
  nudge(frames: number): void {
    const { review, notices } = this.#desk;
    const rows = review.targets.flatMap((id) => review.byId.get(id) ?? []);
    const movable = rows.filter((row) => mayMove(row, review.stateOf(row)));
    const first = rows[0];
    if (movable.length > 0) void this.#byKey(movable, "body", "plain", frames);
    else if (first) notices.say(`${kindName(first.kind)}: this stays where it was found. E edits its range.`);
  }

  #trimmable(): ProposalRow | null {
    const { review, notices } = this.#desk;
    const row = review.current;
    if (!row || mayTrim(row, review.stateOf(row))) return row;
    notices.say(`${kindName(row.kind)}: this is not trimmed on the timeline. E edits its range.`);
    return null;
  }

  async #byKey(rows: readonly ProposalRow[], part: Part, way: Way, by: number): Promise<void> {
    const held = this.#hold(rows, part);
    if (!held) return;
    held.moved = this.#moved(held, way, by);
    await this.#commit(held);
  }

  #pan(at: Pointer): Gesture {
    return { kind: "pan", x: at.x, y: at.y, moved: false, trail: [], isTouch: at.touch };
  }

  #panTo(gesture: Gesture & { kind: "pan" }, at: Pointer): void {
    if (!gesture.moved && !wandered(gesture, at)) return;
    const { timeline } = this.#desk;
    timeline.pan(gesture.x - at.x);
    timeline.scrollBy(gesture.y - at.y);
    const trail = [...gesture.trail, { x: at.x, at: at.at }].filter((step) => at.at - step.at <= FLICK_MILLIS);
    this.#gesture = { ...gesture, x: at.x, y: at.y, moved: true, trail };
    this.cursor = "grabbing";
  }

  #fling(gesture: Gesture & { kind: "pan" }, at: Pointer): void {
    const first = gesture.trail.find((step) => at.at - step.at <= FLICK_MILLIS);
    this.cursor = "";
    if (!first || at.at - first.at < 8) return;
    this.#desk.timeline.fling(((first.x - at.x) / (at.at - first.at)) * 1000);
  }

  #mark(from: number, to: number): void {
    this.#desk.transport.markRange(Math.min(from, to), Math.max(from, to) + 1);
  }

  #marquee(at: { x: number; y: number }, base: readonly string[]): Gesture & { kind: "marquee" } {
    const { timeline, review } = this.#desk;
    return {
      kind: "marquee",
      x: at.x,
      y: at.y,
      moved: false,
      secs: timeline.rawSecondsAt(at.x),
      down: at.y + timeline.scroll,
      taking: new Marquee(review.lanes),
      base,
      was: [...review.selected],
    };
  }

  #marqueeTo(gesture: Gesture & { kind: "marquee" }, at: Pointer): void {
    if (!gesture.moved && !wandered(gesture, at)) return;
    this.#gesture = { ...gesture, moved: true };
    const { timeline, review } = this.#desk;
    const ruler = timeline.layout?.ruler_height ?? 0;
    const here = timeline.rawSecondsAt(at.x);
    const [from, to] = [Math.min(gesture.secs, here), Math.max(gesture.secs, here)];
    const down = Math.max(ruler, at.y) + timeline.scroll;
    const [top, foot] = [Math.min(gesture.down, down), Math.max(gesture.down, down)];
    const { drawn } = timeline;
    const met = drawn ? gesture.taking.met({ from, to, top, foot }, drawn) : [];
    this.#desk.take(new Set([...gesture.base, ...met]));
    const left = Math.max(timeline.gutter, timeline.xOf(from));
    const above = Math.max(ruler, top - timeline.scroll);
    const lines = [`${review.selected.size} selected`, `${this.#labelAt(from)} – ${this.#labelAt(to)}`];
    this.look = {
      ghosts: [],
      snap_secs: null,
      marquee: [left, above, Math.max(0, timeline.xOf(to) - left), Math.max(0, foot - timeline.scroll - above)],
      tip: { x: at.x, y: at.y, lines },
    };
  }

  #labelAt(seconds: number): string {
    const { transport } = this.#desk;
    return transport.label(transport.stage.frameAt(Math.max(0, seconds)));
  }

  #begin(press: Gesture & { kind: "press" }, at: Pointer): boolean {
    const held = press.marker ? this.#holdMarker(press.marker, press.part) : this.#holdItem(press);
    if (!held) {
      // What cannot be moved is no obstacle: the drag selects, as it would beside it.
      this.#gesture = this.#marquee(press, []);
      this.move(at);
      return true;
    }
    const { timeline, transport } = this.#desk;
    held.offsetSecs = timeline.rawSecondsAt(press.x) - transport.edgeSecs(held.anchor);
    this.#gesture = { kind: "drag", held };
    this.cursor = held.part === "body" ? "grabbing" : "ew-resize";
    this.move(at);
    return true;
  }

  #holdItem({ item, part }: Gesture & { kind: "press" }): Held | null {
    const { review } = this.#desk;
    const row = item?.count === 1 ? review.byId.get(item.proposal) : undefined;
    if (!row) return null;
    const together = part === "body" && review.selected.has(row.id) ? [...review.selected] : [row.id];
    const others = together.flatMap((id) => (id === row.id ? [] : (review.byId.get(id) ?? [])));
    const rows = [row, ...others].filter((each) => {
      const may = part === "body" ? mayMove : mayTrim;
      return may(each, review.stateOf(each));
    });
    if (rows[0] !== row) return null;
    if (together.length === 1) this.#desk.take([row.id]);
    return this.#hold(rows, part);
  }

  #hold(rows: readonly ProposalRow[], part: Part): Held | null {
    const { review } = this.#desk;
    const [first] = rows;
    if (!first) return null;
    const lane = this.#lane(first.kind).rows;
    const spans = rows.map((row) => this.#span(row));
    return {
      part,
      marker: null,
      spans,
      neighbours: lane.filter((row) => mayTrim(row, review.stateOf(row))).map((row) => this.#span(row)),
      followers: lane.filter((row) => review.stateOf(row) === "circled").map((row) => this.#span(row)),
      targets: this.#targets(new Set(rows.map(({ id }) => id))),
      anchor: this.#span(first)[part === "end" ? "end" : "start"],
      offsetSecs: 0,
      title: rows.length > 1 ? `${rows.length} selected` : `${kindName(first.kind)}: ${first.title}`,
      undecided: rows.some((row) => review.stateOf(row) !== "circled"),
      moved: { by: 0, changed: [] },
    };
  }

  #holdMarker(marker: Marker, part: Part): Held {
    const span = { id: marker.id, start: marker.start_frame, end: marker.end_frame };
    return {
      part,
      marker,
      spans: [span],
      neighbours: [],
      followers: [],
      targets: this.#targets(new Set([marker.id])),
      anchor: part === "end" ? span.end : span.start,
      offsetSecs: 0,
      title: marker.note || "Marker",
      undecided: false,
      moved: { by: 0, changed: [] },
    };
  }

  /** Edges of everything but what is held, the playhead, the marks and the ends of the film, as far as a drag soon leads. */
  #targets(held: ReadonlySet<string>): Targets {
    const { review, markers, timeline, transport } = this.#desk;
    const around = PAGES_AROUND * timeline.secondsShown;
    const [from, to] = [timeline.start - around, timeline.start + timeline.secondsShown + around];
    const frames = [0, transport.frames, transport.now.frame];
    for (const lane of review.lanes.values()) {
      for (const row of lane.within(from, to)) {
        if (!held.has(row.id)) frames.push(row.start_frame, row.end_frame);
      }
    }
    for (const marker of markers.list) {
      if (!held.has(marker.id)) frames.push(marker.start_frame, marker.end_frame);
    }
    for (const mark of [transport.markIn, transport.markOut]) if (mark !== null) frames.push(mark);
    return { frames: snapFrames(frames), from, to };
  }

  #dragTo(held: Held, at: Pointer): void {
    const { timeline, transport } = this.#desk;
    const way: Way = at.alt ? "roll" : at.ctrl ? "ripple" : "plain";
    const free = this.#boundaryAt(timeline.rawSecondsAt(at.x) - held.offsetSecs) - held.anchor;
    const [first] = held.spans;
    const { from, to } = held.targets;
    if (timeline.start < from || timeline.start + timeline.secondsShown > to) {
      held.targets = this.#targets(new Set(held.spans.map(({ id }) => id)));
    }
    let by = free;
    let met: number | null = null;
    if (first && this.snapping !== at.shift) {
      const edges = held.part === "body" ? [first.start + free, first.end + free] : [held.anchor + free];
      const found = snap(edges, held.targets.frames, SNAP_PX / timeline.pxPerSec, (frame) => transport.edgeSecs(frame));
      by += found?.by ?? 0;
      met = found?.frame ?? null;
    }
    held.moved = this.#moved(held, way, by);
    const stopped = held.moved.by !== by;
    this.look = {
      ghosts: this.#ghosts(held),
      snap_secs: met === null || stopped ? null : transport.edgeSecs(met),
      marquee: null,
      tip: { x: at.x, y: at.y, lines: this.#says(held, way) },
    };
  }

  #moved({ part, spans, neighbours, followers }: Held, way: Way, by: number): Moved {
    const { frames } = this.#desk.transport;
    return moved({ part, way, by, held: spans, neighbours, followers, frames });
  }

  #ghosts(held: Held): Hand["ghosts"] {
    const { timeline, transport, review } = this.#desk;
    const items = timeline.layoutNow?.items ?? [];
    const ruler = timeline.layoutNow?.ruler_height ?? 0;
    const byId = new Map(items.map((item) => [item.proposal, item]));
    const place = (id: string): { y: number; height: number } | undefined => {
      if (held.marker) return { y: ruler - FLAG_HEIGHT_PX, height: FLAG_HEIGHT_PX - 1 };
      const kind = review.byId.get(id)?.kind;
      return byId.get(id) ?? items.find((item) => item.kind === kind);
    };
    const [from, to] = [timeline.start, timeline.start + timeline.secondsShown];
    const ghosts: Hand["ghosts"] = [];
    for (const span of held.moved.changed) {
      const [start_secs, end_secs] = [transport.edgeSecs(span.start), transport.edgeSecs(span.end)];
      // A ripple may move a whole lane: what is not in view is not drawn.
      if (end_secs < from || start_secs > to) continue;
      const at = place(span.id);
      if (at) ghosts.push({ id: span.id, start_secs, end_secs, y: at.y, height: at.height });
      if (ghosts.length >= GHOSTS_MAX) break;
    }
    return ghosts;
  }

  #says(held: Held, way: Way): string[] {
    const { transport } = this.#desk;
    const { by, changed } = held.moved;
    const now = changed[0] ?? held.spans[0];
    if (!now) return [];
    const far = `${by < 0 ? "−" : "+"}${durationLabel(Math.abs(by), transport.counting)}`;
    const lines = [
      held.title,
      `${transport.label(now.start)} – ${transport.label(now.end)}`,
      `${far} · ${durationLabel(now.end - now.start, transport.counting)} long`,
    ];
    const others = changed.length - held.spans.length;
    if (way !== "plain" && others > 0) lines.push(`${others} more ${way === "roll" ? "give way" : "move along"}`);
    if (held.undecided && changed.length > 0) lines.push("Circled as edited when you let go");
    return lines;
  }

  /** Writes what a drag came to, and keeps showing it until the picture does. */
  async #commit(held: Held): Promise<void> {
    const { review, markers, timeline } = this.#desk;
    const { changed } = held.moved;
    this.cursor = "";
    if (changed.length === 0) {
      this.look = null;
      return;
    }
    const look: Hand = { ghosts: this.#ghosts(held), snap_secs: null, marquee: null, tip: null };
    this.look = look;
    const written = held.marker ? await markers.retime(held.marker, changed[0]) : await review.retime(changed);
    if (written) await timeline.drawAnew();
    if (this.look === look) this.look = null;
  }

  #hover(at: Pointer): void {
    clearTimeout(this.#dwell);
    const { timeline, markers, comments, review } = this.#desk;
    const xOf = (secs: number): number => timeline.xOf(secs);
    const said = threadAt(comments.threads, timeline.layoutNow, xOf, at.x, at.y);
    const flag = said ? null : markerAt(markers.list, timeline.layoutNow, xOf, at.x, at.y);
    const item = flag || said ? null : itemAt(timeline.layoutNow, at.x, at.y, review.cursor);
    const row = item?.count === 1 ? review.byId.get(item.proposal) : undefined;
    this.cursor = this.#cursorFor(flag?.part ?? null, item, row, at);
    const shown = this.look?.tip;
    const words = said
      ? ofThread(this.#desk, said)
      : flag
        ? ofMarker(this.#desk, flag.marker)
        : item && ofItem(this.#desk, item, row);
    // While the pointer stays on one thing its words stay too: nothing moves with every pixel.
    if (shown && words && shown.lines.join("\n") === words.join("\n")) return;
    if (this.look) this.look = null;
    if (!words || at.touch) return;
    this.#dwell = setTimeout(() => {
      if (this.busy) return;
      this.look = { ghosts: [], snap_secs: null, marquee: null, tip: { x: at.x, y: at.y, lines: words } };
    }, DWELL_MILLIS);
  }

  #cursorFor(flag: Part | null, item: TimelineItem | null, row: ProposalRow | undefined, at: Pointer): string {
    if (this.grabbing) return "grab";
    if (flag) return flag === "body" ? "grab" : "ew-resize";
    if (!item || !row) return "";
    const { review } = this.#desk;
    const part = partAt(item.x, item.x + item.width, at.x);
    if (part !== "body") return mayTrim(row, review.stateOf(row)) ? (at.alt ? "col-resize" : "ew-resize") : "";
    return mayMove(row, review.stateOf(row)) ? "grab" : "";
  }

  /** Where a proposal stands now, in frames. */
  #span(row: ProposalRow): Span {
    return { id: row.id, ...rangeOf(this.#desk.review.standing(row)) };
  }

  #lane(kind: string): LaneRows {
    return this.#desk.review.lanes.get(kind) ?? new LaneRows([]);
  }

  #frameAt(x: number): number {
    const { timeline, transport } = this.#desk;
    return transport.stage.frameAt(timeline.secondsAt(x));
  }

  /** The boundary between frames that is nearest in time. */
  #boundaryAt(seconds: number): number {
    const { transport } = this.#desk;
    const frame = transport.stage.frameAt(seconds);
    const [before, behind] = [transport.edgeSecs(frame), transport.edgeSecs(frame + 1)];
    return seconds - before <= behind - seconds ? frame : frame + 1;
  }
}
