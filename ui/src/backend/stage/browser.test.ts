import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser";
import { AT_REST, type TransportState } from "./host";

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

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A stage that plays ten seconds of sound, 25 frames a second, and what it says. */
async function playing(proxy: string | null = "/media/voice/proxy.mp4", frame_rate: string | null = "25") {
  const stage = new BrowserStage("browser", "in the page", {
    proxy: () => proxy,
    frame: () => "",
    timeline: () => "",
    layout: () => Promise.reject(new Error("not asked for here")),
    index: () => Promise.resolve(null),
  });
  const said: { now: TransportState } = { now: AT_REST };
  stage.onTransport((state) => (said.now = state));
  await stage.open({
    id: "voice",
    frame_count: 250,
    frame_rate,
    duration_secs: 10,
    width: 0,
    height: 0,
    has_video: false,
    has_audio: true,
    proxy_height: null,
    interlaced: false,
  });
  return { stage, said };
}

/** The page paints with the film at `seconds`. */
function paintAt(seconds: number): void {
  mediaSeconds = seconds;
  ticks.at(-1)?.(0);
}

test("a loop shows its last frame whole and begins again at its first", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { stage, said } = await playing();
  stage.loop({ start: 50, end: 100 });
  expect(said.now).toMatchObject({ looping: true, playing: false });
  stage.seek(90);
  stage.play();
  paintAt(3.9);
  vi.advanceTimersByTime(1000);
  expect(mediaSeconds, "not before the last frame").toBe(3.9);
  paintAt(3.97);
  expect(said.now.frame).toBe(99);
  vi.advanceTimersByTime(28);
  expect(said.now.frame).toBe(99);
  vi.advanceTimersByTime(3);
  expect(said.now).toMatchObject({ frame: 50, playing: true, looping: true });
  expect(mediaSeconds).toBeCloseTo(2, 2);
  // From beyond the range the next painting brings it back; without a loop nothing does.
  paintAt(8);
  vi.advanceTimersByTime(1);
  expect(said.now.frame).toBe(50);
  stage.loop(null);
  paintAt(8);
  vi.advanceTimersByTime(5000);
  expect(said.now).toMatchObject({ frame: 200, playing: true, looping: false });
});

test("playing around a place goes back there, and pausing stays where it is", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { stage, said } = await playing();
  stage.seek(120);
  stage.around({ start: 70, end: 171 });
  expect(said.now).toMatchObject({ frame: 70, playing: true, speed: 1, around: true });
  paintAt(4);
  stage.around({ start: 70, end: 171 });
  expect(said.now).toMatchObject({ frame: 70, around: true });
  paintAt(6.8);
  vi.advanceTimersByTime(41);
  expect(said.now, "where it began, not where it was asked for again").toMatchObject({
    frame: 120,
    playing: false,
    around: false,
  });
  stage.around({ start: 70, end: 171 });
  paintAt(4);
  stage.pause();
  vi.advanceTimersByTime(10_000);
  expect(said.now).toMatchObject({ frame: 100, playing: false, around: false });
});

test("a loop goes round backwards too, where pictures are asked for one by one", async () => {
  const { stage, said } = await playing(null);
  const begin = performance.now();
  stage.loop({ start: 50, end: 100 });
  stage.seek(60);
  stage.shuttle(-1);
  ticks.at(-1)?.(begin);
  ticks.at(-1)?.(begin + 200);
  expect(said.now.frame).toBeLessThan(60);
  ticks.at(-1)?.(begin + 10_000);
  expect(said.now).toMatchObject({ frame: 99, playing: true, speed: -1 });
});

test("sound without picture takes the playhead along", async () => {
  const { stage, said } = await playing(undefined, null);
  stage.seek(50);
  stage.play();
  expect(mediaSeconds).toBeCloseTo(2, 2);
  mediaSeconds = 3.5;
  ticks.at(-1)?.(0);
  expect(said.now.frame).toBe(87);
  mediaSeconds = 4;
  ticks.at(-1)?.(0);
  expect(said.now.frame).toBe(100);
  stage.pause();
  expect(ticks).toHaveLength(0);
});

test("an original that cannot be had is said, and its proxy shows the same frame", async () => {
  const asked: [frame: number, original: boolean][] = [];
  const decode = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error("away")).mockResolvedValue();
  HTMLImageElement.prototype.decode = decode;
  const stage = new BrowserStage("browser", "in the page", {
    proxy: () => null,
    frame: (_asset, n, _width, _height, original) => {
      asked.push([n, original]);
      return "";
    },
    timeline: () => "",
    layout: () => Promise.reject(new Error("not asked for here")),
    index: () => Promise.resolve(null),
  });
  const said: { now: TransportState } = { now: AT_REST };
  stage.onTransport((state) => (said.now = state));
  stage.mountViewer(document.createElement("div"));
  stage.showOriginal(true);
  await stage.open({
    id: "film",
    frame_count: 250,
    frame_rate: "25",
    duration_secs: 10,
    width: 3840,
    height: 2160,
    has_video: true,
    has_audio: false,
    proxy_height: 720,
    interlaced: true,
  });
  await vi.waitFor(() => expect(decode).toHaveBeenCalledTimes(2));
  expect(asked).toEqual([
    [0, true],
    [0, false],
  ]);
  expect(said.now).toMatchObject({ original: false, source: "proxy" });
  expect(said.now.notice).toContain("its proxy is shown");
  stage.showOriginal(false);
  expect(said.now.notice).toBe("");
  stage.showOriginal(true);
  await vi.waitFor(() => expect(said.now).toMatchObject({ original: true, source: "original 2160i at rest" }));
});

test("a timeline that never rests shows what came of an earlier view, moved along, and then the newest", async () => {
  HTMLImageElement.prototype.decode = vi.fn<() => Promise<void>>().mockResolvedValue();
  const asked: { start: number; answer: () => void }[] = [];
  const layout = { lanes: [], items: [], ruler: [], content_height: 0, gutter_width: 92, ruler_height: 24 };
  const stage = new BrowserStage("browser", "in the page", {
    proxy: () => null,
    frame: () => "",
    timeline: () => "",
    layout: (view) =>
      new Promise((resolve) => asked.push({ start: view.start_secs, answer: () => resolve(layout as never) })),
    index: () => Promise.resolve(null),
  });
  const box = document.createElement("div");
  stage.mountTimeline(box);
  const view = (start_secs: number): Parameters<typeof stage.view>[0] =>
    ({ asset: "film", start_secs, px_per_sec: 10, width_px: 500, height_px: 100, scroll_px: 0 }) as never;
  const [first, second, third] = [stage.view(view(0)), stage.view(view(1)), stage.view(view(2))];
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  asked[0]?.answer();
  expect(await first).not.toBeNull();
  const shown = box.querySelectorAll<HTMLElement>(".stage-timeline")[1];
  expect(shown?.style.transform, "where the view is by now").toContain("translate(-20px, 0px)");
  expect(await second, "nobody waits for it").toBeNull();
  await vi.waitFor(() => expect(asked.map(({ start }) => start)).toEqual([0, 2]));
  asked[1]?.answer();
  expect(await third).not.toBeNull();
});
