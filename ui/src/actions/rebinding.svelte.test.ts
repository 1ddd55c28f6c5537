import { describe, expect, it } from "vitest";
import type { Answer } from "../backend";
import { act } from "./acts";
import { Capture } from "./capture";
import { Rebinding } from "./rebinding.svelte";

const saved: Answer<"keymap"> = {
  preset: "circletake",
  bindings: { "review.repeat": ["Alt+Q"] },
  presets: {
    circletake: {},
    premiere: { "app.export": ["Ctrl+M"] },
    resolve: {},
    avid: { "transport.mark_clip": ["T"] },
  },
  warnings: [],
};
const circle = act("review.circle");
const reject = act("review.reject");

describe("binding keys differently", () => {
  it("starts from what is saved and asks only for what differs from the preset", () => {
    const draft = new Rebinding(saved);
    expect(draft.dirty).toBe(false);
    expect(draft.request()).toEqual({ preset: "circletake", bindings: { "review.repeat": ["Alt+Q"] } });
    draft.add(circle, "F9");
    expect(draft.dirty).toBe(true);
    expect(draft.keys(circle)).toEqual(["C", "F9"]);
    draft.remove(circle, "C");
    expect(draft.request().bindings).toEqual({ "review.repeat": ["Alt+Q"], "review.circle": ["F9"] });
    draft.discard();
    expect(draft.dirty).toBe(false);
  });

  it("says who is in the way before, and takes the key from there", () => {
    const draft = new Rebinding(saved);
    expect(draft.inTheWay(circle, "R")).toEqual([reject]);
    // A review key would silence the stage's, so the stage's act is in the way as well.
    expect(draft.inTheWay(circle, "L").map(({ id }) => id)).toEqual(["transport.shuttle_forward"]);
    expect(draft.inTheWay(act("list.up"), "ArrowLeft")).toEqual([]);
    draft.add(circle, "R");
    expect(draft.keys(reject)).toEqual([]);
    expect(draft.clashes).toEqual([]);
  });

  it("goes back to the preset's keys, one act or all", () => {
    const draft = new Rebinding(saved);
    draft.choose("avid");
    expect(draft.keys(act("transport.mark_clip"))).toEqual(["T"]);
    expect(draft.keys(act("review.repeat"))).toEqual(["Alt+Q"]);
    draft.add(act("transport.mark_clip"), "F9");
    draft.reset(act("transport.mark_clip"));
    expect(draft.request()).toEqual({ preset: "avid", bindings: { "review.repeat": ["Alt+Q"] } });
    draft.resetAll();
    expect(draft.keys(act("review.repeat"))).toEqual(["G"]);
    expect(draft.request()).toEqual({ preset: "avid", bindings: {} });
  });

  it("leaves the keys alone that move about the desk", () => {
    const draft = new Rebinding(saved);
    expect(draft.refusal("Tab")).toMatch(/moves about/);
    expect(draft.refusal("T")).toBeNull();
  });
});

describe("listening for a chord", () => {
  const press = (capture: Capture, key: string, held: KeyboardEventInit = {}): string | null =>
    capture.down(new KeyboardEvent("keydown", { key, ...held }));

  it("takes modifiers with a key, and two letters together", () => {
    const capture = new Capture();
    expect(press(capture, "Control", { ctrlKey: true })).toBeNull();
    expect(capture.up()).toBeNull();
    press(capture, "e", { ctrlKey: true });
    expect(capture.up()).toBe("Ctrl+E");
    press(capture, "k");
    expect(press(capture, "j")).toBe("K+J");
    expect(capture.up()).toBe("K+J");
    press(capture, "ArrowUp", { shiftKey: true });
    expect(capture.up()).toBe("Shift+ArrowUp");
  });
});
