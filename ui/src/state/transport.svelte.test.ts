import { afterEach, expect, it, vi } from "vitest";
import type { FrameRange } from "../backend";
import { openDesk } from "./testdesk.svelte";
import { madeFit } from "./transport.svelte";

let close: () => void = () => undefined;
afterEach(() => close());

it("says what was done to pictures that a screen cannot show as they are", () => {
  expect(madeFit({ interlaced: false })).toBe("");
  expect(madeFit({ interlaced: false, hdr: "pq" })).toBe("HDR (PQ) shown as SDR");
  expect(madeFit({ interlaced: true, hdr: "hlg" })).toBe("deinterlaced, HDR (HLG) shown as SDR");
});

it("marks out at the end of the film after its last frame", async () => {
  const opened = await openDesk();
  ({ close } = opened);
  const { transport } = opened.desk;
  transport.end();
  transport.mark("in");
  transport.mark("out");
  const [from, to] = [transport.markIn ?? 0, transport.markOut ?? 0];
  expect(transport.edgeSecs(to)).toBe(transport.asset?.duration_secs);
  expect(transport.edgeSecs(to)).toBeGreaterThan(transport.edgeSecs(from));
  expect(transport.edgeSecs(from)).toBe(transport.stage.secondsOf(from));
});

it("loops between the marks as they are moved, and over the whole film without any", async () => {
  const opened = await openDesk();
  ({ close } = opened);

  const { transport } = opened.desk;
  const looped: (FrameRange | null)[] = [];
  const loop = transport.stage.loop.bind(transport.stage);
  vi.spyOn(transport.stage, "loop").mockImplementation((range) => {
    looped.push(range);
    loop(range);
  });
  transport.markRange(100, 200);
  expect(looped, "marks alone loop nothing").toEqual([]);
  transport.toggleLoop();
  expect(transport.now.looping).toBe(true);
  transport.seek(149);
  transport.mark("out");
  transport.clearMarks();
  transport.toggleLoop();
  expect(transport.now.looping).toBe(false);
  expect(looped).toEqual([
    { start: 100, end: 200 },
    { start: 100, end: 150 },
    { start: 0, end: transport.frames },
    null,
  ]);
});

it("plays two seconds around the playhead, or around both marks", async () => {
  const opened = await openDesk();
  ({ close } = opened);

  const { transport } = opened.desk;
  const played: FrameRange[] = [];
  const around = transport.stage.around.bind(transport.stage);
  vi.spyOn(transport.stage, "around").mockImplementation((range) => {
    played.push(range);
    around(range);
  });
  // The mock's film has 24 frames a second.
  transport.seek(240);
  transport.playAround();
  expect(transport.now).toMatchObject({ around: true, playing: true, frame: 192 });
  // Pressed again while it runs: the same frames, not those around where it is.
  transport.playAround();
  transport.pause();
  expect(transport.now.around).toBe(false);
  transport.markRange(480, 504);
  transport.playAround();
  transport.pause();
  transport.clearMarks();
  transport.seek(10);
  transport.playAround();
  transport.pause();
  expect(played).toEqual([
    { start: 192, end: 290 },
    { start: 192, end: 290 },
    { start: 432, end: 553 },
    { start: 0, end: 60 },
  ]);
});

it("follows a chosen proposal silently and lets hands be heard", async () => {
  const opened = await openDesk();
  ({ close } = opened);
  const { transport, review } = opened.desk;
  const scrubbed = vi.spyOn(transport.stage, "scrub");
  review.move(1);
  await vi.waitFor(() => expect(transport.now.frame).toBe(review.current?.start_frame));
  expect(scrubbed).not.toHaveBeenCalled();
  transport.step(1);
  expect(scrubbed).toHaveBeenCalledOnce();
});
