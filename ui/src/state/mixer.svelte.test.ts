import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AT_REST, type TransportState } from "../backend";
import type { Desk } from "./desk.svelte";
import { Mixer } from "./mixer.svelte";
import { openDesk, until } from "./testdesk.svelte";

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
  expect(told).toHaveBeenLastCalledWith("one", null);
  expect(mixer.names).toEqual(["FL", "FR", "FC"]);
  mixer.set(1, { mute: true });
  mixer.set(2, { solo: true, side: "left" });
  const mixed = [
    { mute: false, solo: false, side: "laid" },
    { mute: true, solo: false, side: "laid" },
    { mute: false, solo: true, side: "left" },
  ];
  expect(told).toHaveBeenLastCalledWith("one", mixed);
  expect(mixer.changed).toBe(true);
  await mixer.open("two");
  expect(told).toHaveBeenLastCalledWith("two", null);
  expect(mixer.changed).toBe(false);
  await mixer.open("one");
  expect(told).toHaveBeenLastCalledWith("one", mixed);
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
  expect(names).toHaveBeenLastCalledWith("film", mixed);
});

it("what was kept and does not read is forgotten", async () => {
  vi.spyOn(desk.backend.stage, "mix").mockResolvedValue(["1"]);
  localStorage.setItem("mix.broken.1", '[{"mute":"yes"}]');
  await desk.mixer.open("broken");
  expect(desk.mixer.channels).toEqual([{ mute: false, solo: false, side: "laid" }]);
});

it("an original that comes after its proxy has its own channels, and what was kept for them", async () => {
  const { stage } = desk.backend;
  let hear: (state: TransportState) => void = () => undefined;
  vi.spyOn(stage, "onTransport").mockImplementation((given) => {
    hear = given;
    return () => undefined;
  });
  const told = vi.spyOn(stage, "mix").mockResolvedValue(["FL", "FR"]);
  const failed = vi.fn();
  const mixer = new Mixer(stage, failed);
  const six = [0, 1, 2, 3, 4, 5].map((n) => ({ mute: n === 3, solo: false, side: "laid" as const }));
  localStorage.setItem("mix.film.6", JSON.stringify(six));
  hear({ ...AT_REST, reel: 1 });
  expect(told).not.toHaveBeenCalled();
  await mixer.open("film");
  mixer.set(0, { mute: true });
  const calls = told.mock.calls.length;
  hear({ ...AT_REST, reel: 1, frame: 9 });
  hear(AT_REST);
  expect(told).toHaveBeenCalledTimes(calls);
  told.mockResolvedValue(["FL", "FR", "FC", "LFE", "SL", "SR"]);
  hear({ ...AT_REST, reel: 2 });
  await until(() => mixer.names.length === 6);
  expect(mixer.channels).toEqual(six);
  expect(told).toHaveBeenLastCalledWith("film", six);
  // The proxy again: what was said of its two channels, and not of the six.
  told.mockResolvedValue(["FL", "FR"]);
  hear({ ...AT_REST, reel: 3 });
  await until(() => mixer.names.length === 2);
  expect(mixer.channels.map(({ mute }) => mute)).toEqual([true, false]);
  told.mockRejectedValue(new Error("too far behind"));
  hear({ ...AT_REST, reel: 4 });
  await until(() => failed.mock.calls.length === 1);
});

it("an answer that comes after a newer one is not taken", async () => {
  const { stage } = desk.backend;
  let hear: (state: TransportState) => void = () => undefined;
  vi.spyOn(stage, "onTransport").mockImplementation((given) => {
    hear = given;
    return () => undefined;
  });
  let late: (names: string[]) => void = () => undefined;
  const told = vi.spyOn(stage, "mix").mockReturnValueOnce(new Promise((answer) => (late = answer)));
  told.mockResolvedValue(["1", "2", "3"]);
  const mixer = new Mixer(stage, vi.fn());
  const opened = mixer.open("film");
  hear({ ...AT_REST, reel: 1 });
  await until(() => mixer.names.length === 3);
  late(["FL", "FR"]);
  await opened;
  expect(mixer.names).toEqual(["1", "2", "3"]);
});

it("what an earlier desk kept for a film is taken over where it fits", async () => {
  const names = vi.spyOn(desk.backend.stage, "mix").mockResolvedValue(["FL", "FR"]);
  const kept = ["left", "right", "both"].map((side) => ({ mute: false, solo: false, side }));
  localStorage.setItem("mix.old", JSON.stringify(kept));
  await desk.mixer.open("old");
  expect(desk.mixer.changed).toBe(false);
  names.mockResolvedValue(["1", "2", "3"]);
  await desk.mixer.open(null);
  await desk.mixer.open("old");
  expect(desk.mixer.channels).toEqual(kept);
  desk.mixer.reset();
  await desk.mixer.open(null);
  await desk.mixer.open("old");
  expect(desk.mixer.changed).toBe(false);
});
