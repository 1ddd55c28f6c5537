/** Rectangles of open popups. A native stage lies over the page and must leave these out. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

const open = new Set<Element>();
let told: (rects: Rect[]) => void = () => undefined;
let pending = 0;

/** Names who hears of the rectangles. */
export function onHoles(hear: (rects: Rect[]) => void): void {
  told = hear;
}

/** Attachment for everything that may lie over the stage: reports its place while it is there. */
export function hole(element: Element): () => void {
  open.add(element);
  const observer = new ResizeObserver(soon);
  observer.observe(element);
  window.addEventListener("resize", soon);
  soon();
  return () => {
    observer.disconnect();
    window.removeEventListener("resize", soon);
    open.delete(element);
    soon();
  };
}

function soon(): void {
  cancelAnimationFrame(pending);
  pending = requestAnimationFrame(() => {
    told(
      [...open].map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x, y, width, height };
      }),
    );
  });
}
