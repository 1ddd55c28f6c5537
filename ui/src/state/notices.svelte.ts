import { faultOf, type Fault } from "../backend";

/** A short word to the person, with the program's fault when there is one. */
export interface Notice {
  id: number;
  message: string;
  fault: Fault | null;
  /** What it is about; a newer word about the same takes its place. */
  about: string | null;
}

const SHOWN_MILLIS = 6000;

/** What is said at the edge of the desk. Faults stay until they are closed; the rest goes by itself. */
export class Notices {
  list = $state<Notice[]>([]);
  #next = 1;

  say(message: string, about: string | null = null): void {
    if (about !== null) this.drop(about);
    const id = this.#add({ message, fault: null, about });
    setTimeout(() => this.close(id), SHOWN_MILLIS);
  }

  /** Takes back what was said about this: it is true no more. */
  drop(about: string): void {
    if (this.list.some((notice) => notice.about === about)) {
      this.list = this.list.filter((notice) => notice.about !== about);
    }
  }

  fail(thrown: unknown, what?: string): void {
    const fault = faultOf(thrown);
    this.#add({ message: what ? `${what}: ${fault.message}` : fault.message, fault, about: null });
  }

  /** A word of the desk's own about a fault that is shown with it. */
  failWith(message: string, fault: Fault): void {
    this.#add({ message: fault.message ? `${message}: ${fault.message}` : `${message}.`, fault, about: null });
  }

  close(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  #add(notice: Omit<Notice, "id">): number {
    const id = this.#next;
    this.#next += 1;
    this.list = [...this.list.slice(-3), { id, ...notice }];
    return id;
  }
}
