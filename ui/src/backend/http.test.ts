import { expect, test } from "vitest";
import { allRefused } from "./http";

const fault = (message: string) => ({ code: "not-media" as const, message, hint: "A hint.", detail: "" });

test("one file alone is refused in its own words", () => {
  expect(allRefused([{ name: "a.txt", fault: fault("Not media.") }], 1).message).toBe("Not media.");
});

test("of several files those refused are named, and what became of the others", () => {
  const refused = allRefused(
    [
      { name: "a.txt", fault: fault("Not media.") },
      { name: "b.mov", fault: fault("Damaged.") },
    ],
    5,
  );
  expect(refused.message).toBe("2 of 5 files were not taken in.");
  expect(refused.hint).toBe("The other 3 are being ingested.");
  expect(refused.detail).toBe("a.txt: Not media.\nb.mov: Damaged.");
});
