/** A box of a browser cannot be much higher than 16 million pixels, and a million rows are: beyond this a box stands for more. */
export const MOST_PX = 8_000_000;
/** Near both ends a pixel is a pixel, so that they are reached as in any list. */
const EXACT_PX = 1_000_000;

/**
 * Where a long list stands that is scrolled by a box which may be lower than it. Small moves (a wheel, a key) move the list by
 * as much; large ones (the bar) to the same part of it.
 */
export class LongScroll {
  /** Height of the whole list, in pixels. */
  total = 0;
  /** Height of what is seen of it. */
  view = 0;
  #shift = 0;
  #heard = 0;

  /** Height of the box's content. */
  get height(): number {
    return Math.min(this.total, MOST_PX);
  }

  /** What the box's own top is less than the list's. */
  get shift(): number {
    return this.#shift;
  }

  /** The box was scrolled to `top`: answers where the list stands, and where the box has to be put for it to go on. */
  heard(top: number): { list: number; box: number } {
    const isSmall = Math.abs(top - this.#heard) < 2 * Math.max(this.view, 1);
    if (this.total <= MOST_PX || !isSmall) return this.to(this.#listAt(top));
    const list = this.#inside(top + this.#shift);
    const drift = Math.abs(top - this.#boxAt(list));
    const isAtEnd = top < this.view || top > this.height - 2 * this.view;
    if (drift > EXACT_PX / 2 || (isAtEnd && drift >= 1)) return this.to(list);
    this.#heard = top;
    return { list, box: top };
  }

  /** Puts the list there. */
  to(wanted: number): { list: number; box: number } {
    const list = this.#inside(wanted);
    const box = Math.round(this.#boxAt(list));
    this.#shift = list - box;
    this.#heard = box;
    return { list, box };
  }

  #inside(list: number): number {
    return Math.max(0, Math.min(list, this.total - this.view));
  }

  /** Lengths of what lies between the two ends, in the list and in the box. */
  get #between(): { list: number; box: number } {
    return { list: this.total - this.view - 2 * EXACT_PX, box: this.height - this.view - 2 * EXACT_PX };
  }

  #boxAt(list: number): number {
    if (this.total <= MOST_PX) return list;
    const between = this.#between;
    if (list <= EXACT_PX) return list;
    if (list >= EXACT_PX + between.list) return list - between.list + between.box;
    return EXACT_PX + ((list - EXACT_PX) * between.box) / between.list;
  }

  #listAt(box: number): number {
    if (this.total <= MOST_PX) return box;
    const between = this.#between;
    if (box <= EXACT_PX) return box;
    if (box >= EXACT_PX + between.box) return box - between.box + between.list;
    return EXACT_PX + ((box - EXACT_PX) * between.list) / between.box;
  }
}
