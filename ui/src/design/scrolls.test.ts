import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isScrolling, scrolls } from "./scrolls";

let box: HTMLElement;
let stop: () => void;
function content(height: number): void {
  Object.defineProperty(box, "scrollHeight", { value: height, configurable: true });
  box.append(document.createElement("p"));
}

beforeEach(() => {
  box = document.createElement("div");
  document.body.append(box);
  Object.defineProperty(box, "clientHeight", { value: 100 });
  stop = scrolls("Jobs")(box);
});
afterEach(() => {
  stop();
  box.remove();
});

async function settled(): Promise<void> {
  await new Promise((next) => setTimeout(next));
}

describe("what scrolls", () => {
  it("is a named stop for the keyboard while it overflows, and none without", async () => {
    expect(box.hasAttribute("tabindex")).toBe(false);
    content(300);
    await settled();
    expect([box.tabIndex, box.getAttribute("role"), box.getAttribute("aria-label")]).toEqual([0, "region", "Jobs"]);
    expect(isScrolling(box, "ArrowDown")).toBe(true);
    expect(isScrolling(box, "C")).toBe(false);
    content(80);
    await settled();
    expect([box.hasAttribute("tabindex"), box.hasAttribute("role")]).toEqual([false, false]);
    expect(isScrolling(box, "ArrowDown")).toBe(false);
  });

  it("lets go of rows that are gone", async () => {
    const unobserve = vi.spyOn(ResizeObserver.prototype, "unobserve");
    content(300);
    await settled();
    const row = box.firstElementChild;
    if (!row) throw new Error("no row");
    expect(unobserve).not.toHaveBeenCalled();
    row.remove();
    await settled();
    expect(unobserve.mock.calls).toEqual([[row]]);
    unobserve.mockRestore();
  });

  it("keeps the focus of whoever stands in it", async () => {
    content(300);
    await settled();
    box.focus();
    content(80);
    await settled();
    expect(document.activeElement).toBe(box);
    box.blur();
    expect(box.hasAttribute("tabindex")).toBe(false);
  });
});
