import { describe, expect, it } from "vitest";
import type { LakeState } from "../backend";
import { lakeWords, waitingWords } from "./lake.svelte";

const now = new Date(2026, 10, 22, 14, 30).getTime();
const before = new Date(2026, 10, 22, 14, 3).getTime();

function state(change: Partial<LakeState>): LakeState {
  return {
    standing: "reached",
    since_millis: before,
    waiting_entries: 0,
    waiting_objects: 0,
    waiting_bytes: 0,
    refused_objects: 0,
    paused: false,
    sending: [],
    fetching: [],
    kept_bytes: 0,
    budget_bytes: 1,
    writers: [],
    foreign: { on: false, queue: "", waiting: 0, taken: 0, refused: 0, archived: 0, gone: 0, objects: [] },
    ...change,
  };
}

describe("the lake in words", () => {
  it("says since when it is away and how much waits", () => {
    expect(lakeWords(state({ standing: "offline", waiting_entries: 12, waiting_objects: 1 }), now)).toBe(
      "offline since 14:03 · 12 decisions, 1 file waiting",
    );
    expect(lakeWords(state({ standing: "signed_out" }), now)).toBe("signed out");
    expect(lakeWords(state({ standing: "refused", waiting_entries: 1 }), now)).toBe("no way in · 1 decision waiting");
    expect(lakeWords(state({ standing: "unknown" }), now)).toBe("not asked yet");
    expect(lakeWords(state({ standing: "here" }), now)).toBe("on this machine");
  });

  it("says what is on its way and when everything was there", () => {
    expect(lakeWords(state({ reached_millis: now - 1000 }), now)).toBe("synced now");
    expect(lakeWords(state({ reached_millis: before }), now)).toBe("synced 14:03");
    expect(lakeWords(state({ waiting_objects: 2 }), now)).toBe("sending · 2 files");
    expect(lakeWords(state({ waiting_objects: 2, paused: true }), now)).toBe("paused · 2 files");
    expect(lakeWords(state({ waiting_entries: 2, waiting_objects: 2, paused: true }), now)).toBe(
      "sending · 2 decisions, 2 files",
    );
    expect(lakeWords(state({ reached_millis: now, refused_objects: 1 }), now)).toBe("synced now · 1 file not taken");
    expect(waitingWords(state({}))).toBe("");
  });
});
