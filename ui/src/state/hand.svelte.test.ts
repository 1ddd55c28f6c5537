import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ProposalRow, TimelineItem } from "../backend";
import type { MockBackend } from "../backend/mock/mock";
import type { Desk } from "./desk.svelte";
import type { Pointer } from "./gesture";
import { plain } from "./listing";
import { openDesk, until } from "./testdesk.svelte";

let desk: Desk;
let backend: MockBackend;
let close: () => void;

beforeEach(async () => {
  // Pictures are not painted here; where everything lies is known all the same.
  vi.spyOn(HTMLImageElement.prototype, "decode").mockResolvedValue();
  ({ desk, backend, close } = await openDesk());
  desk.timeline.resize(1000, 400);
  await layOut();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  close();
});

/** Waits until what is drawn is what is looked at: the hand takes hold of what it sees. */
async function layOut(): Promise<void> {
  flushSync();
  await desk.timeline.drawAnew();
  await until(() => {
    const { layout, lag } = desk.timeline;
    return layout !== null && lag.scale === 1 && lag.right === 0 && lag.down === 0;
  });
}

function at(x: number, y: number, more: Partial<Pointer> = {}): Pointer {
  return { x, y, at: 0, button: 0, shift: false, ctrl: false, alt: false, touch: false, ...more };
}

function itemOf(row: ProposalRow): TimelineItem {
  const item = desk.timeline.layout?.items.find(({ proposal }) => proposal === row.id);
  if (!item) throw new Error("it does not show");
  return item;
}

function lane(kind: string): ProposalRow[] {
  return desk.review.rows.filter((row) => row.kind === kind).sort((a, b) => a.start_frame - b.start_frame);
}

function cue(n = 0): ProposalRow {
  const row = lane("cues").filter((each) => desk.review.stateOf(each) !== "rejected")[n];
  if (!row) throw new Error("no cue");
  return row;
}

/** Presses on a part of an item and moves by whole frames; the button stays down. */
function drag(row: ProposalRow, part: "start" | "end" | "body", frames: number, held: Partial<Pointer> = {}): Pointer {
  const item = itemOf(row);
  const x = part === "start" ? item.x + 1 : part === "end" ? item.x + item.width - 1 : item.x + item.width / 2;
  const y = item.y + item.height / 2;
  expect(desk.hand.down(at(x, y, held))).toBe(false);
  const to = at(x + (frames / 24) * desk.timeline.pxPerSec, y, held);
  desk.hand.move(at(x + (frames > 0 ? 5 : -5), y, held));
  expect(desk.hand.move(to)).toBe(true);
  return to;
}

const decided = () => backend.calls.filter(({ name }) => name === "decide");

async function zoomIn(row: ProposalRow): Promise<void> {
  desk.timeline.zoomTo(row.start_secs - 1, row.end_secs + 1);
  await layOut();
}

