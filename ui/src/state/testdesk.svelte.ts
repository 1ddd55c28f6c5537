import { flushSync } from "svelte";
import { MockBackend } from "../backend/mock/mock";
import { Desk } from "./desk.svelte";

/** A desk on the painted mock, for tests: its effects run until `close`. */
export async function openDesk(variant = ""): Promise<{ desk: Desk; backend: MockBackend; close: () => void }> {
  localStorage.clear();
  location.hash = "";
  const backend = new MockBackend(variant, 0);
  let desk: Desk | undefined;
  const close = $effect.root(() => {
    desk = new Desk(backend);
  });
  flushSync();
  if (!desk) throw new Error("no desk");
  const opened = desk;
  if (variant !== "empty") await until(() => opened.review.cursor !== null && opened.bindings !== undefined);
  return { desk: opened, backend, close };
}

/** Waits until `done`, letting effects and answers run; fails after a good while. */
export async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!done()) {
    if (performance.now() > deadline) throw new Error("it did not come to pass");
    await new Promise((next) => setTimeout(next, 1));
    flushSync();
  }
}
