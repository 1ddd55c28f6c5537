import { describe, expect, it } from "vitest";
import type { Answer, ProposalRow, ProposalState } from "../backend";
import { withChanges } from "./changed";

const tally = { open: 0, circled: 0, rejected: 0, conflict: 0 };
const row = (id: string, state: ProposalState, worth: number, start_frame = 0): ProposalRow =>
  ({ id, asset: "a", state, worth, start_frame }) as ProposalRow;
const answer = (proposals: ProposalRow[], whole: boolean, gone: string[] = []): Answer<"proposals"> => ({
  proposals,
  tally,
  version: "2",
  whole,
  gone,
});
const held = answer([row("a", "open", 9, 5), row("b", "open", 5, 1), row("c", "open", 1, 9)], true);
const ids = (merged: Answer<"proposals">): string[] => merged.proposals.map(({ id }) => id);

describe("what changed", () => {
  it("takes the place of what it was, and nothing moves", () => {
    const merged = withChanges(held, answer([row("b", "circled", 5)], false), "worth");
    expect(ids(merged)).toEqual(["a", "b", "c"]);
    expect(merged.proposals[1]?.state).toBe("circled");
    expect(merged.proposals[0]).toBe(held.proposals[0]);
    expect(merged.version).toBe("2");
  });

  it("leaves the list as it is when nothing of it changed", () => {
    expect(withChanges(held, answer([], false), "worth").proposals).toBe(held.proposals);
  });

  it("takes out what is gone and sorts in what is new", () => {
    const fresh = [row("d", "open", 7, 4), row("e", "rejected", 99, 2)];
    expect(ids(withChanges(held, answer(fresh, false, ["c"]), "worth"))).toEqual(["a", "d", "b", "e"]);
    expect(ids(withChanges(held, answer(fresh, false, ["c"]), "time"))).toEqual(["b", "e", "d", "a"]);
  });

  it("is replaced by a whole answer", () => {
    expect(ids(withChanges(held, answer([row("z", "open", 1)], true), "worth"))).toEqual(["z"]);
  });
});
