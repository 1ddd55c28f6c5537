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
    detach();
    choice.focus();
    say("pointerdown");
    say("change");
    expect(document.activeElement).toBe(choice);
  });
});
