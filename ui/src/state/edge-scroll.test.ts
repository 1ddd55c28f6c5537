import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EdgeScroll, speedAt } from "./edge-scroll";

const PANE = { left: 100, right: 1100, top: 30, foot: 330 };

let step: FrameRequestCallback | null = null;
let now = 0;

beforeEach(() => {
  step = null;
  now = performance.now();
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((next) => {
    step = next;
    return 1;
  });
  vi.spyOn(window, "cancelAnimationFrame").mockImplementation(() => (step = null));
});
afterEach(() => vi.restoreAllMocks());

/** Lets so many pictures pass, 16 ms each; fewer when nothing asks for one. */
function pass(pictures: number): number {
  let drawn = 0;
  while (step && drawn < pictures) {
    const next: FrameRequestCallback = step;
    step = null;
    next((now += 16));
    drawn += 1;
  }
  return drawn;
}

function scrolling(room = Infinity) {
  const gone = { right: 0, down: 0 };
  const scroll = vi.fn((right: number, down: number) => {
    gone.right += right;
    gone.down += down;
    return Math.abs(gone.right) < room;
  });
  return { gone, scroll, edge: new EdgeScroll(() => PANE, scroll) };
}

describe("a drag at the edge", () => {
  it("scrolls faster the further out it is, and stops when it comes back or ends", () => {
    const { edge, gone } = scrolling();
    edge.begin({ x: 600, y: 200 });
    edge.follow({ x: 1000, y: 200 });
    expect(pass(10), "in the middle nothing moves").toBe(0);
    edge.follow({ x: 1090, y: 200 });
    pass(10);
    const near = gone.right;
    expect(near).toBeGreaterThan(10);
    edge.follow({ x: 1160, y: 200 });
    pass(10);
    expect(gone.right - near).toBeGreaterThan(3 * near);
    edge.follow({ x: 600, y: 200 });
    pass(1);
    expect(pass(10)).toBe(0);
    edge.follow({ x: 90, y: 200 });
    const turned = gone.right;
    pass(5);
    expect(gone.right).toBeLessThan(turned);
    edge.end();
    expect(pass(5)).toBe(0);
    expect(gone.down).toBe(0);
  });

  it("leaves what was taken hold of at the edge alone until the hand moves outwards", () => {
    const { edge, gone } = scrolling();
    edge.begin({ x: 1095, y: 200 });
    edge.follow({ x: 1094, y: 201 });
    pass(5);
    expect(gone.right).toBe(0);
    edge.follow({ x: 1099, y: 201 });
    pass(5);
    expect(gone.right).toBeGreaterThan(0);
  });

  it("asks for no more pictures at the end of the film", () => {
    const { edge, scroll } = scrolling(40);
    edge.begin({ x: 600, y: 200 });
    edge.follow({ x: 1150, y: 200 });
    expect(pass(1000)).toBeLessThan(20);
    const calls = scroll.mock.calls.length;
    edge.follow({ x: 1151, y: 200 });
    pass(3);
    expect(scroll.mock.calls.length, "until the hand moves again").toBeGreaterThan(calls);
  });

  it("never goes faster than eyes follow", () => {
    expect(speedAt(0, 1000)).toBe(0);
    expect(speedAt(5, 1000)).toBeLessThan(speedAt(6, 1000));
    expect(speedAt(5000, 1000)).toBe(3000);
  });
});
