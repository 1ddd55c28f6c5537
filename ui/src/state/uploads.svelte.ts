import { faultOf, type Backend, type Fault, type Outgoing, type NotTaken } from "../backend";
import type { Notices } from "./notices.svelte";

export type UploadState = "waiting" | "sending" | "settling" | "done" | "failed" | "cancelled";

/** One file on its way from this page to the program. */
export interface Upload {
  id: string;
  name: string;
  size_bytes: number;
  sent_bytes: number;
  state: UploadState;
  /** Bytes in a second, once that can be said. */
  bytes_per_sec: number | null;
  /** Estimated seconds left, once that can be said. */
  left_secs: number | null;
  fault: Fault | null;
  /** Milliseconds since 1970; null until it ends. */
  ended_millis: number | null;
}

/** Ended ones that are kept in the list. */
const KEPT = 100;
/** How much of the newest measurement enters the rate. */
const FRESH_SHARE = 0.3;
/** The rate is measured over at least so long, so that it does not jump with every packet. */
const MEASURE_MILLIS = 400;

const UNDER_WAY: ReadonlySet<UploadState> = new Set(["waiting", "sending", "settling"]);

/** Files on their way from the page, one after the other; what goes wrong with one does not touch the others. */
export class Uploads {
  list = $state.raw<readonly Upload[]>([]);
  readonly underWay = $derived(this.list.filter((each) => UNDER_WAY.has(each.state)));
  readonly ended = $derived(this.list.filter((each) => !UNDER_WAY.has(each.state)).toReversed());
  /** 0 to 1 over everything of this batch; null when nothing is on its way. */
  readonly progress = $derived.by(() => {
    if (this.underWay.length === 0) return null;
    const batch = this.list.filter((each) => this.#batch.has(each.id) && each.state !== "failed");
    const size = batch.reduce((sum, each) => sum + each.size_bytes, 0);
    return size === 0 ? 0 : batch.reduce((sum, each) => sum + each.sent_bytes, 0) / size;
  });

  readonly #backend: Backend;
  readonly #notices: Notices;
  readonly #taken: () => void;
  readonly #files = new Map<string, Outgoing>();
  readonly #stops = new Map<string, AbortController>();
  #batch: ReadonlySet<string> = new Set();
  #next = 1;
  #running: Promise<void> | null = null;

  /** `taken` is told whenever the program has another file. */
  constructor(backend: Backend, notices: Notices, taken: () => void) {
    this.#backend = backend;
    this.#notices = notices;
    this.#taken = taken;
    $effect(() => {
      if (this.underWay.length === 0) return undefined;
      // Only the page has these files: leaving it would lose what is not sent yet.
      const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
      window.addEventListener("beforeunload", ask);
      return () => window.removeEventListener("beforeunload", ask);
    });
  }

  /**
   * Queues files, and lists those that were refused before they were sent; `others` of the same choice needed no sending.
   * Answers when everything of it has ended.
   */
  async add(outgoing: readonly Outgoing[], refused: readonly NotTaken[] = [], others = 0): Promise<void> {
    const fresh = outgoing.map((file) => {
      const upload = this.#row(file.name, file.size_bytes);
      this.#files.set(upload.id, file);
      return upload;
    });
    const failed = refused.map(({ name, fault }) => ({
      ...this.#row(name, 0),
      state: "failed" as const,
      fault,
      ended_millis: Date.now(),
    }));
    const ids = new Set([...fresh, ...failed].map(({ id }) => id));
    this.#batch = this.underWay.length > 0 ? new Set([...this.#batch, ...ids]) : ids;
    const ended = this.list.filter((each) => !UNDER_WAY.has(each.state)).slice(-KEPT);
    this.list = [...ended, ...this.underWay, ...fresh, ...failed];
    for (const id of this.#files.keys()) if (!this.#of(id)) this.#files.delete(id);
    while (this.list.some((each) => each.state === "waiting")) {
      this.#running ??= this.#run().finally(() => (this.#running = null));
      await this.#running;
    }
    this.#report(ids, others);
  }

  /** Stops one at once. What had come of it already is thrown away, or its ingest is cancelled. */
  cancel(id: string): void {
    const upload = this.#of(id);
    if (!upload || !UNDER_WAY.has(upload.state)) return;
    const sending = upload.state === "sending";
    this.#end(id, "cancelled", null);
    this.#stops.get(id)?.abort(sending);
  }

  /** Sends a failed or cancelled one again. */
  retry(id: string): void {
    const file = this.#files.get(id);
    if (!file) return;
    this.list = this.list.filter((each) => each.id !== id);
    this.#files.delete(id);
    void this.add([file]);
  }

  /** Whether it can be sent again from here. */
  canRetry(id: string): boolean {
    return this.#files.has(id);
  }

  async #run(): Promise<void> {
    for (;;) {
      const next = this.list.find((each) => each.state === "waiting");
      if (!next) return;
      await this.#send(next.id);
    }
  }

  async #send(id: string): Promise<void> {
    const file = this.#files.get(id);
    if (!file) return;
    const stop = new AbortController();
    this.#stops.set(id, stop);
    this.#change(id, { state: "sending", sent_bytes: 0 });
    const measure = meter();
    const wire = new AbortController();
    // Once everything is sent the program may have queued the ingest already: then that is what is cancelled.
    stop.signal.addEventListener("abort", () => {
      if (stop.signal.reason === true) wire.abort();
    });
    try {
      const jobs = await file.send((sent) => {
        if (stop.signal.aborted) return;
        const rate = measure(sent);
        const left = rate === null ? null : Math.max(0, file.size_bytes - sent) / rate;
        const state = sent >= file.size_bytes ? "settling" : "sending";
        this.#change(id, { state, sent_bytes: Math.min(sent, file.size_bytes), bytes_per_sec: rate, left_secs: left });
      }, wire.signal);
      if (stop.signal.aborted) {
        await this.#cancelJobs(id, jobs);
      } else {
        this.#end(id, "done", null);
        this.#files.delete(id);
      }
    } catch (thrown) {
      if (!stop.signal.aborted) this.#end(id, "failed", faultOf(thrown));
    } finally {
      this.#stops.delete(id);
      this.#taken();
    }
  }

