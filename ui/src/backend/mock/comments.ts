import { Refused } from "../backend";
import type { Answer, Comment, CommandName, DeskEvent, Request, Thread, UndoState } from "../wire";
import { timecode } from "./data";

type Answers<K extends CommandName> = { [Name in K]: (request: Request<Name>) => Answer<Name> };

/** What people of paper say. */
export class MockComments {
  threads: Thread[] = [];
  /** Set to make the program refuse what is written. */
  refused: Refused | null = null;

  #count = 0;
  readonly #say: (event: DeskEvent) => void;
  readonly #undo: () => UndoState;

  constructor(say: (event: DeskEvent) => void, undo: () => UndoState) {
    this.#say = say;
    this.#undo = undo;
  }

  /** What somebody says, or as many threads as are not settled, on an asset. */
  said(asset: string, frame: number, end: number, text: string, person = "You"): Thread {
    const thread: Thread = {
      id: this.#id(),
      asset,
      start_frame: frame,
      end_frame: end,
      start_secs: frame / 24,
      end_secs: end / 24,
      start_timecode: timecode(frame),
      head: null,
      replies: [],
      resolved: false,
      resolved_person: "",
      resolved_millis: 0,
      disputed: false,
    };
    thread.head = { ...this.#comment(text, person), id: thread.id };
    this.threads = [...this.threads, thread].sort((a, b) => a.start_frame - b.start_frame);
    return thread;
  }

  open(asset: string): number {
    return this.threads.filter((thread) => thread.asset === asset && !thread.resolved).length;
  }

  #id(): string {
    this.#count += 1;
    return `c${this.#count}`;
  }

  #comment(text: string, person: string): Comment {
    return { id: this.#id(), text, person, role: "editor", millis: Date.now(), own: person === "You", disputed: false };
  }

  #put(thread: Thread): Answer<"put_comment"> {
    const gone = thread.head === null && thread.replies.length === 0;
    this.threads = this.threads.flatMap((each) => (each.id === thread.id ? (gone ? [] : thread) : each));
    this.#say({ stale: ["comments", "undo"] });
    return { thread: gone ? null : thread, undo: this.#undo() };
  }

  #threadOf(comment: string): Thread {
    if (this.refused) throw this.refused;
    const found = this.threads.find(({ id, replies }) => id === comment || replies.some((each) => each.id === comment));
    if (!found) throw new Refused({ code: "not-found", message: "No such comment.", hint: "", detail: comment });
    return found;
  }

  readonly answers: Answers<
    "comments" | "put_comment" | "answer_comment" | "edit_comment" | "remove_comment" | "resolve_comments"
  > = {
    comments: ({ asset }) => ({
      threads: this.threads.filter((thread) => thread.asset === asset),
      open: this.open(asset),
    }),
    put_comment: ({ asset, frame, end_frame, text }) => {
      if (this.refused) throw this.refused;
      return this.#put(this.said(asset, frame, end_frame ?? frame + 1, text));
    },
    answer_comment: ({ comment, text }) => {
      const thread = this.#threadOf(comment);
      return this.#put({ ...thread, replies: [...thread.replies, this.#comment(text, "You")] });
    },
    edit_comment: ({ comment, text }) => {
      const thread = this.#threadOf(comment);
      const change = (each: Comment): Comment =>
        each.id === comment ? { ...each, text: text ?? each.text, changed_millis: Date.now() } : each;
      return this.#put({ ...thread, head: thread.head && change(thread.head), replies: thread.replies.map(change) });
    },
    remove_comment: ({ comment }) => {
      const thread = this.#threadOf(comment);
      return this.#put({
        ...thread,
        head: thread.id === comment ? null : thread.head,
        replies: thread.replies.filter(({ id }) => id !== comment),
      });
    },
    resolve_comments: ({ comment, resolved }) =>
      this.#put({ ...this.#threadOf(comment), resolved, resolved_person: "You", resolved_millis: Date.now() }),
  };
}
