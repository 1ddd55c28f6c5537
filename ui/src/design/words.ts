/** Names and numbers as people read them. */

const KINDS: Record<string, [one: string, many: string]> = {
  highlights: ["Highlight", "Highlights"],
  shots: ["Shot", "Shots"],
  faces: ["Faces", "Faces"],
  text: ["Text", "Text"],
  cues: ["Cue", "Cues"],
  qc: ["QC", "QC"],
  posters: ["Poster", "Posters"],
  tags: ["Tag", "Tags"],
  transcript: ["Transcript", "Transcripts"],
};

/** `Highlight` for `highlights`; an unknown kind keeps its name, with a capital. */
export function kindName(kind: string): string {
  return KINDS[kind]?.[0] ?? capital(kind);
}

export function kindsName(kind: string): string {
  return KINDS[kind]?.[1] ?? capital(kind);
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `3 shots`, `1 QC`: a number of one kind within a sentence. */
export function kindCount(n: number, kind: string): string {
  const inSentence = (name: string): string => (name === name.toUpperCase() ? name : name.toLowerCase());
  return count(n, inSentence(kindName(kind)), inSentence(kindsName(kind)));
}

/** Orders kinds as the lanes are ordered. */
export function kindPlace(kind: string): number {
  const place = Object.keys(KINDS).indexOf(kind);
  return place < 0 ? 99 : place;
}

/** `59:21`, `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** `1 min 25 s` of time left. */
export function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s left`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** `23.976`, `25`, `29.97` from a rational. */
export function shortRate(rate: string | null): string {
  if (!rate) return "";
  const [numerator, denominator = "1"] = rate.split("/");
  const value = Number(numerator) / Number(denominator);
  return Number.isFinite(value) ? String(Math.round(value * 1000) / 1000) : "";
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

export function clock(millis: number): string {
  return new Date(millis).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `1 proposal`, `12 000 proposals`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en").replaceAll(",", "\u202f")} ${n === 1 ? one : many}`;
}
