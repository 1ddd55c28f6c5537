import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "./testdesk.svelte";
import { Windows } from "./windows.svelte";

interface Row {
  id: string;
}

/** A program that has a long list, and counts what it is asked for. */
class Long {
  rows: Row[] = Array.from({ length: 100_000 }, (_, i) => ({ id: `r${i}` }));
  asked: number[] = [];
  refuses = false;
  waiting: (() => void)[] | null = null;

  async read(offset: number, limit: number): Promise<{ rows: Row[]; count: number }> {
    this.asked.push(offset);
    if (this.waiting) await new Promise<void>((go) => this.waiting?.push(go));
    if (this.refuses) throw new Error("away");
    return { rows: this.rows.slice(offset, offset + limit), count: this.rows.length };
  }
}

let long: Long;
let windows: Windows<Row>;
let close: () => void;
beforeEach(async () => {
  long = new Long();
  close = $effect.root(() => {
    windows = new Windows((offset, limit) => long.read(offset, limit));
  });
  windows.other();
  await until(() => windows.count !== null);
});
afterEach(() => {
  windows.close();
  close();
});

describe("windows of a long list", () => {
  it("read what is looked at, and keep only some of it", async () => {
    expect(long.asked).toEqual([0]);
    for (let at = 0; at < 100_000; at += 997) {
      windows.look(at, at + 20);
      await until(() => windows.at(at) !== undefined && windows.at(at + 19) !== undefined);
      expect(windows.at(at)?.id).toBe(`r${at}`);
    }
    expect(windows.held.length).toBeLessThan(1000);
    expect(windows.at(0), "the beginning was let go").toBeUndefined();
    expect(windows.placeOf(windows.held.at(-1)?.id ?? "")).toBe(Number(windows.held.at(-1)?.id.slice(1)));
  });

  it("do not read what was scrolled past while others were on their way", async () => {
    long.waiting = [];
    for (let at = 1000; at < 50_000; at += 500) windows.look(at, at + 20);
    expect(long.asked.length).toBeLessThan(5);
    const held = long.waiting;
    long.waiting = null;
    held.forEach((go) => go());
    await until(() => windows.at(49_500) !== undefined);
    expect(long.asked.length).toBeLessThan(7);
  });

  it("read again what is in view alone when something changed, and the rest once it is looked at", async () => {
    windows.look(600, 620);
    await until(() => windows.at(619) !== undefined);
    long.asked = [];
    long.rows = long.rows.map((row, i) => (i === 610 || i === 3 ? { id: `${row.id}!` } : row));
    windows.again();
    windows.again();
    await until(() => windows.at(610)?.id === "r610!");
    expect(long.asked).toEqual([600]);
    windows.look(0, 20);
    await until(() => windows.at(3)?.id === "r3!");
    expect(long.asked).toEqual([600, 0]);
  });

  it("take rows that came in for what they are", async () => {
    windows.look(0, 20);
    long.rows = [{ id: "new" }, ...long.rows];
    windows.again();
    await until(() => windows.at(0)?.id === "new");
    expect([windows.count, windows.at(1)?.id]).toEqual([100_001, "r0"]);
  });

  it("show what was there until another list is here, and take nothing of the old one then", async () => {
    long.waiting = [];
    windows.look(300, 320);
    const old = long.waiting;
    long.waiting = null;
    long.rows = [{ id: "only" }];
    windows.other();
    expect(windows.at(0)?.id).toBe("r0");
    await until(() => windows.count === 1);
    old.forEach((go) => go());
    await Promise.resolve();
    expect([windows.at(0)?.id, windows.held.length]).toEqual(["only", 1]);
  });

  it("ask for the last of several lists that follow each other, not for each", async () => {
    long.waiting = [];
    long.asked = [];
    for (let letters = 0; letters < 20; letters += 1) windows.other();
    expect(long.asked.length).toBe(2);
    const held = long.waiting;
    long.waiting = null;
    long.rows = [{ id: "last" }];
    held.forEach((go) => go());
    await until(() => windows.at(0)?.id === "last");
    expect(long.asked.length).toBe(3);
  });

  it("say that they could not be read, and are asked again when they go stale", async () => {
    long.refuses = true;
    windows.again();
    await until(() => windows.fault !== null);
    expect(windows.at(0)?.id, "what was there is shown").toBe("r0");
    long.refuses = false;
    windows.again();
    await until(() => windows.fault === null);
  });
});