describe("dragging", () => {
  it("trims an edge, writes once at the end, and one undo takes it back", async () => {
    desk.hand.snapping = false;
    const row = plain(cue());
    await zoomIn(row);
    const to = drag(row, "end", 5);
    expect(desk.hand.look?.ghosts).toMatchObject([{ id: row.id, start_secs: row.start_secs }]);
    expect(desk.hand.look?.tip?.lines.join(" ")).toContain("+00:00:00:05");
    expect(decided()).toHaveLength(0);
    desk.hand.up(to);
    await until(() => desk.review.byId.get(row.id)?.end_frame === row.end_frame + 5);
    expect(decided()).toHaveLength(1);
    expect(desk.review.byId.get(row.id)).toMatchObject({ start_frame: row.start_frame, state: "circled" });
    await until(() => desk.hand.look === null);
    await desk.review.undo("undo");
    await until(() => desk.review.byId.get(row.id)?.end_frame === row.end_frame);
    expect(desk.review.byId.get(row.id)?.state).toBe(row.state);
  });

  it("leaves everything as it was with Escape", async () => {
    const row = plain(cue());
    await zoomIn(row);
    const to = drag(row, "start", -7);
    expect(desk.hand.dragging).toBe(true);
    desk.hand.cancel();
    expect(desk.hand.look).toBeNull();
    desk.hand.up(to);
    await layOut();
    expect(decided()).toHaveLength(0);
    expect(desk.review.byId.get(row.id)).toMatchObject({ start_frame: row.start_frame, state: row.state });
  });

  it("snaps to the playhead, and with Shift does not", async () => {
    const row = plain(cue());
    await zoomIn(row);
    desk.transport.seek(row.end_frame + 6);
    desk.timeline.pxPerSec = 120;
    desk.timeline.start = row.start_secs - 1;
    await layOut();
    // 5 frames are 25 pixels; one short of the playhead is 5 pixels short of it.
    drag(row, "end", 5);
    const snapped = desk.transport.edgeSecs(row.end_frame + 6);
    expect(desk.hand.look).toMatchObject({ snap_secs: snapped, ghosts: [{ end_secs: snapped }] });
    desk.hand.cancel();
    drag(row, "end", 5, { shift: true });
    expect(desk.hand.look).toMatchObject({ snap_secs: null });
    expect(desk.hand.look?.ghosts[0]?.end_secs).toBeCloseTo(desk.transport.edgeSecs(row.end_frame + 5), 6);
    desk.hand.cancel();
    desk.hand.toggleSnapping();
    drag(row, "end", 5, { shift: true });
    expect(desk.hand.look?.snap_secs).toBe(snapped);
    desk.hand.cancel();
  });

  it("rolls the edge two shots share with Alt, as one verdict on both", async () => {
    desk.hand.snapping = false;
    const shots = lane("shots").filter((each) => each.state !== "rejected" && each.state !== "conflict");
    const first = shots.find((row, i) => shots[i + 1]?.start_frame === row.end_frame);
    const second = shots.find((row) => row.start_frame === first?.end_frame);
    if (!first || !second) throw new Error("no two shots that touch");
    const edge = first.end_frame;
    desk.timeline.zoomTo(first.end_secs - 2, first.end_secs + 2);
    await layOut();
    desk.hand.up(drag(first, "end", -6, { alt: true }));
    await until(() => desk.review.byId.get(second.id)?.start_frame === edge - 6);
    expect(desk.review.byId.get(first.id)?.end_frame).toBe(edge - 6);
    expect(decided()).toHaveLength(1);
  });

  it("ripples the start with what comes before it, and one undo brings all of it back", async () => {
    desk.hand.snapping = false;
    const [first, second] = lane("cues").filter((each) => desk.review.stateOf(each) !== "rejected");
    if (!first || !second) throw new Error("too few cues");
    desk.take([first.id], first.id);
    await desk.review.decide("circle", { stay: true });
    const was = plain(first);
    desk.take([second.id], second.id);
    desk.transport.seek(second.start_frame + 4);
    const calls = decided().length;
    desk.hand.trimToPlayhead("start", "ripple");
    await until(() => desk.review.byId.get(second.id)?.start_frame === second.start_frame + 4);
    const moved = desk.review.byId.get(first.id);
    expect([moved?.start_frame, moved?.end_frame]).toEqual([was.start_frame + 4, was.end_frame + 4]);
    expect(desk.review.byId.get(second.id)?.end_frame).toBe(second.end_frame);
    expect(decided()).toHaveLength(calls + 1);
    await desk.review.undo("undo");
    await until(() => desk.review.byId.get(first.id)?.start_frame === was.start_frame);
    expect(desk.review.byId.get(second.id)?.start_frame).toBe(second.start_frame);
  });

  it("does not move what was found in the picture: the drag selects", async () => {
    const [face] = lane("faces");
    if (!face) throw new Error("no face");
    await zoomIn(face);
    const to = drag(face, "body", 12);
    expect(desk.hand.look?.marquee).not.toBeNull();
    desk.hand.up(to);
    expect(decided()).toHaveLength(0);
    expect(desk.review.selected.has(face.id)).toBe(true);
  });

  it("moves a marker by its flag", async () => {
    desk.transport.seek(100);
    await desk.markers.put();
    desk.timeline.zoomTo(3, 7);
    await layOut();
    const x = desk.timeline.xOf(100 / 24) + 1;
    const y = (desk.timeline.layout?.ruler_height ?? 0) - 4;
    desk.hand.snapping = false;
    expect(desk.hand.down(at(x, y))).toBe(false);
    const to = at(x + desk.timeline.pxPerSec / 2, y);
    desk.hand.move(to);
    desk.hand.up(to);
    await until(() => desk.markers.list[0]?.start_frame === 112);
    expect(desk.markers.list[0]?.end_frame).toBe(113);
  });
});

