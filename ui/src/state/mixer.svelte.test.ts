import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Desk } from "./desk.svelte";
import { openDesk } from "./testdesk.svelte";

let desk: Desk;
let close: () => void;
beforeEach(async () => {
  ({ desk, close } = await openDesk());
});
afterEach(() => {
  close();
  localStorage.clear();
});

it("channels are muted, soloed and placed, kept for each film, and told to the stage again when it opens", async () => {
  const told = vi.spyOn(desk.backend.stage, "mix").mockResolvedValue(["FL", "FR", "FC"]);
  const { mixer } = desk;
  await mixer.open("one");
  expect(told).toHaveBeenLastCalledWith(null);
  expect(mixer.names).toEqual(["FL", "FR", "FC"]);
  mixer.set(1, { mute: true });
  mixer.set(2, { solo: true, side: "left" });
  const mixed = [
    { mute: false, solo: false, side: "laid" },
    { mute: true, solo: false, side: "laid" },
    { mute: false, solo: true, side: "left" },
  ];
  expect(told).toHaveBeenLastCalledWith(mixed);
  expect(mixer.changed).toBe(true);
  await mixer.open("two");
  expect(told).toHaveBeenLastCalledWith(null);
  expect(mixer.changed).toBe(false);
  await mixer.open("one");
  expect(told).toHaveBeenLastCalledWith(mixed);
  expect(mixer.channels).toEqual(mixed);
  mixer.reset();
  expect(mixer.changed).toBe(false);
  expect(localStorage.getItem("mix.one.3")).toBeNull();
});

it("what was said of an original's channels waits while only its proxy is there", async () => {
  const names = vi.spyOn(desk.backend.stage, "mix").mockResolvedValue(["L", "R", "C", "LFE"]);
  const { mixer } = desk;
  await mixer.open("film");
  mixer.set(2, { solo: true });
  const mixed = mixer.channels;
  names.mockResolvedValue(["FL", "FR"]);
  await mixer.open(null);
  await mixer.open("film");
  expect(mixer.channels.map(({ solo }) => solo)).toEqual([false, false]);
  mixer.set(0, { mute: true });
  names.mockResolvedValue(["L", "R", "C", "LFE"]);
  await mixer.open(null);
  await mixer.open("film");
  expect(mixer.channels).toEqual(mixed);
  expect(names).toHaveBeenLastCalledWith(mixed);
});

it("what was kept and does not read is forgotten", async () => {
  vi.spyOn(desk.backend.stage, "mix").mockResolvedValue(["1"]);
  localStorage.setItem("mix.broken.1", '[{"mute":"yes"}]');
  await desk.mixer.open("broken");
  expect(desk.mixer.channels).toEqual([{ mute: false, solo: false, side: "laid" }]);
});
