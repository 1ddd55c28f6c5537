import { rateOf } from "../backend";

/** What a label counts in: the rate and drop-frame flag of the material, and the label of its first frame. */
export interface Counting {
  /** Frames per second as a rational such as `30000/1001`; null when there is none. */
  rate: string | null;
  drop: boolean;
  /** Label of frame 0; null counts from zero. */
  start: string | null;
}

/** Why typed timecode was refused, in words for the person who typed it. */
export class EntryRefused extends Error {}

const SYNTAX = "Type a timecode such as 01:00:02:05, +12, -1. or 1500";

/** Whole frames a label counts per second: 24 for 23.976, 30 for 29.97. */
export function nominalRate(counting: Counting): number {
  return Math.max(1, Math.round(rateOf(counting.rate) ?? 25));
}

/** The label of frame `n`, for display only: what is stored and exported is labelled by the program. */
export function label(n: number, counting: Counting): string {
  return labelOf(n + startFrames(counting), counting);
}

/** The label of a count of frames on its own, from zero. */
export function durationLabel(frames: number, counting: Counting): string {
  return labelOf(frames, { ...counting, start: null });
}

/**
 * Reads what an editor types; answers the frame counted from 0, which may lie outside the material. When no hour is typed, it
 * is the hour under the playhead.
 */
export function parseEntry(text: string, counting: Counting, playhead: number): number {
  const typed = text.trim();
  if (typed.startsWith("+")) return playhead + duration(typed.slice(1), counting);
  if (typed.startsWith("-") || typed.startsWith("−")) return playhead - duration(typed.slice(1), counting);
  const { places, given } = fields(typed);
  const [hours, minutes, seconds, frames] = places;
  const hour = given === 4 ? hours : Number.parseInt(label(playhead, counting), 10);
  return framesOf(hour, minutes, seconds, frames, counting) - startFrames(counting);
}

function duration(text: string, counting: Counting): number {
  // "+12" is twelve frames even at 10 fps, where a label would stop at 9.
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const [hours, minutes, seconds, frames] = fields(text).places;
  return ((hours * 60 + minutes) * 60 + seconds) * nominalRate(counting) + frames;
}

/** Hours, minutes, seconds, frames of what was typed, filled from the right, and how many of them were given. */
function fields(text: string): { places: [number, number, number, number]; given: number } {
  let parts: string[];
  if (/[:;.,]/.test(text)) {
    parts = text.split(/[:;.,]/);
  } else {
    if (!/^\d{1,8}$/.test(text)) throw new EntryRefused(SYNTAX);
    parts = (text.length % 2 ? `0${text}` : text).match(/\d\d/g) ?? [];
  }
  if (parts.length > 4 || parts.every((part) => part === "")) throw new EntryRefused(SYNTAX);
  const out: [number, number, number, number] = [0, 0, 0, 0];
  parts.reverse().forEach((part, i) => {
    if (!/^\d{0,3}$/.test(part)) throw new EntryRefused(SYNTAX);
    out[3 - i] = Number(part);
  });
  return { places: out, given: parts.length };
}

function dropPerMinute(counting: Counting): number {
  return counting.drop ? Math.floor(nominalRate(counting) / 15) : 0;
}

function framesOf(hours: number, minutes: number, seconds: number, frames: number, counting: Counting): number {
  const fps = nominalRate(counting);
  if (minutes > 59 || seconds > 59 || frames >= fps || hours > 99) {
    throw new EntryRefused("A field of this timecode is out of range.");
  }
  const dropped = dropPerMinute(counting);
  if (seconds === 0 && frames < dropped && minutes % 10 !== 0) {
    throw new EntryRefused("Drop-frame timecode skips this label.");
  }
  const total = hours * 60 + minutes;
  return (total * 60 + seconds) * fps + frames - dropped * (total - Math.floor(total / 10));
}

/** The label of the first frame as a count of frames, 0 where there is none. */
export function startFrames(counting: Counting): number {
  const parts = counting.start?.split(/[:;.,]/).map(Number);
  if (parts?.length !== 4 || parts.some((part) => !Number.isInteger(part))) return 0;
  const [hours = 0, minutes = 0, seconds = 0, frames = 0] = parts;
  try {
    return framesOf(hours, minutes, seconds, frames, counting);
  } catch {
    // A file's own start label can be one that does not exist; it is then shown from zero.
    return 0;
  }
}

function labelOf(count: number, counting: Counting): string {
  const fps = nominalRate(counting);
  const dropped = dropPerMinute(counting);
  const perMinute = fps * 60 - dropped;
  const perTen = perMinute * 10 + dropped;
  const day = dropped ? perTen * 144 : fps * 86_400;
  let n = ((count % day) + day) % day;
  if (dropped) {
    const rest = n % perTen;
    const skipped = rest < fps * 60 ? 0 : Math.floor((rest - fps * 60) / perMinute) + 1;
    n += dropped * (9 * Math.floor(n / perTen) + skipped);
  }
  const two = (value: number): string => String(value).padStart(2, "0");
  const seconds = Math.floor(n / fps);
  const width = fps > 100 ? 3 : 2;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${
    dropped ? ";" : ":"
  }${String(n % fps).padStart(width, "0")}`;
}