describe("at the edge of the view", () => {
  let step: FrameRequestCallback | null = null;
  let now = 0;
  beforeEach(async () => {
    now = performance.now();
    vi.spyOn(window, "requestAnimationFrame").mockImplementation((next) => {
      step = next;
      return 1;
    });
    vi.spyOn(window, "cancelAnimationFrame").mockImplementation(() => (step = null));
    desk.hand.snapping = false;
    desk.timeline.zoomTo(2, 6);
    await layOut();
  });
  afterEach(() => {
    step = null;
    vi.restoreAllMocks();
  });

  function pass(pictures: number): void {
    for (let i = 0; i < pictures && step; i += 1) {
      const next: FrameRequestCallback = step;
      step = null;
      next((now += 16));
      flushSync();
    }
  }

  it("a playhead that is dragged out takes the view along, and Escape brings both back", () => {
    const { timeline, transport, hand } = desk;
    transport.seek(100);
    const [start, frame] = [timeline.start, transport.now.frame];
    hand.down(at(700, 4));
    hand.move(at(1040, 4));
    const before = transport.now.frame;
    pass(30);
    expect(timeline.start).toBeGreaterThan(start + 1);
    expect(transport.now.frame).toBeGreaterThan(before + 24);
    expect(timeline.xOf(transport.now.seconds)).toBeLessThanOrEqual(timeline.width);
    expect(hand.dragging).toBe(true);
    hand.cancel();
    expect([timeline.start, transport.now.frame]).toEqual([start, frame]);
    const still = timeline.start;
    pass(10);
    expect(timeline.start).toBe(still);
  });

  it("an edge goes on under a hand that rests, its timecode with it, as one verdict", async () => {
    const row = plain(cue());
    desk.timeline.zoomTo(row.start_secs - 3, row.end_secs + 0.2);
    await layOut();
    drag(row, "end", 1);
    desk.hand.move(at(1030, itemOf(row).y + 4));
    const said = desk.hand.look?.tip?.lines.join();
    pass(6);
    expect(desk.hand.look?.tip?.lines.join()).not.toBe(said);
    const end = desk.hand.look?.ghosts[0]?.end_secs ?? 0;
    expect(end).toBeGreaterThan(row.end_secs + 0.2);
    expect(decided()).toHaveLength(0);
    desk.hand.up(at(1030, 60));
    await until(() => (desk.review.byId.get(row.id)?.end_frame ?? 0) > row.end_frame + 4);
    expect(decided()).toHaveLength(1);
    expect(desk.review.byId.get(row.id)?.end_secs).toBeCloseTo(end, 6);
  });

  it("a rectangle keeps what has gone out of view, and lets go of what it leaves", async () => {
    const third = desk.timeline.layout?.lanes[2];
    const foot = (third?.y ?? 0) + (third?.height ?? 0);
    desk.hand.down(at(300, foot));
    desk.hand.move(at(1040, 32));
    const from = desk.timeline.rawSecondsAt(300);
    pass(40);
    await layOut();
    desk.hand.move(at(1040, 33));
    const to = desk.timeline.rawSecondsAt(desk.timeline.width);
    const lanes = desk.timeline.layout?.lanes.slice(0, 3).map(({ id }) => id) ?? [];
    const inside = desk.review.rows.filter(
      (row) => lanes.includes(row.kind) && row.end_secs > from && row.start_secs < to,
    );
    expect(
      inside.some((row) => row.end_secs < desk.timeline.start),
      "some are out of view",
    ).toBe(true);
    expect(desk.review.selected).toEqual(new Set(inside.map(({ id }) => id)));
    expect(desk.hand.look?.tip?.lines[0]).toBe(`${inside.length} selected`);
    desk.hand.move(at(500, 32));
    const less = desk.timeline.rawSecondsAt(500);
    const left = inside.filter((row) => row.start_secs < less);
    expect(desk.review.selected).toEqual(new Set(left.map(({ id }) => id)));
    desk.hand.cancel();
  });
});

describe("selecting", () => {
  it("adds with Ctrl, and takes a lane's items with Shift, without moving the playhead", async () => {
    const cues = lane("cues");
    const [first, second, third] = cues;
    if (!first || !second || !third) throw new Error("too few cues");
    desk.hand.pick(first.id, { shift: false, ctrl: false });
    flushSync();
    const here = desk.transport.now.frame;
    desk.hand.pick(third.id, { shift: true, ctrl: false });
    flushSync();
    expect([...desk.review.selected]).toEqual([first.id, second.id, third.id]);
    desk.hand.pick(second.id, { shift: false, ctrl: true });
    flushSync();
    expect([...desk.review.selected]).toEqual([first.id, third.id]);
    expect(desk.transport.now.frame).toBe(here);
    desk.hand.selectLane();
    expect(desk.review.selected.size).toBe(cues.length);
    expect(desk.review.targets).toHaveLength(cues.length);
  });

  it("takes what a rectangle meets and what lies between the marks; Escape gives the old selection back", async () => {
    const layout = desk.timeline.layout;
    const last = layout?.lanes.at(-1);
    if (!layout || !last) throw new Error("no lanes");
    const before = [...desk.review.selected];
    desk.hand.down(at(980, layout.ruler_height + 200, {}));
    desk.hand.move(at(300, layout.ruler_height + 2));
    expect(desk.hand.look?.marquee).not.toBeNull();
    expect(desk.review.selected.size).toBeGreaterThan(2);
    desk.hand.cancel();
    expect([...desk.review.selected]).toEqual(before);
    desk.transport.markRange(0, 400);
    desk.hand.selectMarked();
    const inside = desk.review.rows.filter((row) => row.end_frame <= 400);
    expect(desk.review.selected.size).toBe(inside.length);
  });

  it("marks a range by dragging on the ruler with Shift, and scrubs without", () => {
    const { timeline, transport, hand } = desk;
    const x = (frame: number): number => timeline.xOf((frame + 0.5) / 24);
    hand.down(at(x(200), 4, { shift: true }));
    hand.move(at(x(100), 4, { shift: true }));
    hand.up(at(x(100), 4));
    expect([transport.markIn, transport.markOut]).toEqual([100, 201]);
    hand.down(at(x(300), 4));
    hand.move(at(x(310), 4));
    hand.up(at(x(310), 4));
    expect(transport.now.frame).toBe(310);
  });
});

