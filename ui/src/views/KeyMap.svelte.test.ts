import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MockBackend } from "../backend/mock/mock";
import { until } from "../state/testdesk.svelte";
import Shell from "./Shell.svelte";

let backend: MockBackend;
beforeEach(async () => {
  localStorage.clear();
  location.hash = "";
  backend = new MockBackend("", 0);
  render(Shell, { target: document.body, props: { backend } });
  await until(() => document.querySelectorAll("[role=option]").length > 0);
  await fireEvent.keyDown(document.body, { key: "?", shiftKey: true });
});
afterEach(cleanup);

async function strike(element: Element, key: string): Promise<void> {
  await fireEvent.keyDown(element, { key });
  await fireEvent.keyUp(element, { key });
}

it("binds a key differently from the keyboard, and says who is in the way before", async () => {
  const dialog = within(screen.getByRole("dialog", { name: "Keys" }));
  await fireEvent.click(await dialog.findByRole("button", { name: /^Circle\s?: C$/ }));
  const add = dialog.getByRole("button", { name: "Add a key" });
  expect(document.activeElement).toBe(add);
  await fireEvent.click(add);
  await strike(add, "r");
  dialog.getByText(/R is already “Reject”/);
  dialog.getByRole("button", { name: /^Reject\s?: R$/ });
  await fireEvent.click(dialog.getByRole("button", { name: "Take it from there" }));
  dialog.getByRole("button", { name: /^Circle\s?: C or R$/ });
  dialog.getByRole("button", { name: /^Reject\s?: no key$/ });
  await fireEvent.click(dialog.getByRole("button", { name: "Save keys" }));
  await until(() => dialog.queryByText(/hold from now on/) !== null);
  expect(backend.calls.find((call) => call.name === "set_keymap")?.request).toEqual({
    preset: "circletake",
    bindings: { "review.circle": ["C", "R"], "review.reject": [] },
  });
});
