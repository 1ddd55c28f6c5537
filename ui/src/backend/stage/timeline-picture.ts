import type { TimelineLayout, TimelineView } from "../wire";
import type { PictureSource } from "./browser";

/** The timeline's picture: replaced when the next one is decoded, and moved along meanwhile. */
export class TimelinePicture {
  #box: HTMLElement | null = null;
  #labels = clip();
  #lanes = clip();
  #drawn: TimelineView | null = null;
  #timeX = 0;
  #wanted = 0;
  /** Where the view is now, whatever is drawn. */
  #now: TimelineView | null = null;
  /** Counts films: a picture of the one before is of no use. */
  #turn = 0;
  #busy: Promise<unknown> | null = null;

  mount(box: HTMLElement): () => void {
    this.#box = box;
    box.append(this.#labels, this.#lanes);
    return () => {
      this.#labels.remove();
      this.#lanes.remove();
      this.#box = null;
    };
  }

  clear(): void {
    this.#wanted += 1;
    this.#turn += 1;
    this.#drawn = null;
    this.#now = null;
    this.#labels.replaceChildren();
    this.#lanes.replaceChildren();
  }

  async draw(view: TimelineView, source: PictureSource): Promise<TimelineLayout | null> {
    this.#wanted += 1;
    const mine = this.#wanted;
    this.#moveAlong(view);
    this.#now = view;
    const turn = this.#turn;
    // One picture at a time: while it is drawn newer views wait, and only the newest of them is drawn next.
    while (this.#busy) await this.#busy;
    if (mine !== this.#wanted || turn !== this.#turn) return null;
    const work = this.#load(view, source);
    this.#busy = work.then(
      () => undefined,
      () => undefined,
    );
    try {
      const { layout, first, second } = await work;
      if (turn !== this.#turn) return null;
      // Also when the view has gone on meanwhile: it is nearer than the one before, and a view that never rests would show nothing.
      this.#swap(view, layout, first, second);
      if (this.#now) this.#moveAlong(this.#now);
      return layout;
    } finally {
      this.#busy = null;
    }
  }

  async #load(view: TimelineView, source: PictureSource) {
    const [layout, address] = await Promise.all([source.layout(view), source.timeline(view)]);
    const first = timelineImage(address, view);
    const second = timelineImage(address, view);
    await Promise.all([first.decode(), second.decode()]);
    return { layout, first, second };
  }

  #swap(view: TimelineView, layout: TimelineLayout, first: HTMLImageElement, second: HTMLImageElement): void {
    this.#timeX = layout.gutter_width;
    this.#drawn = view;
    this.#labels.style.left = "0";
    this.#labels.style.width = `${this.#timeX}px`;
    this.#lanes.style.left = `${this.#timeX}px`;
    this.#lanes.style.right = "0";
    second.style.marginLeft = `${-this.#timeX}px`;
    this.#labels.replaceChildren(first);
    this.#lanes.replaceChildren(second);
  }

  #moveAlong(view: TimelineView): void {
    const picture = this.#lanes.firstElementChild;
    if (!this.#box || !this.#drawn || !(picture instanceof HTMLElement)) return;
    const scale = view.px_per_sec / this.#drawn.px_per_sec;
    const shift = (this.#drawn.start_secs - view.start_secs) * view.px_per_sec;
    picture.style.transformOrigin = `${this.#timeX}px 0`;
    picture.style.transform = `translate(${shift}px, ${this.#drawn.scroll_px - view.scroll_px}px) scaleX(${scale})`;
  }
}

function clip(): HTMLDivElement {
  const box = document.createElement("div");
  box.className = "stage-clip";
  return box;
}

function timelineImage(address: string, view: TimelineView): HTMLImageElement {
  const picture = new Image();
  picture.src = address;
  picture.alt = "";
  picture.className = "stage-timeline";
  picture.style.width = `${view.width_px}px`;
  picture.style.height = `${view.height_px}px`;
  return picture;
}
