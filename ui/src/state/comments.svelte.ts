import { SvelteMap } from "svelte/reactivity";
import type { Answer, CommandName, Comment, Request, Thread } from "../backend";
import type { Notices } from "./notices.svelte";
import type { Queries, Query } from "./queries.svelte";
import type { Transport } from "./transport.svelte";
import type { Writes } from "./writes";

/** A comment is still at hand this long after its last frame: one of a single frame would only flash by. */
const LINGERS_SECS = 1.5;

/** What is being written. */
export type Draft =
  | { kind: "new"; start: number; end: number; text: string }
  | { kind: "answer"; thread: string; text: string }
  | { kind: "edit"; comment: string; text: string };

type Doing = "put_comment" | "answer_comment" | "edit_comment" | "remove_comment" | "resolve_comments";

/** What people say about frames of the asset at hand. */
export class Comments {
  /** Told anew whenever the list is asked for: the pane that holds it opens. */
  shown = $state(0);
  /** The text being sent cannot be changed until the program has it. */
  sending = $state(false);

  readonly #queries: Queries;
  readonly #notices: Notices;
  readonly #writes: Writes;
  readonly #transport: Transport;
  readonly #asset: () => string | null;
  readonly #answer: Query<"comments">;
  /** What was begun on each asset: whoever looks at another film meanwhile finds it again. */
  readonly #drafts = new SvelteMap<string, Draft>();
  /** Of several that stand on one frame, the one that was gone to. */
  #picked = $state<string | null>(null);

  /** In the order of time. */
  readonly threads = $derived.by((): readonly Thread[] => this.#answer.data?.threads ?? []);
  readonly open = $derived.by(() => this.#answer.data?.open ?? 0);
  readonly fault = $derived.by(() => this.#answer.fault);
  /** What the timeline's picture shows of them: the same text, the same bubbles. */
  readonly marks = $derived(
    JSON.stringify(
      this.threads.map(({ id, start_frame, end_frame, resolved }) => [id, start_frame, end_frame, resolved]),
    ),
  );
  readonly draft = $derived.by((): Draft | null => this.#drafts.get(this.#asset() ?? "") ?? null);
  /** The one at the playhead: of several that hold it the one gone to, else the one that began last. */
  readonly here = $derived.by((): Thread | null => {
    const { frame } = this.#transport.now;
    const holding = this.threads.filter((thread) => thread.start_frame <= frame && frame < thread.end_frame);
    const chosen = holding.find((thread) => thread.id === this.#picked) ?? holding.at(-1);
    if (chosen) return chosen;
    const seconds = this.#transport.edgeSecs(frame);
    const passed = this.threads.filter(
      (thread) => thread.end_frame <= frame && seconds - thread.end_secs < LINGERS_SECS,
    );
    return passed.at(-1) ?? null;
  });

  constructor(queries: Queries, notices: Notices, writes: Writes, transport: Transport, asset: () => string | null) {
    this.#queries = queries;
    this.#notices = notices;
    this.#writes = writes;
    this.#transport = transport;
    this.#asset = asset;
    this.#answer = queries.read("comments", () => {
      const id = asset();
      return id ? { asset: id } : null;
    });
  }

  /** Opens the pane. */
  show(): void {
    this.shown += 1;
  }

  /** Begins a comment between the marks, or on the frame under the playhead; the film stands still for it. */
  begin(): void {
    const asset = this.#asset();
    if (asset === null) return;
    this.#transport.pause();
    this.show();
    const { now, markIn, markOut } = this.#transport;
    const marked = markIn !== null && markOut !== null && markIn < markOut;
    const [start, end] = marked ? [markIn, markOut] : [now.frame, now.frame + 1];
    const text = this.draft?.kind === "new" ? this.draft.text : "";
    this.#drafts.set(asset, { kind: "new", start, end, text });
  }

  /** Begins an answer. */
  answer(thread: Thread): void {
    this.#write(thread, { kind: "answer", thread: thread.id, text: "" });
  }

  /** Begins to change one's own words. */
  edit(thread: Thread, comment: Comment): void {
    this.#write(thread, { kind: "edit", comment: comment.id, text: comment.text });
  }

  #write(thread: Thread, draft: Draft): void {
    this.#transport.pause();
    this.show();
    this.#picked = thread.id;
    this.#drafts.set(thread.asset, draft);
  }

  /** What the field holds now. */
  type(text: string): void {
    const asset = this.#asset();
    if (asset !== null && this.draft) this.#drafts.set(asset, { ...this.draft, text });
  }

  /** Leaves what was being written. */
  drop(): void {
    this.#drafts.delete(this.#asset() ?? "");
  }

  /** Sends what was written; its field stays until the program has it, so that refused words are not lost. */
  async send(): Promise<void> {
    const [asset, draft] = [this.#asset(), this.draft];
    if (asset === null || draft === null || this.sending) return;
    const text = draft.text.trim();
    if (text === "") return;
    this.sending = true;
    let sent: boolean;
    if (draft.kind === "new") {
      sent = await this.#ask("put_comment", { asset, frame: draft.start, end_frame: draft.end, text });
    } else if (draft.kind === "answer") sent = await this.#ask("answer_comment", { comment: draft.thread, text });
    else sent = await this.#ask("edit_comment", { comment: draft.comment, text });
    this.sending = false;
    if (sent) this.#drafts.delete(asset);
  }

  async resolve(thread: Thread, resolved: boolean): Promise<void> {
    await this.#ask("resolve_comments", { comment: thread.id, resolved });
  }

  async remove(comment: Comment): Promise<void> {
    if (this.draft?.kind === "edit" && this.draft.comment === comment.id) this.drop();
    await this.#ask("remove_comment", { comment: comment.id });
  }

  /** Brings the playhead to a thread. */
  goTo(thread: Thread): void {
    this.#picked = thread.id;
    this.#transport.seek(thread.start_frame);
  }

  /** To the nearest one that way, through all that stand on one frame. */
  go(way: 1 | -1): void {
    const { frame } = this.#transport.now;
    const at = this.threads.findIndex((thread) => thread.id === this.#picked && thread.start_frame === frame);
    const beside = at < 0 ? undefined : this.threads[at + way];
    const beyond = way > 0 ? this.threads.find((each) => each.start_frame > frame) : this.#before(frame);
    const next = beside ?? (at < 0 ? beyond : undefined);
    this.show();
    if (next) this.goTo(next);
  }

  #before(frame: number): Thread | undefined {
    return this.threads.filter((thread) => thread.start_frame < frame).at(-1);
  }

  /** Shows what the program answered at once, before the list is read again; not in the list of another asset. */
  #show(asset: string | null, { thread }: Answer<Doing>, named: string): void {
    if (asset === null || asset !== this.#asset() || this.#answer.data === undefined) return;
    const id = thread?.id ?? named;
    const threads = this.threads.filter((each) => each.id !== id).concat(thread ?? []);
    threads.sort((a, b) => a.start_frame - b.start_frame || a.end_frame - b.end_frame);
    this.#answer.put({ threads, open: threads.filter(({ resolved }) => !resolved).length });
    if (thread) this.#picked = thread.id;
  }

  async #ask<K extends Doing & CommandName>(name: K, request: Request<K>): Promise<boolean> {
    const asset = this.#asset();
    try {
      await this.#writes.inOrder(async () => {
        const said = await this.#queries.backend.call(name, request);
        this.#show(asset, said, "comment" in request ? request.comment : "");
      });
      this.#queries.stale(["comments", "undo"]);
      return true;
    } catch (thrown) {
      this.#notices.fail(thrown);
      return false;
    }
  }
}
