import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refused } from "../backend";
import type { MockBackend } from "../backend/mock/mock";
import type { Desk } from "./desk.svelte";
import { openDesk, until } from "./testdesk.svelte";

let desk: Desk;
let backend: MockBackend;
let close: () => void;
beforeEach(async () => {
  ({ desk, backend, close } = await openDesk());
});
afterEach(() => close());

async function putAt(frame: number): Promise<void> {
  desk.transport.seek(frame);
  const before = desk.markers.list.length;
  await desk.markers.put();
  await until(() => desk.markers.list.length > before);
}

describe("markers", () => {
  it("stand under the playhead, in the order of time, and are gone to", async () => {
    await putAt(400);
    await putAt(100);
    expect(desk.markers.list.map((marker) => marker.start_frame)).toEqual([100, 400]);
    expect(desk.markers.here?.start_frame).toBe(100);
    desk.markers.go(1);
    expect(desk.transport.now.frame).toBe(400);
    desk.markers.go(1);
    expect(desk.transport.now.frame).toBe(400);
    desk.markers.go(-1);
    expect(desk.transport.now.frame).toBe(100);
  });

  it("get their note with the same key, and go again", async () => {
    await putAt(100);
    await desk.markers.put();
    flushSync();
    const marker = desk.markers.here;
    if (!marker) throw new Error("no marker here");
    expect(desk.markers.editing).toBe(marker.id);
    await desk.markers.note(marker, "lens flare");
    await until(() => desk.markers.list[0]?.note === "lens flare");
    const calls = backend.calls.length;
    await desk.markers.note({ ...marker, note: "lens flare" }, "lens flare");
    expect(backend.calls.length).toBe(calls);
    const here = desk.markers.here;
    if (here) await desk.markers.remove(here);
    await until(() => desk.markers.list.length === 0);
  });

  it("are one, however quickly the key is pressed again, and listed as soon as the program has them", async () => {
    desk.transport.seek(100);
    await Promise.all([desk.markers.put(), desk.markers.put(), desk.markers.put()]);
    expect(backend.calls.filter(({ name }) => name === "put_marker")).toHaveLength(1);
    expect(desk.markers.list.map((marker) => marker.start_frame)).toEqual([100]);
    expect(desk.markers.editing).toBe(desk.markers.list[0]?.id);
  });

  it("have the timeline drawn again when they come and go", async () => {
    const view = vi.spyOn(backend.stage, "view").mockResolvedValue(null);
    desk.timeline.resize(900, 300);
    await until(() => view.mock.calls.length > 0);
    await putAt(100);
    const before = view.mock.calls.length;
    await until(() => view.mock.calls.length > before);
    const drawn = view.mock.calls.length;
    const marker = desk.markers.here;
    if (!marker) throw new Error("no marker here");
    await desk.markers.remove(marker);
    await until(() => view.mock.calls.length > drawn);
  });

  it("keep a refused note open, and write one only once", async () => {
    await putAt(100);
    await desk.markers.put();
    const marker = desk.markers.here;
    if (!marker) throw new Error("no marker here");
    const fault = { code: "disk-full", message: "The disk is full.", hint: "", detail: "" } as const;
    const call = vi.spyOn(backend, "call").mockRejectedValueOnce(new Refused(fault));
    await Promise.all([desk.markers.note(marker, "lens flare"), desk.markers.note(marker, "lens flare")]);
    expect(call).toHaveBeenCalledTimes(1);
    expect(desk.markers.editing).toBe(marker.id);
    expect(desk.notices.list.at(-1)?.fault?.code).toBe("disk-full");
    await desk.markers.note(marker, "lens flare");
    expect(desk.markers.editing).toBeNull();
    expect(desk.markers.here?.note).toBe("lens flare");
  });

  it("keep a refused note when somebody has gone on to another marker", async () => {
    await putAt(400);
    await putAt(100);
    const [first, second] = desk.markers.list;
    if (!first || !second) throw new Error("no markers");
    desk.markers.editing = first.id;
    const fault = { code: "disk-full", message: "The disk is full.", hint: "", detail: "" } as const;
    vi.spyOn(backend, "call").mockRejectedValueOnce(new Refused(fault));
    const leaving = desk.markers.note(first, "lens flare");
    desk.markers.editing = second.id;
    await leaving;
    expect(desk.markers.editing).toBe(second.id);
    expect(desk.markers.unwritten.get(first.id)).toBe("lens flare");
    await desk.markers.note(first, "lens flare");
    expect(desk.markers.unwritten.size).toBe(0);
    expect(desk.markers.list[0]?.note).toBe("lens flare");
  });

  it("have their notes written beside the picture, not under it", async () => {
    await putAt(100);
    desk.showFull(true);
    await desk.markers.put();
    flushSync();
    expect(desk.markers.editing).not.toBeNull();
    expect(desk.full).toBe(false);
  });
});
