import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MockBackend } from "../backend/mock/mock";
import type { Desk } from "../state/desk.svelte";
import { openDesk, until } from "../state/testdesk.svelte";
import { Keymap } from "./keymap";

let desk: Desk;
let backend: MockBackend;
let close: () => void;
let stop: () => void;

beforeEach(async () => {
  document.body.innerHTML = `
    <input id="field" /><button id="button">press</button>
    <div data-scope="list" tabindex="0" id="list"></div>`;
  ({ desk, backend, close } = await openDesk());
  stop = new Keymap(desk).listen(window);
});
afterEach(() => {
  stop();
  close();
});

function press(key: string, on = "body", held: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...held });
  document.querySelector(on)?.dispatchEvent(event);
  flushSync();
  return event;
}

function release(key: string): void {
  document.body.dispatchEvent(new KeyboardEvent("keyup", { key, bubbles: true }));
}

describe("keys", () => {
  it("circle and reject wherever focus is, but not while somebody types", () => {
    const open = desk.review.undecided;
    press("c", "#field");
    expect(desk.review.undecided).toBe(open);
    press("c");
    press("r", "#list");
    press("r", "#button");
    expect(desk.review.undecided).toBe(open - 3);
  });

  it("take back what was decided last, however soon they come after it", async () => {
    const [first, second] = desk.review.list;
    const undo = { ctrlKey: true };
    press("c");
    press("c");
    press("z", "body", undo);
    press("z", "body", undo);
    press("z", "body", undo);
    await until(() => desk.notices.list.some((notice) => notice.fault?.message === "There is nothing to undo."));
    const written = backend.calls.map((call) => call.name).filter((name) => name === "decide" || name === "undo");
    expect(written).toEqual(["decide", "decide", "undo", "undo", "undo"]);
    expect([first, second].map((row) => row && desk.review.stateOf(row))).toEqual(["open", "open"]);
  });

  it("leave Space and Enter to a focused button", () => {
    expect(press(" ", "#button").defaultPrevented).toBe(false);
    expect(desk.transport.now.playing).toBe(false);
    expect(press(" ").defaultPrevented).toBe(true);
    expect(desk.transport.now.playing).toBe(true);
    press("k");
    expect(desk.transport.now.playing).toBe(false);
  });

  it("act on what has focus: the list moves its selection, the stage its playhead", () => {
    const first = desk.review.cursor;
    press("ArrowDown", "#list");
    expect(desk.review.cursor).not.toBe(first);
    const chosen = desk.review.cursor;
    const frame = desk.transport.now.frame;
    press("ArrowRight");
    expect(desk.transport.now.frame).toBe(frame + 1);
    press("ArrowRight", "body", { shiftKey: true });
    expect(desk.transport.now.frame).toBe(frame + 11);
    press("ArrowDown");
    expect(desk.review.cursor).toBe(chosen);
  });

  it("shuttle faster with each press, and step with K held", () => {
    desk.transport.seek(100);
    press("l");
    expect(desk.transport.now.speed).toBe(1);
    press("l");
    press("l");
    expect(desk.transport.now.speed).toBe(4);
    press("j");
    expect(desk.transport.now.speed).toBe(-1);
    release("l");
    release("j");
    press("k");
    const frame = desk.transport.now.frame;
    press("j");
    expect(desk.transport.now.frame).toBe(frame - 1);
    release("j");
    press("l");
    expect(desk.transport.now.frame).toBe(frame);
    expect(desk.transport.now.playing).toBe(false);
  });

  it("open the timecode field with = or a keypad digit", () => {
    press("=");
    expect(desk.transport.entry).toBe("");
    desk.transport.entry = null;
    press("7", "body", { code: "Numpad7" });
    expect(desk.transport.entry).toBe("7");
    expect(desk.transport.enter("+12")).toBeNull();
  });

  it("mark, and mark the clip under the playhead", () => {
    desk.transport.seek(400);
    press("x");
    expect([desk.transport.markIn, desk.transport.markOut]).toEqual([362, 610]);
    press("i");
    expect(desk.transport.markIn).toBe(400);
    press("X", "body", { shiftKey: true });
    expect(desk.transport.markIn).toBeNull();
  });

  it("do once for each press what is not stepping", () => {
    const put = vi.spyOn(desk.markers, "put").mockResolvedValue();
    const open = desk.review.undecided;
    const hold = (key: string): void => {
      for (const repeat of [false, true, true]) expect(press(key, "body", { repeat }).defaultPrevented).toBe(true);
      release(key);
    };
    for (const key of ["m", "f", "c"]) hold(key);
    expect(put).toHaveBeenCalledTimes(1);
    expect(desk.full).toBe(true);
    expect(desk.review.undecided).toBe(open - 1);
    const { frame } = desk.transport.now;
    hold(".");
    expect(desk.transport.now.frame).toBe(frame + 3);
    hold(" ");
    expect(desk.transport.now.playing).toBe(true);
  });

  it("are mute under a popup and change desks", () => {
    press("2", "body", { ctrlKey: true });
    expect(desk.name).toBe("review");
    press("3", "body", { ctrlKey: true });
    expect(desk.name).toBe("activity");
    const open = desk.review.undecided;
    press("c");
    expect(desk.review.undecided).toBe(open);
    press("?", "body", { shiftKey: true });
    expect(desk.popup).toBe("keys");
    press("2", "body", { ctrlKey: true });
    expect(desk.name).toBe("activity");
  });
});