describe("keys", () => {
  it("trim to the playhead and nudge, and say when something stays where it is", async () => {
    const row = plain(cue());
    desk.hand.pick(row.id, { shift: false, ctrl: false });
    desk.transport.seek(row.start_frame + 3);
    desk.hand.trimToPlayhead("start");
    await until(() => desk.review.byId.get(row.id)?.start_frame === row.start_frame + 3);
    desk.hand.nudge(-10);
    await until(() => desk.review.byId.get(row.id)?.start_frame === row.start_frame - 7);
    expect(desk.review.byId.get(row.id)?.end_frame).toBe(row.end_frame - 10);
    const calls = decided().length;
    const [flag] = lane("qc");
    if (!flag) throw new Error("no flag");
    desk.take([flag.id], flag.id);
    desk.hand.nudge(1);
    expect(decided()).toHaveLength(calls);
    expect(desk.notices.list.at(-1)?.message ?? "").toContain("stays where it was found");
  });
});

describe("moving around", () => {
  it("adds up keys that are pressed faster than the list is read", async () => {
    const row = plain(cue());
    desk.review.select(row.id);
    const listed = (): ProposalRow => plain(desk.review.byId.get(row.id) ?? row);
    desk.hand.nudge(1);
    desk.hand.nudge(1);
    desk.hand.nudge(10);
    expect(listed()).toMatchObject({ start_frame: row.start_frame });
    await until(() => listed().start_frame === row.start_frame + 12);
    expect(listed().end_frame).toBe(row.end_frame + 12);
    // A trim of one end does not take back that of the other.
    desk.transport.seek(row.start_frame + 15);
    desk.hand.trimToPlayhead("start");
    desk.transport.seek(row.start_frame + 20);
    desk.hand.trimToPlayhead("end");
    await until(() => listed().end_frame === row.start_frame + 20);
    expect(listed().start_frame).toBe(row.start_frame + 15);
    expect(decided()).toHaveLength(5);
    await desk.review.undo("undo");
    await until(() => listed().end_frame === row.end_frame + 12);
    desk.hand.nudge(1);
    await until(() => listed().end_frame === row.end_frame + 13);
    expect(listed()?.start_frame).toBe(row.start_frame + 16);
  });

  it("goes from the whole film to a single frame and back", () => {
    const { timeline } = desk;
    timeline.zoom(1e9, 500);
    expect(timeline.secondsShown).toBeLessThan(1.2 / 24);
    timeline.zoom(1e-9, 500);
    expect(timeline.secondsShown).toBeGreaterThan(timeline.duration);
  });

  it("glides on after a flick, comes to rest, and stays put where motion is not wanted", () => {
    let reduced = false;
    vi.stubGlobal("matchMedia", () => ({ matches: reduced }));
    let step: FrameRequestCallback | null = null;
    const frames = vi.spyOn(window, "requestAnimationFrame").mockImplementation((next) => {
      step = next;
      return 1;
    });
    const { timeline } = desk;
    timeline.zoomTo(5, 8);
    const from = timeline.start;
    timeline.fling(900);
    let now = performance.now();
    let steps = 0;
    while (step && steps < 1000) {
      const next: FrameRequestCallback = step;
      step = null;
      next((now += 16));
      steps += 1;
    }
    expect(timeline.start).toBeGreaterThan(from + 0.2);
    expect(steps).toBeGreaterThan(20);
    expect(steps, "at rest nothing is drawn").toBeLessThan(200);
    reduced = true;
    const [rest, calls] = [timeline.start, frames.mock.calls.length];
    timeline.fling(900);
    expect([timeline.start, frames.mock.calls.length]).toEqual([rest, calls]);
    frames.mockRestore();
    vi.unstubAllGlobals();
  });

  it("tells what the pointer rests on, once it rests", async () => {
    vi.useFakeTimers();
    const item = itemOf(cue());
    desk.hand.move(at(item.x + item.width / 2, item.y + 5));
    expect(desk.hand.look).toBeNull();
    vi.advanceTimersByTime(400);
    expect(desk.hand.look?.tip?.lines[0]).toContain(cue().title);
    desk.hand.rest();
    expect(desk.hand.look).toBeNull();
  });
});