  /** Cancels what was queued of a file that had been sent already; where that is refused the file is on its way all the same. */
  async #cancelJobs(id: string, jobs: readonly string[]): Promise<void> {
    try {
      for (const job of jobs) await this.#backend.call("cancel_job", { id: job });
    } catch (thrown) {
      this.#notices.fail(thrown, `${this.#of(id)?.name ?? "The file"} is being ingested all the same`);
      this.#end(id, "done", null);
      this.#files.delete(id);
    }
  }

  #report(ids: ReadonlySet<string>, others: number): void {
    const batch = this.list.filter((each) => ids.has(each.id) && !UNDER_WAY.has(each.state));
    const failed = batch.filter((each) => each.state === "failed");
    const done = others + batch.filter((each) => each.state === "done").length;
    const [first] = failed;
    if (first?.fault) {
      const alone = failed.length === 1;
      this.#notices.failWith(
        alone
          ? `${first.name} was not taken in`
          : `${failed.length} of ${batch.length + others} files were not taken in`,
        alone
          ? first.fault
          : {
              code: first.fault.code,
              message: "",
              hint: `${done > 0 ? `${done} ${done === 1 ? "is" : "are"} being ingested. ` : ""}The Activity desk says why, file by file.`,
              detail: failed.map(({ name, fault }) => `${name}: ${fault?.message ?? ""}`).join("\n"),
            },
      );
    } else if (done > 0) {
      this.#notices.say(done === 1 ? "1 file is being ingested." : `${done} files are being ingested.`);
    }
  }

  #row(name: string, size_bytes: number): Upload {
    const id = `upload-${this.#next}`;
    this.#next += 1;
    return {
      id,
      name,
      size_bytes,
      sent_bytes: 0,
      state: "waiting",
      bytes_per_sec: null,
      left_secs: null,
      fault: null,
      ended_millis: null,
    };
  }

  #of(id: string): Upload | undefined {
    return this.list.find((each) => each.id === id);
  }

  #end(id: string, state: "done" | "failed" | "cancelled", fault: Fault | null): void {
    this.#change(id, { state, fault, ended_millis: Date.now(), left_secs: null });
  }

  #change(id: string, change: Partial<Upload>): void {
    this.list = this.list.map((each) => (each.id === id ? { ...each, ...change } : each));
  }
}

/** Measures bytes in a second from how many were sent when, smoothed. */
export function meter(now: () => number = () => performance.now()): (sent: number) => number | null {
  let rate: number | null = null;
  let [then, before] = [now(), 0];
  return (sent) => {
    const passed = now() - then;
    if (passed >= MEASURE_MILLIS) {
      const fresh = ((sent - before) / passed) * 1000;
      rate = rate === null ? fresh : rate + (fresh - rate) * FRESH_SHARE;
      [then, before] = [now(), sent];
    }
    return rate !== null && rate > 0 ? rate : null;
  };
}
