import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Desk } from "./desk.svelte";
import { MATTES, openPart } from "./guides.svelte";
import { openDesk } from "./testdesk.svelte";

let desk: Desk;
let close: () => void;
beforeEach(async () => {
  ({ desk, close } = await openDesk());
});
afterEach(() => close());

describe("guides", () => {
  it("go through every aspect and back to none, are told to the stage and remembered", () => {
    const told = vi.spyOn(desk.backend.stage, "guides");
    desk.guides.safe = true;
    for (const { name } of MATTES) {
      desk.guides.next();
      expect(desk.guides.matte).toBe(name);
    }
    flushSync();
    expect(told).toHaveBeenLastCalledWith(expect.objectContaining({ safe: true, matte: { width: 9, height: 16 } }));
    expect(localStorage.getItem("viewer.matte")).toBe("9:16");
    desk.guides.next();
    flushSync();
    expect(desk.guides.matte).toBeNull();
    expect(told.mock.lastCall?.[0].matte).toBeUndefined();
  });

  it("leave the largest part of that aspect open", () => {
    const wide = 16 / 9;
    expect(openPart({ width: 16, height: 9 }, wide)).toEqual({ left: 0, top: 0, width: 1, height: 1 });
    const scope = openPart({ width: 239, height: 100 }, wide);
    expect([scope.width, scope.height]).toEqual([1, expect.closeTo(0.7438, 4)]);
    const upright = openPart({ width: 9, height: 16 }, wide);
    expect([upright.width, upright.height, upright.left]).toEqual([
      expect.closeTo(0.3164, 4),
      1,
      expect.closeTo(0.3418, 4),
    ]);
  });
});
