/**
 * What a person's hands did is written in the order they did it. A key pressed while the verdict before it is still on
 * its way waits for that one: undo takes back what was done last, not what happened to be written last.
 */
export class Writes {
  /** Whether the one before was written. Its refusal is its own asker's to show. */
  #last: Promise<boolean> = Promise.resolve(true);
  #waiting = 0;

  /** Does this once everything asked for earlier has been written or refused. */
  inOrder<T>(write: () => Promise<T>): Promise<T> {
    return this.#behind(() => write());
  }

  /**
   * Does this in order, but only if what it was asked behind has been written: null when that was refused meanwhile. Then the
   * hand has nothing to take back, and what was written before it is left alone.
   */
  unlessRefused<T>(write: () => Promise<T>): Promise<T | null> {
    const behind = this.#waiting > 0;
    return this.#behind(async (written) => (behind && !written ? null : await write()));
  }

  #behind<T>(write: (written: boolean) => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const done = this.#last.then(write);
    this.#last = done.then(
      () => true,
      () => false,
    );
    void this.#last.then(() => (this.#waiting -= 1));
    return done;
  }
}
