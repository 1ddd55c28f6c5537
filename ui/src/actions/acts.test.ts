import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ACTS, act, keysOf } from "./acts";
import { chordOf, shownChord } from "./chords";
import { clashes } from "./keymap";

function pressed(key: string, held: Partial<KeyboardEventInit> = {}): string {
  return chordOf(new KeyboardEvent("keydown", { key, ...held }));
}

describe("the registry of acts", () => {
  it("names every act once and gives it words", () => {
    expect(new Set(ACTS.map(({ id }) => id)).size).toBe(ACTS.length);
    for (const { label, id } of ACTS) expect(label, id).not.toBe("");
  });

  it("has no two acts of a scope on one key", () => {
    expect(clashes({})).toEqual([]);
    const said = (bindings: Record<string, string[]>): string[] =>
      clashes(bindings).map(({ chord, acts }) => `${chord}: ${acts.map(({ label }) => label).join(" and ")}`);
    expect(said({ "review.reject": ["C"] })).toEqual(["C: Circle and Reject"]);
    // A review key would win over the stage's wherever focus is, so the stage's would never be heard.
    expect(said({ "transport.pause": ["R"] })).toEqual(["R: Pause and Reject"]);
    expect(said({ "list.up": ["ArrowLeft"] })).toEqual([]);
  });

  it("agrees with the keymap file that the program ships", () => {
    const file = readFileSync("../assets/defaults/keymap.toml", "utf8").split("[presets.")[0] ?? "";
    const lines = [...file.matchAll(/^"([\w.]+)" = (\[.*\])$/gm)];
    expect(lines.length).toBeGreaterThan(20);
    for (const [, id, keys] of lines) {
      expect(act(id ?? "").keys, id).toEqual(JSON.parse(keys ?? "[]"));
    }
    // What the file does not name could not be bound differently.
    expect(new Set(ACTS.map(({ id }) => id))).toEqual(new Set(lines.map(([, id]) => id)));
  });

  it("lets a person's own keys replace the usual ones", () => {
    expect(keysOf(act("review.circle"), { "review.circle": ["Enter"] })).toEqual(["Enter"]);
    expect(keysOf(act("review.circle"), {})).toEqual(["C"]);
  });
});

describe("chords", () => {
  it.each([
    ["c", {}, "C"],
    [" ", {}, "Space"],
    ["N", { shiftKey: true }, "Shift+N"],
    ["?", { shiftKey: true }, "?"],
    ["=", {}, "="],
    ["ArrowLeft", { shiftKey: true }, "Shift+ArrowLeft"],
    ["Z", { ctrlKey: true, shiftKey: true }, "Ctrl+Shift+Z"],
    ["z", { metaKey: true }, "Ctrl+Z"],
  ])("reads %j with %j", (key, held, chord) => {
    expect(pressed(key, held)).toBe(chord);
  });

  it("shows them as they stand on the keyboard", () => {
    expect(shownChord("Ctrl+Shift+Z", false)).toBe("Ctrl Shift Z");
    expect(shownChord("Ctrl+Shift+Z", true)).toBe("⌘⇧Z");
    expect(shownChord("Shift+ArrowLeft", false)).toBe("Shift ←");
  });
});
