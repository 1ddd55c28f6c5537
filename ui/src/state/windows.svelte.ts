import { untrack } from "svelte";
import { faultOf, type Fault } from "../backend";

/** Rows of one page. */
const PAGE = 60;
/** Pages kept; those farthest from what is looked at go first. */
const MOST_PAGES = 12;
/** Pages read at once. What has been scrolled past meanwhile is not read. */
const AT_ONCE = 2;
/** What goes stale within this time is read again once. */
const SETTLE_MILLIS = 60;

/** One page of a long list, and how long the list is. */
export interface Page<T> {
  rows: readonly T[];
  count: number;
}

/**
 * A long list of which only what is looked at is here: pages are read as they come into view and few of them are kept. What
 * goes stale is read again where it is in view, and elsewhere once it is looked at.
 */
export class Windows<T extends { id: string }> {
  /** Rows of the whole list; null until that is known. */
  count = $state<number | null>(null);
  fault = $state.raw<Fault | null>(null);

  readonly #read: (offset: number, limit: number) => Promise<Page<T>>;
  #pages = $state.raw<ReadonlyMap<number, readonly T[]>>(new Map());
  #stale = new Set<number>();
  #reading = new Set<number>();
  /** Reads under way, also those for a list that is another one by now: who types a word does not ask for each letter. */
  #underWay = 0;
  #first = 0;
  #last = 0;
  /** Answers to what was asked before the list became another one are not taken. */
  #list = 0;
  #settle: ReturnType<typeof setTimeout> | undefined;

  #isClosed = false;

  /** The rows that are here, in their order. */
  readonly held = $derived([...this.#pages].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows));

  constructor(read: (offset: number, limit: number) => Promise<Page<T>>) {
    this.#read = read;
  }

  /** The row at this place, when it is here. */
  at(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Where a row stands that is here; null when it is not. */
  placeOf(id: string): number | null {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * PAGE + at;
    }
    return null;
  }

  /** Says which rows are in view: from `first` to before `end`. */
  look(first: number, end: number): void {
    untrack(() => {
      this.#first = Math.floor(Math.max(0, first) / PAGE);
      this.#last = Math.floor(Math.max(first, end - 1, 0) / PAGE);
      this.#readOn();
    });
  }

  /** The list is another one: what is here is shown until the other is. */
  other(): void {
    untrack(() => {
      this.#list += 1;
      this.#reading.clear();
      this.#stale = new Set(this.#pages.keys());
      this.#first = this.#last = 0;
      this.#pagesAreOf = null;
      this.#readOn();
    });
  }
  #pagesAreOf: number | null = null;

  /** What is here may not hold any more. */
  again(): void {
    for (const page of this.#pages.keys()) this.#stale.add(page);
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#readOn(), SETTLE_MILLIS);
  }

  close(): void {
    this.#isClosed = true;
    this.#list += 1;
    clearTimeout(this.#settle);
  }

  #readOn(): void {
    const end = this.count === null ? 0 : Math.max(0, Math.ceil(this.count / PAGE) - 1);
    const last = Math.max(0, Math.min(this.#last, this.#pagesAreOf === this.#list ? end : 0));
    for (let page = Math.min(this.#first, last); page <= last; page += 1) {
      if (this.#underWay >= AT_ONCE) return;
      const isHere = this.#pages.has(page) && !this.#stale.has(page);
      if (!isHere && !this.#reading.has(page)) void this.#readPage(page);
    }
  }

  async #readPage(page: number): Promise<void> {
    const list = this.#list;
    this.#reading.add(page);
    this.#stale.delete(page);
    this.#underWay += 1;
    let isRead = true;
    try {
      const { rows, count } = await this.#read(page * PAGE, PAGE);
      if (list === this.#list) {
        this.#take(page, rows, count);
        this.fault = null;
      }
    } catch (thrown) {
      if (list === this.#list) {
        this.#stale.add(page);
        this.fault = faultOf(thrown);
        isRead = false;
      }
    }
    this.#underWay -= 1;
    if (list === this.#list) this.#reading.delete(page);
    // What could not be read is asked for again once something is looked at or goes stale: a line that is cut is not asked without end.
    if (isRead && !this.#isClosed) this.#readOn();
  }

  #take(page: number, rows: readonly T[], count: number): void {
    const isFirst = this.#pagesAreOf !== this.#list;
    const pages = new Map(isFirst ? [] : this.#pages);
    if (isFirst) {
      this.#pagesAreOf = this.#list;
      this.#stale.clear();
    } else if (count !== this.count) {
      // Rows came or went: the others may have moved.
      for (const other of pages.keys()) if (other !== page) this.#stale.add(other);
    }
    pages.set(page, rows);
    const middle = (this.#first + this.#last) / 2;
    const far = [...pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const gone of far.slice(0, Math.max(0, pages.size - MOST_PAGES))) {
      pages.delete(gone);
      this.#stale.delete(gone);
    }
    this.#pages = pages;
    this.count = count;
  }
}
