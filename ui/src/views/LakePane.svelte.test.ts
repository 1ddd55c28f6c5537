import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MockBackend } from "../backend/mock/mock";
import Shell from "./Shell.svelte";

beforeEach(() => {
  localStorage.clear();
  location.hash = "#/activity";
});
afterEach(cleanup);

describe("the lake on the Activity desk", () => {
  it("is not spoken of when it lies on this machine", async () => {
    render(Shell, { backend: new MockBackend("", 0) });
    await screen.findByRole("region", { name: "Jobs" });
    expect(screen.queryByRole("region", { name: "Lake" })).toBeNull();
  });

  it("says since when it is away, what waits and what was refused, and asks it again", async () => {
    const backend = new MockBackend("", 0);
    backend.lakeState = {
      ...backend.lakeState,
      standing: "offline",
      since_millis: new Date(2026, 10, 22, 14, 3).getTime(),
      waiting_entries: 3,
      waiting_objects: 1,
      waiting_bytes: 5_000_000,
      fault: { code: "lake", message: "The lake cannot be reached.", hint: "", detail: "" },
      sending: [{ key: "proxy/ab/1.mp4", size_bytes: 5_000_000, refused: "Not allowed to write in the lake." }],
    };
    render(Shell, { backend });
    const pane = await screen.findByRole("region", { name: "Lake" });
    expect(pane.textContent).toContain("Offline since 14:03 · 3 decisions, 1 file waiting");
    expect(pane.textContent).toContain("The lake cannot be reached.");
    expect(pane.textContent).toContain("Not allowed to write in the lake.");
    expect(screen.getByRole("banner").textContent).toContain("offline since 14:03");
    await fireEvent.click(screen.getByRole("button", { name: "Ask the lake now" }));
    await waitFor(() => expect(backend.calls.some(({ name }) => name === "try_lake")).toBe(true));
    await fireEvent.click(screen.getByRole("button", { name: "Pause sending files" }));
    await screen.findByRole("button", { name: "Send files again" });
  });
});
