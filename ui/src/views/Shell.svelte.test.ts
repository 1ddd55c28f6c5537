import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MockBackend } from "../backend/mock/mock";
import Shell from "./Shell.svelte";

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});

afterEach(cleanup);

async function circled(): Promise<HTMLElement[]> {
  const list = await screen.findByRole("listbox", { name: "Proposals" });
  return within(list).queryAllByRole("img", { name: "circled" });
}

describe("the Review desk", () => {
  it("shows the proposals with their marks, and paints a verdict given by key", async () => {
    render(Shell, { backend: new MockBackend("", 0) });
    const list = await screen.findByRole("listbox", { name: "Proposals" });
    expect(within(list).getAllByRole("img", { name: "undecided" }).length).toBeGreaterThan(3);
    expect(await circled()).toHaveLength(0);
    const heading = await screen.findByRole("heading", { name: /undecided/ });
    const before = Number.parseInt(heading.textContent ?? "", 10);
    await fireEvent.keyDown(document.body, { key: "c" });
    expect(await circled()).toHaveLength(1);
    expect(Number.parseInt(heading.textContent ?? "", 10)).toBe(before - 1);
  });

  it("shows on the transport row whether playing loops, by key and by button", async () => {
    render(Shell, { backend: new MockBackend("", 0) });
    await screen.findByRole("listbox", { name: "Proposals" });
    const row = screen.getByRole("toolbar", { name: "Transport" });
    const loop = within(row).getByRole("button", { name: "Loop between the marks" });
    expect(loop.getAttribute("aria-pressed")).toBe("false");
    await fireEvent.keyDown(document.body, { key: "l", ctrlKey: true });
    expect(loop.getAttribute("aria-pressed")).toBe("true");
    await fireEvent.click(loop);
    expect(loop.getAttribute("aria-pressed")).toBe("false");
    const around = within(row).getByRole("button", { name: "Play around" });
    await fireEvent.keyDown(document.body, { key: "/" });
    expect(around.getAttribute("aria-pressed")).toBe("true");
    await fireEvent.keyDown(document.body, { key: "k" });
    expect(around.getAttribute("aria-pressed")).toBe("false");
  });

  it("changes whether scrubbing is heard, and says where it is not", async () => {
    const backend = new MockBackend("", 0);
    render(Shell, { backend });
    await screen.findByRole("listbox", { name: "Proposals" });
    await fireEvent.keyDown(document.body, { key: ",", ctrlKey: true });
    const choice = await screen.findByRole("checkbox", { name: "Sound while stepping and scrubbing" });
    expect(screen.getByText(/in the desktop window only/)).toBeTruthy();
    await fireEvent.click(choice);
    await waitFor(async () => expect((await backend.call("settings", {})).sound_while_scrubbing).toBe(false));
  });

  it("says what is safe and what to do when a verdict is refused", async () => {
    render(Shell, { backend: new MockBackend("refuse", 0) });
    await screen.findByRole("listbox", { name: "Proposals" });
    const verdicts = screen.getByRole("toolbar", { name: "Verdict" });
    await fireEvent.click(within(verdicts).getByRole("button", { name: /^Circle/ }));
    expect(await screen.findByText(/Not decided: .*disk is full/)).toBeTruthy();
    expect(screen.getByText(/Free some space/)).toBeTruthy();
    expect(await circled()).toHaveLength(0);
  });

  it("says at a first start that the demo film is being made", async () => {
    render(Shell, { backend: new MockBackend("demo", 0) });
    expect(await screen.findByRole("heading", { name: "The demo film is being made" })).toBeTruthy();
    expect(screen.getByRole("progressbar", { name: "Making the demo film" }).getAttribute("aria-valuenow")).toBe("34");
    expect(screen.queryByText("No film yet")).toBeNull();
  });

  it("says how far a file is and why it cannot be decided on yet, and asks for nothing of it", async () => {
    const backend = new MockBackend("", 0);
    render(Shell, { backend });
    await screen.findByRole("listbox", { name: "Proposals" });
    const { assets } = await backend.call("assets", {});
    const coming = assets.find((asset) => asset.state === "ingesting");
    if (!coming) throw new Error("the mock has no file on its way");
    await fireEvent.click(screen.getByRole("button", { name: new RegExp(`^${coming.title}`) }));
    expect(await screen.findByText(/no verdict could be kept/)).toBeTruthy();
    expect(await screen.findByText("Still being ingested")).toBeTruthy();
    expect(screen.getByText(/3\.4× real time/)).toBeTruthy();
    const asked = backend.calls.filter(
      ({ name, request }) => name !== "assets" && JSON.stringify(request).includes(coming.id),
    );
    expect(asked).toEqual([]);
  });

  it("says why a file was not taken in, and offers to try again", async () => {
    const backend = new MockBackend("", 0);
    render(Shell, { backend });
    await screen.findByRole("listbox", { name: "Proposals" });
    await fireEvent.click(screen.getByRole("button", { name: /^Card_07_broken/ }));
    expect((await screen.findAllByText(/ends in the middle of its index/)).length).toBeGreaterThan(0);
    await fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(backend.calls.at(-1)).toEqual({ name: "retry_job", request: { id: "j3" } });
  });

  it("leaves a marker's note as it was on Escape, also where the field's going counts as leaving it", async () => {
    const backend = new MockBackend("", 0);
    render(Shell, { backend });
    await screen.findByRole("listbox", { name: "Proposals" });
    await fireEvent.keyDown(document.body, { key: "m" });
    await waitFor(() => expect(backend.calls.some(({ name }) => name === "put_marker")).toBe(true));
    await fireEvent.keyDown(document.body, { key: "m" });
    const field = await screen.findByPlaceholderText("Note, then Enter");
    await fireEvent.input(field, { target: { value: "lens flare" } });
    await fireEvent.keyDown(field, { key: "Escape" });
    await fireEvent.blur(field);
    expect(screen.queryByPlaceholderText("Note, then Enter")).toBeNull();
    expect(backend.calls.filter(({ name }) => name === "edit_marker")).toEqual([]);
  });

  it("tells before undo and before redo who decided since", async () => {
    const backend = new MockBackend("", 0);
    backend.overtaken = "Ben decided on this since: that verdict stays.";
    render(Shell, { backend });
    await screen.findByRole("listbox", { name: "Proposals" });
    await fireEvent.click(await screen.findByRole("button", { name: "History" }));
    expect(await screen.findByText(backend.overtaken)).toBeTruthy();
    await fireEvent.keyDown(document.body, { key: "c" });
    await waitFor(() => expect(backend.calls.some(({ name }) => name === "decide")).toBe(true));
    expect(screen.queryByText(/^Redo of/)).toBeNull();
    await backend.call("undo", {});
    backend.say({ stale: ["undo"] });
    expect(await screen.findByText(/^Redo of “circle .*”: Ben decided on this since/)).toBeTruthy();
  });

  it("tells what to do in an empty lake", async () => {
    render(Shell, { backend: new MockBackend("empty", 0) });
    expect(await screen.findByText("Nothing here yet")).toBeTruthy();
    expect(screen.getAllByRole("button", { name: /Add files/ }).length).toBeGreaterThan(0);
  });

  it("previews a bulk verdict and gives it once", async () => {
    const backend = new MockBackend("", 0);
    render(Shell, { backend });
    await screen.findByRole("listbox", { name: "Proposals" });
    await fireEvent.keyDown(document.body, { key: "b" });
    const dialog = await screen.findByRole("dialog", { name: "Decide many" });
    await fireEvent.change(within(dialog).getByLabelText("Kind"), { target: { value: "" } });
    await within(dialog).findByText(/\d+ proposals ≥ 0\.90/);
    await fireEvent.click(within(dialog).getByRole("button", { name: /^Circle \d+/ }));
    const decisions = backend.calls.filter((call) => call.name === "decide");
    expect(decisions).toHaveLength(1);
    expect(await screen.findByText(/proposals circled\. Ctrl Z takes it back/)).toBeTruthy();
  });
});
