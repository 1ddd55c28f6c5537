import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Desk } from "../state/desk.svelte";
import { openDesk } from "../state/testdesk.svelte";
import { perform } from "./acts";
import { Keymap } from "./keymap";

let desk: Desk;
let close: () => void;
beforeEach(async () => {
  ({ desk, close } = await openDesk());
});
afterEach(() => close());

describe("the viewer's acts", () => {
  it("go through the ways of comparing once there is a still", () => {
    const told = vi.spyOn(desk.backend.stage, "guides");
    desk.guides.nextComparing();
    expect(desk.guides.mode).toBeNull();
    perform(desk, "viewer.grab");
    flushSync();
    expect(told.mock.lastCall?.[0].compare).toEqual({ mode: "side-by-side", split_permille: 500 });
    desk.guides.moveSplit(-25);
    expect(desk.guides.mode).toBe("wipe");
    desk.guides.moveSplit(-9999);
    flushSync();
    expect(told.mock.lastCall?.[0].compare).toEqual({ mode: "wipe", split_permille: 0 });
  });

  it("compare with a film instead of a still, and with a still instead of a film", () => {
    const [film] = desk.library.rows.held.filter((row) => row.id !== desk.assetId && row.state === "ready");
    if (!film) throw new Error("the mock has one film only");
    perform(desk, "viewer.alongside_swap");
    expect(desk.alongside.film, "there is nothing to swap with yet").toBeNull();
    perform(desk, "viewer.alongside");
    expect(desk.popup).toBe("alongside");
    desk.alongside.choose(film);
    flushSync();
    perform(desk, "viewer.compare");
    expect([desk.guides.mode, desk.guides.still]).toEqual(["wipe", null]);
    const before = desk.alongside.tie;
    perform(desk, "viewer.alongside_on");
    expect(desk.alongside.tie).not.toEqual(before);
    perform(desk, "viewer.grab");
    flushSync();
    expect([desk.alongside.film, desk.guides.still?.asset]).toEqual([null, desk.assetId]);
    desk.alongside.choose(film);
    perform(desk, "viewer.alongside_leave");
    expect([desk.alongside.film, desk.guides.comparing]).toEqual([null, "off"]);
  });

  it("go through the scopes and back to none", () => {
    const told = vi.spyOn(desk.backend.stage, "guides");
    const seen = ["waveform", "parade", "vectorscope", "all", "off"].map(() => {
      perform(desk, "viewer.scopes");
      flushSync();
      return told.mock.lastCall?.[0].scopes;
    });
    expect(seen).toEqual(["waveform", "parade", "vectorscope", "all", "off"]);
  });

  it("say so where a shield over what is flagged has nothing to cover", () => {
    const said = vi.spyOn(desk.notices, "say");
    vi.spyOn(desk.over, "flagsAt").mockReturnValueOnce([]);
    perform(desk, "viewer.shield");
    expect(desk.guides.shield).toBe("flagged");
    expect(said.mock.lastCall?.[0]).toContain("on this frame nothing is");
    perform(desk, "viewer.shield");
    perform(desk, "viewer.shield");
    expect(desk.guides.shield).toBe("off");
    expect(said).toHaveBeenCalledTimes(1);
  });

  it("go through the loudness meters, with the target of the settings, and measure anew", async () => {
    const told = vi.spyOn(desk.backend.stage, "guides");
    const anew = vi.spyOn(desk.backend.stage, "resetMeter");
    perform(desk, "viewer.meters_reset");
    expect(anew).not.toHaveBeenCalled();
    perform(desk, "viewer.meters");
    flushSync();
    expect(told.mock.lastCall?.[0]).toMatchObject({ meters: "ebu9", loudness_target_lufs: -23 });
    expect(localStorage.getItem("viewer.meters")).toBe("ebu9");
    perform(desk, "viewer.meters_reset");
    expect(anew).toHaveBeenCalledOnce();
    await desk.change({ loudness_target_lufs: -27 });
    await vi.waitFor(() => expect(told.mock.lastCall?.[0].loudness_target_lufs).toBe(-27));
    perform(desk, "viewer.meters");
    perform(desk, "viewer.meters");
    flushSync();
    expect(told.mock.lastCall?.[0].meters).toBe("off");
  });

  it("reveal what is shielded for as long as a key is held", () => {
    const keys = new Keymap(desk);
    const close = keys.listen(window);
    desk.guides.shield = "all";
    const key = (type: string): unknown =>
      document.body.dispatchEvent(new KeyboardEvent(type, { key: "v", bubbles: true }));
    desk.go("review");
    key("keydown");
    expect(desk.guides.covered).toBe("off");
    key("keyup");
    expect(desk.guides.covered).toBe("all");
    key("keydown");
    window.dispatchEvent(new Event("blur"));
    expect(desk.guides.covered).toBe("all");
    close();
  });
});
