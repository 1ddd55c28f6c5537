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

describe("what others put into the lake", () => {
  it("is turned on here, and says what was heard, taken in and refused", async () => {
    const backend = new MockBackend("", 0);
    const at = new Date(2026, 10, 22, 14, 3).getTime();
    backend.lakeState = {
      ...backend.lakeState,
      standing: "reached",
      foreign: {
        on: true,
        queue: "https://sqs.eu-west-1.amazonaws.com/111122223333/foreign",
        event: { millis: at, words: "incoming/a.mov arrived" },
        listing: { millis: at, words: "2 objects of others, 1 new" },
        waiting: 0,
        taken: 1,
        refused: 1,
        archived: 0,
        gone: 0,
        objects: [
          { key: "incoming/notes.mov", size_bytes: 12, state: "refused", why: "Not media.", since_millis: at },
          { key: "incoming/a.mov", size_bytes: 5_000_000, state: "taken", since_millis: at },
        ],
      },
    };
    render(Shell, { backend });
    const pane = await screen.findByRole("region", { name: "From others" });
    expect(pane.textContent).not.toContain("Last notification");
    await fireEvent.click(screen.getByRole("checkbox", { name: /Take in media/ }));
    expect(backend.calls).toContainEqual({ name: "set_settings", request: { lake_take_in_foreign: true } });
    await waitFor(() => expect(pane.textContent).toContain("Last notification 14:03: incoming/a.mov arrived"));
    expect(pane.textContent).toContain("1 taken in, 1 not taken in");
    expect(pane.textContent).toContain("2 objects of others, 1 new");
    expect(pane.textContent).toContain("Not media.");
    const queue = screen.getByRole("textbox", { name: /Queue/ });
    await fireEvent.change(queue, { target: { value: "arn:aws:sqs:eu-west-1:111122223333:other" } });
    await waitFor(() =>
      expect(backend.calls).toContainEqual({
        name: "set_settings",
        request: { lake_event_queue: "arn:aws:sqs:eu-west-1:111122223333:other" },
      }),
    );
  });
});
