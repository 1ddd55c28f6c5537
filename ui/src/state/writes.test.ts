import { describe, expect, it } from "vitest";
import { Writes } from "./writes";

/** A write that ends when it is told to. */
function held<T>(value: T): { write: () => Promise<T>; begun: () => boolean; end: () => void; refuse: () => void } {
  let begun = false;
  let [end, refuse]: (() => void)[] = [];
  const done = new Promise<T>((resolve, reject) => {
    end = () => resolve(value);
    refuse = () => reject(new Error("refused"));
  });
  const write = (): Promise<T> => {
    begun = true;
    return done;
  };
  return { write, begun: () => begun, end: () => end?.(), refuse: () => refuse?.() };
}

const soon = (): Promise<void> => new Promise((next) => setTimeout(next));

describe("writes", () => {
  it("begin one after the other, and go on after a refusal", async () => {
    const writes = new Writes();
    const [first, second, third] = [held(1), held(2), held(3)];
    const asked = [writes.inOrder(first.write), writes.inOrder(second.write), writes.inOrder(third.write)];
    await soon();
    expect([first.begun(), second.begun()]).toEqual([true, false]);
    first.refuse();
    await expect(asked[0]).rejects.toThrow("refused");
    await soon();
    expect([second.begun(), third.begun()]).toEqual([true, false]);
    second.end();
    third.end();
    expect(await asked[1]).toBe(2);
    expect(await asked[2]).toBe(3);
  });

  it("leave out what was to take back one that was refused, and that alone", async () => {
    const writes = new Writes();
    const verdict = held("verdict");
    const asked = writes.inOrder(verdict.write);
    const undo = writes.unlessRefused(() => Promise.resolve("undone"));
    const again = writes.unlessRefused(() => Promise.resolve("undone before"));
    verdict.refuse();
    await expect(asked).rejects.toThrow("refused");
    expect(await undo).toBeNull();
    expect(await again).toBe("undone before");
    await soon();
    await expect(writes.inOrder(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    await soon();
    // Asked for when the refusal was known, it means what stands.
    expect(await writes.unlessRefused(() => Promise.resolve("undone"))).toBe("undone");
  });
});
