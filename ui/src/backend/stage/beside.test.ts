import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FollowingFilm } from "./beside";
import { evenFrames } from "./frames";
import type { StageAsset } from "./host";

let mediaSeconds = 0;
let paused = true;
let shows: VideoFrameRequestCallback | null = null;
let box: HTMLElement;

beforeEach(() => {
  mediaSeconds = 0;
  paused = true;
  shows = null;
  const media = HTMLMediaElement.prototype;
  vi.spyOn(media, "currentSrc", "get").mockReturnValue("/media/b/proxy.mp4");
  vi.spyOn(media, "error", "get").mockReturnValue(null);
  vi.spyOn(media, "currentTime", "get").mockImplementation(() => mediaSeconds);
  vi.spyOn(media, "currentTime", "set").mockImplementation((seconds) => (mediaSeconds = seconds));
  vi.spyOn(media, "load").mockImplementation(() => undefined);
  vi.spyOn(media, "pause").mockImplementation(() => (paused = true));
  vi.spyOn(media, "play").mockImplementation(() => {
    paused = false;
    return Promise.resolve();
  });
  HTMLVideoElement.prototype.requestVideoFrameCallback = (show) => {
    shows = show;
    return 1;
  };
  HTMLVideoElement.prototype.cancelVideoFrameCallback = () => (shows = null);
  HTMLImageElement.prototype.decode = () => Promise.resolve();
  box = document.createElement("div");
});

afterEach(() => vi.restoreAllMocks());

/** Two films: the viewer's at 25 frames a second, and one at `rate` that follows from its frame 10 on. */
function following(rate = 25) {
  const asset: StageAsset = {
    id: "b",
    frame_count: rate * 10,
    frame_rate: String(rate),
    duration_secs: 10,
    width: 160,
    height: 90,
    has_video: true,
    has_audio: true,
    proxy_height: null,
    interlaced: false,
  };
  const asked: number[] = [];
  const told: number[] = [];
  const source = {
    proxy: () => "/media/b/proxy.mp4",
    frame: (_asset: string, n: number) => {
      asked.push(n);
      return `/frame/${n}`;
    },
    timeline: () => "",
    layout: () => Promise.reject(new Error("not asked for here")),
    index: () => Promise.resolve(null),
  };
  const film = new FollowingFilm(source, asset, "a", { viewed: 0, frame: 10 }, (frame) => told.push(frame));
  film.mount(box);
  return { film, asked, told };
}

const viewer = evenFrames(250, 25);

test("at rest the exact frame is shown, the newest wish of several only", async () => {
  const { film, asked, told } = following();
  for (const frame of [0, 1, 2, 40]) film.lead({ frame, playing: false, speed: 1 }, viewer);
  await vi.waitFor(() => expect(told.at(-1)).toBe(50));
  expect(asked, "what the hand passed over is not loaded").toEqual([10, 50]);
  expect(box.querySelector<HTMLElement>(".stage-frame")?.dataset["frame"]).toBe("50");
  film.lead({ frame: 40, playing: false, speed: 1 }, viewer);
  expect(asked).toHaveLength(2);
});

test("a film of another rate goes by time", async () => {
  const { film, told } = following(50);
  film.lead({ frame: 100, playing: false, speed: 1 }, viewer);
  // Four seconds on from its frame 10.
  await vi.waitFor(() => expect(told.at(-1)).toBe(210));
});

test("while the other runs it runs beside it, silently, and is brought back when it drifts", async () => {
  const { film, told } = following();
  film.lead({ frame: 0, playing: false, speed: 1 }, viewer);
  await vi.waitFor(() => expect(told).toEqual([10]));
  film.lead({ frame: 25, playing: true, speed: 1 }, viewer);
  const video = box.querySelector("video");
  expect([paused, video?.muted]).toEqual([false, true]);
  expect(mediaSeconds).toBeCloseTo(1.405, 3);
  shows?.(0, { mediaTime: 1.4 } as VideoFrameCallbackMetadata);
  expect(told.at(-1)).toBe(35);
  // A little late: it runs a little faster. Far off: it goes there.
  mediaSeconds = 1.36;
  film.lead({ frame: 26, playing: true, speed: 2 }, viewer);
  expect(video?.playbackRate).toBeCloseTo(2 * 1.085, 2);
  film.lead({ frame: 125, playing: true, speed: 1 }, viewer);
  expect(mediaSeconds).toBeCloseTo(5.405, 3);
  film.lead({ frame: 126, playing: false, speed: 1 }, viewer);
  expect(paused).toBe(true);
  await vi.waitFor(() => expect(told.at(-1)).toBe(136));
});

test("beyond its end it stands on its last frame", async () => {
  const { film, told } = following();
  film.lead({ frame: 245, playing: true, speed: 1 }, viewer);
  await vi.waitFor(() => expect(told.at(-1)).toBe(249));
  expect(paused).toBe(true);
});
