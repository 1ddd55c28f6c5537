import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

async function sayAt(frame: number, text: string): Promise<void> {
  desk.transport.seek(frame);
  desk.comments.begin();
  desk.comments.type(text);
  const before = desk.comments.threads.length;
  await desk.comments.send();
  await until(() => desk.comments.threads.length > before && desk.comments.draft === null);
}

describe("comments", () => {
  it("are written on the frame at the playhead, listed in the order of time, and gone to", async () => {
    await sayAt(400, "Later");
    await sayAt(100, "Soft?");
    expect(desk.comments.threads.map((thread) => thread.start_frame)).toEqual([100, 400]);
    expect(desk.comments.here?.head?.text).toBe("Soft?");
    desk.comments.go(1);
    expect(desk.transport.now.frame).toBe(400);
    desk.comments.go(1);
    expect(desk.transport.now.frame).toBe(400);
    desk.comments.go(-1);
    expect(desk.transport.now.frame).toBe(100);
  });

  it("are written between the marks where both are set", async () => {
    desk.transport.markRange(48, 96);
    await sayAt(300, "All of this");
    expect(desk.comments.threads[0]).toMatchObject({ start_frame: 48, end_frame: 96 });
    expect(desk.comments.here).toBeNull();
    desk.transport.seek(60);
    expect(desk.comments.here?.head?.text).toBe("All of this");
  });

  it("stay at hand for a moment after a frame, and of several on one frame each is gone to", async () => {
    await sayAt(100, "One");
    await sayAt(100, "Two");
    desk.transport.seek(110);
    expect(desk.comments.here?.head?.text).toBe("Two");
    desk.transport.seek(100 + 24 * 3);
    expect(desk.comments.here).toBeNull();
    desk.transport.seek(50);
    desk.comments.go(1);
    expect(desk.comments.here?.head?.text).toBe("One");
    desk.comments.go(1);
    expect([desk.transport.now.frame, desk.comments.here?.head?.text]).toEqual([100, "Two"]);
    desk.comments.go(-1);
    expect(desk.comments.here?.head?.text).toBe("One");
  });

  it("are answered, resolved, changed and removed", async () => {
    await sayAt(100, "Soft?");
    const thread = () => {
      const found = desk.comments.threads[0];
      if (!found?.head) throw new Error("no thread");
      return { thread: found, head: found.head };
    };
    desk.comments.answer(thread().thread);
    desk.comments.type("A little");
    await desk.comments.send();
    expect(thread().thread.replies.map(({ text }) => text)).toEqual(["A little"]);
    await desk.comments.resolve(thread().thread, true);
    expect([thread().thread.resolved, desk.comments.open]).toEqual([true, 0]);
    desk.comments.edit(thread().thread, thread().head);
    expect(desk.comments.draft?.text).toBe("Soft?");
    desk.comments.type("Soft on her eyes?");
    await desk.comments.send();
    expect(thread().head.text).toBe("Soft on her eyes?");
    await desk.comments.remove(thread().head);
    await until(() => desk.comments.threads[0]?.head === null);
    expect(desk.comments.threads[0]?.replies).toHaveLength(1);
  });

  it("are not lost when the program refuses them, nor sent twice or empty", async () => {
    desk.transport.seek(100);
    desk.comments.begin();
    desk.comments.type("   ");
    await desk.comments.send();
    expect(backend.calls.some(({ name }) => name === "put_comment")).toBe(false);
    desk.comments.type("Soft?");
    backend.comments.refused = new Refused({ code: "bad-request", message: "No.", hint: "", detail: "" });
    await Promise.all([desk.comments.send(), desk.comments.send()]);
    expect(backend.calls.filter(({ name }) => name === "put_comment")).toHaveLength(1);
    expect(desk.comments.draft).toMatchObject({ start: 100, text: "Soft?" });
    backend.comments.refused = null;
    await desk.comments.send();
    expect(desk.comments.draft).toBeNull();
    expect(desk.comments.threads).toHaveLength(1);
  });

  it("begun on one film wait there", async () => {
    desk.comments.begin();
    desk.comments.type("Half a");
    const [first, other] = [desk.assetId, backend.stage ? "none" : ""];
    desk.assetId = other;
    await until(() => desk.comments.draft === null);
    desk.assetId = first;
    await until(() => desk.comments.draft?.text === "Half a");
  });

  it("of others come without being asked for", async () => {
    await until(() => desk.comments.threads.length === 0);
    const asset = desk.assetId ?? "";
    backend.comments.said(asset, 30, 31, "From afar", "Ida");
    backend.say({ stale: ["comments"] });
    await until(() => desk.comments.threads[0]?.head?.person === "Ida");
    expect(desk.comments.open).toBe(1);
  });
});
