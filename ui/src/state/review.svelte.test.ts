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

function stateOf(id: string): string | undefined {
  const row = desk.review.byId.get(id);
  return row && desk.review.stateOf(row);
}

describe("a verdict", () => {
  it("is painted before it is written, and moves on to the next undecided", async () => {
    const first = desk.review.cursor ?? "";
    const undecided = desk.review.undecided;
    const written = desk.verdict("circle");
    flushSync();
    expect(stateOf(first)).toBe("circled");
    expect(desk.review.cursor).not.toBe(first);
    expect(desk.review.undecided).toBe(undecided - 1);
    expect(await written).toBe(true);
    expect(stateOf(first)).toBe("circled");
    expect(backend.calls.filter((call) => call.name === "decide")).toEqual([
      { name: "decide", request: { ids: [first], verdict: "circle" } },
    ]);
  });

  it("is taken back visibly when it is refused, with the program's words", async () => {
    backend.refuseDecisions = true;
    const first = desk.review.cursor ?? "";
    const written = desk.verdict("reject");
    flushSync();
    expect(stateOf(first)).toBe("rejected");
    expect(await written).toBe(false);
    flushSync();
    expect(stateOf(first)).toBe("open");
    expect(desk.review.cursor).toBe(first);
    expect(desk.notices.list.at(-1)?.fault?.code).toBe("disk-full");
  });

  it("has its word taken back with it", async () => {
    const said = (): string[] => desk.notices.list.map(({ message }) => message);
    const [a, b] = desk.review.list;
    if (!a || !b) throw new Error("too few proposals");
    desk.take([a.id, b.id]);
    await desk.verdict("circle", { stay: true });
    expect(said()).toEqual(["2 proposals circled. Ctrl Z takes it back in one step."]);
    await desk.review.undo("undo");
    expect(said()).toHaveLength(1);
    expect(said()[0]).toMatch(/^Undone: /);
    await desk.review.undo("redo");
    expect(said()[0]).toMatch(/^Redone: /);
    desk.review.select(a.id);
    await desk.verdict("reject", { stay: true });
    expect(said(), "nothing is left of an act that is not the last").toEqual([]);
  });

  it("on a slot without words says so, and not when the words come with it", async () => {
    const slot = desk.review.rows.find((row) => row.kind === "cues" && row.payload["text"] === "");
    if (!slot) throw new Error("no empty slot");
    desk.review.select(slot.id);
    await desk.verdict("circle", { stay: true });
    expect(desk.notices.list.at(-1)?.message).toContain("without words");
    await desk.verdict("circle", { stay: true, edit: { text: "Hello" } });
    expect(desk.notices.list).toEqual([]);
  });

  it("stays with Shift, and where moving on is switched off", async () => {
    const first = desk.review.cursor;
    await desk.verdict("circle", { stay: true });
    expect(desk.review.cursor).toBe(first);
    await desk.change({ auto_advance: false });
    await until(() => desk.settings?.auto_advance === false);
    await desk.verdict("reject");
    expect(desk.review.cursor).toBe(first);
  });

  it("keeps rows in their place while they are decided", async () => {
    const before = desk.review.list.map((row) => row.id);
    await desk.verdict("circle");
    await desk.verdict("reject");
    backend.say({ stale: ["proposals"] });
    const asked = backend.calls.filter((call) => call.name === "proposals").length;
    await until(() => backend.calls.filter((call) => call.name === "proposals").length > asked);
    await until(() => desk.review.rows.some((row) => row.state === "rejected" && row.decided?.person === "You"));
    expect(desk.review.list.map((row) => row.id)).toEqual(before);
  });

  it("is undone and redone in one step, however many it touched", async () => {
    const ids = desk.review.rows.filter((row) => row.state === "open").map((row) => row.id);
    await desk.review.decideAll(ids, "circle");
    flushSync();
    expect(desk.review.tally.open).toBe(0);
    await desk.review.undo("undo");
    flushSync();
    expect(desk.review.tally.open).toBe(ids.length);
    await desk.review.undo("redo");
    flushSync();
    expect(desk.review.tally.open).toBe(0);
  });
});

describe("an undo", () => {
  it("goes back to what it took back, and done again it moves on", async () => {
    const first = desk.review.cursor ?? "";
    await desk.verdict("circle");
    await desk.review.undo("undo");
    expect(desk.review.cursor).toBe(first);
    await desk.review.undo("redo");
    flushSync();
    expect(stateOf(first)).toBe("circled");
    expect(desk.review.cursor).not.toBe(first);
  });

  it("says when it was in another film", async () => {
    const other = desk.library.rows.held.find(
      (row) => row.id !== desk.assetId && row.state === "ready" && row.tally.open > 0,
    );
    if (!other) throw new Error("the mock has one film only");
    await desk.verdict("circle");
    desk.openAsset(other.id);
    await until(() => desk.review.rows.some((row) => row.asset === other.id));
    await desk.review.undo("undo");
    expect(desk.notices.list.at(-1)?.message).toMatch(/in another film/);
  });

  it("says who decided since, and what became of that", async () => {
    const words = "Ben decided on this since: that verdict stays.";
    await desk.verdict("circle");
    backend.overtaken = words;
    await desk.review.undo("undo");
    expect(desk.notices.list.at(-1)?.message).toMatch(new RegExp(`^Undone: .+\\. ${words}$`));
  });
});

describe("the list", () => {
  it("selects ranges and single rows", () => {
    const ids = desk.review.list.map((row) => row.id);
    desk.review.select(ids[1] ?? "");
    desk.review.extendTo(ids[4] ?? "");
    expect([...desk.review.selected]).toEqual(ids.slice(1, 5));
    desk.review.extendTo(ids[0] ?? "");
    expect([...desk.review.selected]).toEqual(ids.slice(0, 2));
    desk.review.toggle(ids[6] ?? "");
    expect(desk.review.selected.size).toBe(3);
    expect(desk.review.targets).toHaveLength(3);
    desk.review.move(1);
    expect([...desk.review.selected]).toEqual([ids[7]]);
  });

  it("goes round the undecided both ways", () => {
    const undecided = desk.review.list.filter((row) => ["open", "conflict"].includes(row.state)).map((row) => row.id);
    desk.review.select(undecided.at(-1) ?? "");
    desk.review.nextUndecided(1);
    expect(desk.review.cursor).toBe(undecided[0]);
    desk.review.nextUndecided(-1);
    expect(desk.review.cursor).toBe(undecided.at(-1));
  });

  it("filters by kind and by state, and counts what is undecided", () => {
    desk.review.kinds.add("qc");
    expect(new Set(desk.review.list.map((row) => row.kind))).toEqual(new Set(["qc"]));
    desk.review.kinds.clear();
    desk.review.shown = "circled";
    expect(desk.review.list.every((row) => row.state === "circled")).toBe(true);
    expect(desk.review.undecided).toBe(desk.review.tally.open + desk.review.tally.conflict);
  });

  it("hears of somebody else's verdict by itself", async () => {
    const target = desk.review.list.at(-1);
    if (!target) throw new Error("an empty list");
    await backend.call("decide", { ids: [target.id], verdict: "reject" });
    await until(() => stateOf(target.id) === "rejected");
  });
});
