import { afterEach, describe, expect, it } from "vitest";
import { keepsKeys } from "./keeps-keys";

describe("a choice", () => {
  const choice = document.createElement("select");
  const detach = keepsKeys(choice);
  document.body.append(choice);
  afterEach(() => choice.blur());

  it("gives the focus back after the pointer, and keeps it under the keys", () => {
    const say = (name: string): boolean => choice.dispatchEvent(new Event(name));
    choice.focus();
    say("keydown");
    say("change");
    expect(document.activeElement).toBe(choice);
    say("pointerdown");
    say("change");
    expect(document.activeElement).toBe(document.body);
    const press = (key: string): boolean =>
      choice.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    const heard: [string, EventTarget | null][] = [];
    const listen = (event: KeyboardEvent): void => void heard.push([event.key, event.target]);
    document.addEventListener("keydown", listen);
    choice.focus();
    say("pointerdown");
    press("Escape");
    expect(document.activeElement, "left with Escape").toBe(document.body);
    choice.focus();
    say("pointerdown");
    press("c");
    expect(heard, "the next key is the desk's").toContainEqual(["c", document.body]);
    expect(heard).not.toContainEqual(["c", choice]);
    choice.focus();
    say("pointerdown");
    press("ArrowDown");
    press("c");
    expect(heard, "who goes on by keyboard stays").toContainEqual(["c", choice]);
    document.removeEventListener("keydown", listen);
    detach();
    choice.focus();
    say("pointerdown");
    say("change");
    expect(document.activeElement).toBe(choice);
  });
});
