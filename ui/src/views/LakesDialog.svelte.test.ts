import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MockBackend } from "../backend/mock/mock";
import Program from "./Program.svelte";

beforeEach(() => {
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

async function shown(backend: MockBackend): Promise<HTMLElement> {
  render(Program, { backend });
  await screen.findByRole("listbox", { name: "Proposals" });
  await fireEvent.keyDown(document.body, { key: "L", ctrlKey: true, shiftKey: true });
  return screen.findByRole("dialog", { name: "Lakes" });
}

const bar = (): Promise<HTMLElement> => screen.findByRole("button", { name: /^northlight.* · / });

describe("the lakes", () => {
  it("are listed with what waits in each, and another one is opened by keys", async () => {
    const backend = new MockBackend("", 0);
    const dialog = await shown(backend);
    const open = await within(dialog).findByRole("button", { name: /^northlight lake/ });
    expect(open.getAttribute("aria-current")).toBe("true");
    const other = within(dialog).getByRole("button", { name: /^northlight-media\/season-2/ });
    expect(other.textContent).toContain("14 decisions and 3 files, 2.4 GB waiting");
    open.focus();
    await fireEvent.keyDown(open, { key: "ArrowDown" });
    expect(document.activeElement).toBe(other);
    await fireEvent.click(other);
    // The page begins anew: no popup, and it says where one is.
    await screen.findByText("northlight-media/season-2 is open.");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect((await bar()).textContent).toContain("season-2");
  });

  it("stay as they were when one cannot be opened, and say why", async () => {
    const backend = new MockBackend("", 0);
    const dialog = await shown(backend);
    await fireEvent.click(await within(dialog).findByRole("button", { name: /^rushes/ }));
    const said = await within(dialog).findByRole("alert");
    expect(said.textContent).toContain("is not there");
    expect(said.textContent).toContain("northlight lake is still open");
    expect((await bar()).textContent).toContain("northlight lake");
  });

  it("are forgotten from the list, after a question where something waits", async () => {
    const backend = new MockBackend("", 0);
    const dialog = await shown(backend);
    expect(within(dialog).queryByRole("button", { name: "Forget northlight lake" })).toBeNull();
    await fireEvent.click(await within(dialog).findByRole("button", { name: "Forget northlight-media/season-2" }));
    expect(within(dialog).getByRole("alert").textContent).toContain("They stay in this home");
    expect(backend.calls.some(({ name }) => name === "forget_lake")).toBe(false);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Take it off the list" }));
    await waitFor(() =>
      expect(within(dialog).queryByRole("button", { name: /^northlight-media\/season-2/ })).toBeNull(),
    );
    const row = within(dialog).getByRole("button", { name: /^rushes/ });
    row.focus();
    await fireEvent.keyDown(row, { key: "Delete" });
    await waitFor(() => expect(within(dialog).queryByRole("button", { name: /^rushes/ })).toBeNull());
  });

  it("begin every page anew, whoever opened the other one", async () => {
    const backend = new MockBackend("", 0);
    render(Program, { backend });
    await screen.findByRole("listbox", { name: "Proposals" });
    await backend.call("open_lake", { id: "l2" });
    await screen.findByText("northlight-media/season-2 is open.");
  });
});
