/**
 * What a person's hands did is written in the order they did it. A key pressed while the verdict before it is still on
 * its way waits for that one: undo takes back what was done last, not what happened to be written last.
 */
export class Writes {
  #last: Promise<unknown> = Promise.resolve();

  /** Does this once everything asked for earlier has been written or refused. */
  inOrder<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#last.then(write);
    // A refusal is its own asker's to show; the next one is written all the same.
    this.#last = written.catch(() => undefined);
    return written;
  }
}
