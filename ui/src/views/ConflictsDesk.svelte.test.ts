import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MockBackend } from "../backend/mock/mock";
import Shell from "./Shell.svelte";

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

async function shown(): Promise<MockBackend> {
  const backend = new MockBackend("", 0);
  render(Shell, { backend });
  await screen.findByRole("listbox", { name: "Proposals" });
  await fireEvent.keyDown(document.body, { key: "4", ctrlKey: true });
  return backend;
}

const decisions = (backend: MockBackend): unknown[] =>
  backend.calls.filter(({ name }) => name === "decide").map(({ request }) => request);

describe("the Conflicts desk", () => {
  it("settles what is at hand with the review's own keys, and the next one is at hand", async () => {
    const backend = await shown();
    const list = await screen.findByRole("listbox", { name: "Disagreements" });
    const rows = (): number => list.querySelectorAll("[role=option]").length;
    await waitFor(() => expect(rows()).toBeGreaterThan(0));
    const before = rows();
    await fireEvent.keyDown(list, { key: "r" });
    await waitFor(() => expect(decisions(backend)).toHaveLength(1));
    expect(decisions(backend)[0]).toMatchObject({ verdict: "reject" });
    if (before > 1) await waitFor(() => expect(rows()).toBe(before - 1));
    else await screen.findByText("Nobody disagrees");
    // Nothing at hand, nothing decided.
    for (let at = 1; at < before; at += 1) {
      await fireEvent.keyDown(document.body, { key: "c" });
      await waitFor(() => expect(decisions(backend)).toHaveLength(at + 1));
    }
    await screen.findByText("Nobody disagrees");
    await fireEvent.keyDown(document.body, { key: "c" });
    expect(decisions(backend)).toHaveLength(before);
  });
});
