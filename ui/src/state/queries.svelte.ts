import { untrack } from "svelte";
import { dependsOn, faultOf, type Answer, type Backend, type CommandName, type Fault, type Request } from "../backend";

/** What goes stale within this time is read again once. */
const SETTLE_MILLIS = 60;
/** However much keeps going stale, nothing is older than this. */
const OLDEST_MILLIS = 3000;

/** Knows every answer the desk holds and reads it again when an event says that it is stale. */
export class Queries {
  readonly backend: Backend;
  readonly #live = new Set<Live>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /**
   * An answer kept fresh for as long as the surrounding component or effect root lives. `request` may read state: a new
   * request is asked as soon as it changes; null asks nothing. `settle` says how many milliseconds to wait for more to go stale.
   */
  read<K extends CommandName>(
    name: K,
    request: () => Request<K> | null,
    settle?: () => number,
    changes?: Changes<K>,
  ): Query<K> {
    const query = new Query(this.backend, name, settle, changes);
    $effect.pre(() => {
      const wanted = request();
      untrack(() => query.ask(wanted));
    });
    this.join(query);
    return query;
  }

  /** Tells something else that is held what goes stale, for as long as the surrounding component or effect root lives. */
  join(live: Live): void {
    $effect(() => {
      this.#live.add(live);
      return () => {
        live.close();
        this.#live.delete(live);
      };
    });
  }

  /** Marks everything that depends on these tags as stale. */
  stale(tags: readonly string[]): void {
    for (const query of this.#live) if (query.dependsOnAny(tags)) query.again();
  }

  /** After the line was cut: anything may have changed. */
  staleAll(): void {
    for (const query of this.#live) query.again();
  }
}

/** What is held of the program's and kept fresh. */
export interface Live {
  dependsOnAny: (tags: readonly string[]) => boolean;
  again: () => void;
  close: () => void;
}

/** How an answer is kept fresh by what changed alone. */
export interface Changes<K extends CommandName> {
  /** Asks only for what changed since `held`; null asks for all of it again. */
  since: (request: Request<K>, held: Answer<K>) => Request<K> | null;
  /** Asks for all of it in another way than by its own command. */
  whole?: (request: Request<K>) => Promise<Answer<K>>;
  /** Puts what changed into what is held; null when only the whole answer can say. */
  merged: (held: Answer<K>, changed: Answer<K>) => Answer<K> | null;
}

/** One answer, the last good one kept while the next is on its way. */
export class Query<K extends CommandName> {
  data = $state.raw<Answer<K> | undefined>(undefined);
  fault = $state.raw<Fault | null>(null);

  readonly #backend: Backend;
  readonly #name: K;
  #request: Request<K> | null = null;
  #key = "";
  #tags: string[] = [];
  #asked = 0;
  #running = false;
  #dirty = false;
  #settle: ReturnType<typeof setTimeout> | undefined;
  #staleSince = 0;
  readonly #settleMillis: () => number;

  readonly #changes: Changes<K> | undefined;

  constructor(
    backend: Backend,
    name: K,
    settle: () => number = () => SETTLE_MILLIS,
    changes: Changes<K> | undefined = undefined,
  ) {
    this.#changes = changes;
    this.#backend = backend;
    this.#name = name;
    this.#settleMillis = settle;
  }

  dependsOnAny(tags: readonly string[]): boolean {
    return this.#tags.some((tag) => tags.includes(tag));
  }

  ask(request: Request<K> | null): void {
    const key = JSON.stringify(request);
    if (key === this.#key) return;
    this.#key = key;
    this.#request = request;
    this.#tags = request === null ? [] : dependsOn(this.#name, request);
    this.#asked += 1;
    this.data = undefined;
    this.fault = null;
    if (request !== null) void this.#load();
  }

  /** Takes an answer that came by another way, as what is held. */
  put(data: Answer<K>): void {
    this.data = data;
    this.fault = null;
    if (!this.#running) return;
    // What is being read was asked for before this and may not know of it: it is asked again.
    this.#asked += 1;
    this.#running = false;
    this.again();
  }

  again(): void {
    if (this.#running) {
      this.#dirty = true;
      return;
    }
    const now = performance.now();
    if (this.#settle === undefined) this.#staleSince = now;
    clearTimeout(this.#settle);
    const wait = Math.min(this.#settleMillis(), Math.max(0, this.#staleSince + OLDEST_MILLIS - now));
    this.#settle = setTimeout(() => {
      this.#settle = undefined;
      void this.#load();
    }, wait);
  }

  close(): void {
    this.#asked += 1;
    clearTimeout(this.#settle);
  }

  async #load(): Promise<void> {
    const request = this.#request;
    if (request === null) return;
    const asked = this.#asked;
    this.#running = true;
    this.#dirty = false;
    try {
      const held = untrack(() => this.data);
      const since = held === undefined ? null : (this.#changes?.since(request, held) ?? null);
      const whole = this.#changes?.whole ?? ((all: Request<K>) => this.#backend.call(this.#name, all));
      let answer = since ? await this.#backend.call(this.#name, since) : await whole(request);
      if (since && held && this.#changes && asked === this.#asked) {
        answer = this.#changes.merged(held, answer) ?? (await whole(request));
      }
      if (asked === this.#asked) {
        this.data = answer;
        this.fault = null;
      }
    } catch (thrown) {
      if (asked === this.#asked) this.fault = faultOf(thrown);
    }
    if (asked !== this.#asked) return;
    this.#running = false;
    if (this.#dirty) this.again();
  }
}
