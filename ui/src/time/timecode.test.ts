import { describe, expect, it } from "vitest";
import { durationLabel, EntryRefused, label, parseEntry, type Counting } from "./timecode";

const film: Counting = { rate: "24000/1001", drop: false, start: "01:00:00:00" };
const drop: Counting = { rate: "30000/1001", drop: true, start: null };
const nonDrop: Counting = { ...drop, drop: false };
const drop60: Counting = { rate: "60000/1001", drop: true, start: null };

describe("labels", () => {
  it.each([
    [107_957, drop, "01:00:02;05"],
    [107_957, nonDrop, "00:59:58:17"],
    [1799, drop, "00:00:59;29"],
    [1800, drop, "00:01:00;02"],
    [17_982, drop, "00:10:00;00"],
    [3599, drop60, "00:00:59;59"],
    [3600, drop60, "00:01:00;04"],
    [35, film, "01:00:01:11"],
    [86_400 * 25 + 3, { rate: "25/1", drop: false, start: null }, "00:00:00:03"],
  ])("labels frame %i", (frame, counting, expected) => {
    expect(label(frame, counting)).toBe(expected);
  });

  it("labels a duration from zero, wherever the material starts", () => {
    expect(durationLabel(36, film)).toBe("00:00:01:12");
  });

  it("does not repeat a label over a day of drop-frame", () => {
    const seen = new Set<string>();
    for (let frame = 17_000; frame < 19_000; frame += 1) seen.add(label(frame, drop));
    expect(seen.size).toBe(2000);
  });
});

describe("typed entry", () => {
  const at = (text: string, counting: Counting = film, playhead = 100): number => parseEntry(text, counting, playhead);

  it.each([
    ["01:00:02:05", 53],
    ["01000205", 53],
    ["+12", 112],
    ["+1.", 124],
    ["-1.", 76],
    ["−2", 98],
    ["+2.5", 153],
    ["+1..", 100 + 60 * 24],
    ["1.", 24],
    ["205", 53],
    ["11500", 75 * 24],
  ])("reads %s", (text, frame) => {
    expect(at(text)).toBe(frame);
  });

  it("takes the hour under the playhead when none is typed", () => {
    const hour = 3600 * 24;
    expect(at("205", film, hour + 7)).toBe(hour + 53);
    expect(at("01:00:02:05", film, hour + 7)).toBe(53);
    expect(at("205", drop)).toBe(65);
  });

  it("reads what it writes", () => {
    for (const counting of [film, drop, nonDrop, drop60]) {
      for (let frame = 0; frame < 40_000; frame += 977) {
        expect(parseEntry(label(frame, counting), counting, 0)).toBe(frame);
      }
    }
  });

  it("takes twelve frames for +12 even at ten frames a second", () => {
    expect(at("+12", { rate: "10/1", drop: false, start: null }, 0)).toBe(12);
  });

  it.each(["", ".", "abc", "1:2:3:4:5", "00:00:60:00", "00:61:00:00", "01:00:00:24", "123456789"])(
    "refuses %j",
    (text) => {
      expect(() => at(text)).toThrow(EntryRefused);
    },
  );

  it("refuses a label that drop-frame skips", () => {
    expect(() => at("00:01:00;00", drop)).toThrow(EntryRefused);
    expect(at("00:10:00;00", drop)).toBe(17_982);
  });
});
