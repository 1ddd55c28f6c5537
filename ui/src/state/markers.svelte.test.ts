import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
});
