import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser";

let ticks: FrameRequestCallback[] = [];
let mediaSeconds = 0;
let paused = true;

beforeEach(() => {
  ticks = [];
  mediaSeconds = 0;
  paused = true;
  vi.spyOn(window, "requestAnimationFrame").mockImplementation((tick) => ticks.push(tick));
  vi.spyOn(window, "cancelAnimationFrame").mockImplementation(() => (ticks = []));
  const media = HTMLMediaElement.prototype;
  vi.spyOn(media, "paused", "get").mockImplementation(() => paused);
  vi.spyOn(media, "currentSrc", "get").mockReturnValue("/media/voice/proxy.mp4");
  vi.spyOn(media, "error", "get").mockReturnValue(null);
  vi.spyOn(media, "currentTime", "get").mockImplementation(() => mediaSeconds);
  vi.spyOn(media, "currentTime", "set").mockImplementation((seconds) => (mediaSeconds = seconds));
  vi.spyOn(media, "load").mockImplementation(() => undefined);
  vi.spyOn(media, "pause").mockImplementation(() => (paused = true));
  vi.spyOn(media, "play").mockImplementation(() => {
    paused = false;
    return Promise.resolve();
  });
  HTMLVideoElement.prototype.getVideoPlaybackQuality = () =>
    ({ droppedVideoFrames: 0 }) as unknown as VideoPlaybackQuality;
});

afterEach(() => vi.restoreAllMocks());

test("sound without picture takes the playhead along", async () => {
  const stage = new BrowserStage("browser", "in the page", {
    proxy: () => "/media/voice/proxy.mp4",
    frame: () => "",
    timeline: () => "",
    layout: () => Promise.reject(new Error("not asked for here")),
    index: () => Promise.resolve(null),
  });
  let frame = -1;
  stage.onTransport((state) => (frame = state.frame));
  await stage.open({
    id: "voice",
    frame_count: 250,
    frame_rate: null,
    duration_secs: 10,
    width: 0,
    height: 0,
    has_video: false,
    has_audio: true,
    proxy_height: null,
  });
  stage.seek(50);
  stage.play();
  expect(mediaSeconds).toBeCloseTo(2, 2);
  mediaSeconds = 3.5;
  ticks.at(-1)?.(0);
  expect(frame).toBe(87);
  mediaSeconds = 4;
  ticks.at(-1)?.(0);
  expect(frame).toBe(100);
  stage.pause();
  expect(ticks).toHaveLength(0);
});
