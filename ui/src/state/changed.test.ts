import { describe, expect, it } from "vitest";
import type { Answer, ProposalRow, ProposalState } from "../backend";
import { withChanges } from "./changed";

const tally = { open: 0, circled: 0, rejected: 0, conflict: 0 };
const row = (id: string, state: ProposalState, worth: number): ProposalRow =>
  ({ id, asset: "a", state, worth }) as ProposalRow;
const answer = (proposals: ProposalRow[], whole: boolean, gone: string[] = []): Answer<"proposals"> => ({
  proposals,
  tally,
  version: "2",
  whole,
  gone,
});
const held = answer([row("a", "open", 9), row("b", "open", 5), row("c", "open", 1)], true);
const ids = (merged: Answer<"proposals"> | null): string[] | undefined => merged?.proposals.map(({ id }) => id);

describe("what changed", () => {
  it("takes the place of what it was, and nothing moves", () => {
    const merged = withChanges(held, answer([row("b", "circled", 5)], false));
    expect(ids(merged)).toEqual(["a", "b", "c"]);
    expect(merged?.proposals[1]?.state).toBe("circled");
    expect(merged?.proposals[0]).toBe(held.proposals[0]);
    expect(merged?.version).toBe("2");
  });

  it("leaves the list as it is when nothing of it changed", () => {
    expect(withChanges(held, answer([], false))?.proposals).toBe(held.proposals);
  });

  it("takes out what is gone", () => {
    expect(ids(withChanges(held, answer([row("a", "circled", 9)], false, ["b"])))).toEqual(["a", "c"]);
  });

  it("leaves it to the program where new rows stand", () => {
    expect(withChanges(held, answer([row("d", "open", 7)], false, ["c"]))).toBeNull();
  });

  it("is replaced by a whole answer", () => {
    expect(ids(withChanges(held, answer([row("z", "open", 1)], true)))).toEqual(["z"]);
  });
});
