import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refused, type Fault, type Outgoing } from "../backend";
import type { MockBackend } from "../backend/mock/mock";
import type { Desk } from "./desk.svelte";
import { openDesk, until } from "./testdesk.svelte";
import { meter } from "./uploads.svelte";

const fault = (message: string): Fault => ({ code: "not-media", message, hint: "", detail: "" });

/** A file whose way the test drives. */
class Driven implements Outgoing {
  readonly name: string;
  readonly size_bytes = 1000;
  begun = 0;
  aborted = false;
  tell: (bytes: number) => void = () => undefined;
  arrive: (jobs: string[]) => void = () => undefined;
  refuse: (why: Fault) => void = () => undefined;

  constructor(name: string) {
    this.name = name;
  }

  send(sent: (bytes: number) => void, signal: AbortSignal): Promise<string[]> {
    this.begun += 1;
    this.tell = sent;
    return new Promise((resolve, reject) => {
      this.arrive = resolve;
      this.refuse = (why) => reject(new Refused(why));
      signal.addEventListener("abort", () => {
        this.aborted = true;
        reject(new Refused(fault("aborted")));
      });
    });
  }
}

let desk: Desk;
let backend: MockBackend;
let close: () => void;
beforeEach(async () => {
  ({ desk, backend, close } = await openDesk());
});
afterEach(() => close());

const states = (): string[] => desk.uploads.list.map(({ name, state }) => `${name} ${state}`);

function begin(...files: Driven[]): Promise<void> {
  const all = desk.uploads.add(files);
  flushSync();
  return all;
}

describe("uploads", () => {
  it("go one after the other and tell how far they are", async () => {
    const [a, b] = [new Driven("a.mov"), new Driven("b.mov")];
    const all = begin(a, b);
    expect(states()).toEqual(["a.mov sending", "b.mov waiting"]);
    a.tell(500);
    expect(desk.uploads.progress).toBe(0.25);
    a.tell(1000);
    expect(states()[0]).toBe("a.mov settling");
    a.arrive(["job-1"]);
    await until(() => b.begun === 1);
    b.arrive(["job-2"]);
    await all;
    expect(states()).toEqual(["a.mov done", "b.mov done"]);
    expect(desk.uploads.progress).toBeNull();
    expect(desk.notices.list.at(-1)?.message).toBe("2 files are being ingested.");
  });

  it("report what is refused with its reason, while the others go on", async () => {
    const files = ["a.mov", "b.txt", "c.mov"].map((name) => new Driven(name));
    const all = begin(...files);
    files[0]?.arrive([]);
    await until(() => files[1]?.begun === 1);
    files[1]?.refuse(fault("Not a film."));
    await until(() => files[2]?.begun === 1);
    files[2]?.arrive([]);
    await all;
    expect(states()).toEqual(["a.mov done", "b.txt failed", "c.mov done"]);
    expect(desk.uploads.list[1]?.fault?.message).toBe("Not a film.");
    expect(desk.notices.list.at(-1)?.message).toBe("b.txt was not taken in: Not a film.");
    expect(desk.uploads.canRetry(desk.uploads.list[1]?.id ?? "")).toBe(true);
  });

  it("name what the program refused of a choice of its own", async () => {
    backend.picked = {
      jobs: ["job-1"],
      refused: ["x.txt", "y.txt"].map((name) => ({ name, fault: fault(`${name} is no film.`) })),
      outgoing: [],
    };
    await desk.addFiles();
    expect(states()).toEqual(["x.txt failed", "y.txt failed"]);
    const notice = desk.notices.list.at(-1);
    expect(notice?.message).toBe("2 of 3 files were not taken in.");
    expect(notice?.fault?.detail).toBe("x.txt: x.txt is no film.\ny.txt: y.txt is no film.");
  });

  it("are cancelled at once, waiting or sending, and can be sent again", async () => {
    const [a, b] = [new Driven("a.mov"), new Driven("b.mov")];
    const all = begin(a, b);
    desk.uploads.cancel(desk.uploads.list[1]?.id ?? "");
    a.tell(400);
    desk.uploads.cancel(desk.uploads.list[0]?.id ?? "");
    expect(states()).toEqual(["a.mov cancelled", "b.mov cancelled"]);
    expect(a.aborted).toBe(true);
    await all;
    expect(b.begun).toBe(0);
    desk.uploads.retry(desk.uploads.list[0]?.id ?? "");
    await until(() => a.begun === 2);
    expect(states()).toEqual(["b.mov cancelled", "a.mov sending"]);
  });

  it("cancel the ingest where everything was sent already", async () => {
    const a = new Driven("a.mov");
    const all = begin(a);
    a.tell(1000);
    desk.uploads.cancel(desk.uploads.list[0]?.id ?? "");
    expect(a.aborted).toBe(false);
    a.arrive(["job-9"]);
    await all;
    expect(states()).toEqual(["a.mov cancelled"]);
    expect(backend.calls).toContainEqual({ name: "cancel_job", request: { id: "job-9" } });
  });

  it("are done, with a notice, where the ingest could not be cancelled", async () => {
    const a = new Driven("a.mov");
    const all = begin(a);
    a.tell(1000);
    desk.uploads.cancel(desk.uploads.list[0]?.id ?? "");
    vi.spyOn(backend, "call").mockRejectedValueOnce(new Refused(fault("It has ended.")));
    a.arrive(["job-9"]);
    await all;
    expect(states()).toEqual(["a.mov done"]);
    expect(desk.notices.list.map(({ message }) => message)).toContain(
      "a.mov is being ingested all the same: It has ended.",
    );
    expect(desk.uploads.canRetry(desk.uploads.list[0]?.id ?? "")).toBe(false);
  });

  it("hold the page while something is on its way", async () => {
    const leave = (): boolean => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
    expect(leave()).toBe(false);
    const a = new Driven("a.mov");
    const all = begin(a);
    expect(leave()).toBe(true);
    a.arrive([]);
    await all;
    flushSync();
    expect(leave()).toBe(false);
  });
});

describe("the rate", () => {
  it("is measured over some time and smoothed", () => {
    let now = 0;
    const measure = meter(() => now);
    now = 100;
    expect(measure(100)).toBeNull();
    now = 500;
    expect(measure(500)).toBe(1000);
    now = 1000;
    expect(measure(2500)).toBeCloseTo(1900);
    now = 5000;
    expect(measure(2500)).toBeCloseTo(1330);
  });
});
