import type { AssetRow, Fault } from "../../backend";
import { clockTime, shortRate } from "../../design";

/** The second line of an asset: length, rate, and what is special about it. */
export function facts(asset: AssetRow): string {
  const parts: string[] = [];
  if (asset.state === "failed") return "not ingested";
  if (asset.still) parts.push("still");
  else if (asset.duration_secs > 0) parts.push(clockTime(asset.duration_secs));
  const rate = shortRate(asset.frame_rate);
  if (rate) parts.push(`${rate}${asset.interlaced ? "i" : ""}${asset.drop_frame ? " DF" : ""}`);
  if (asset.vfr) parts.push("VFR");
  if (asset.hdr) parts.push(asset.hdr.toUpperCase());
  if (!asset.video_codec && asset.audio_channels > 0) parts.push("sound only");
  return parts.join(" · ");
}

/** Where an asset stands: in a few words, and where they may be cut off all that there is to say. */
interface Standing {
  words: string;
  tone: "quiet" | "warn" | "bad";
  whole?: string;
}

/** The third line: where it stands, with a tone. */
export function standing(asset: AssetRow, fault: Fault | null): Standing {
  const { open, circled, conflict } = asset.tally;
  switch (asset.state) {
    case "queued":
      return { words: "waits to be ingested", tone: "quiet" };
    case "ingesting":
      return { words: `ingesting ${Math.round((asset.progress ?? 0) * 100)} %`, tone: "quiet" };
    case "failed":
      return {
        words: fault?.message ?? "could not be ingested",
        tone: "bad",
        whole: [fault?.message, fault?.hint, asset.source].filter(Boolean).join("\n"),
      };
    case "ready":
      if (conflict > 0) return { words: `${conflict} ${conflict === 1 ? "conflict" : "conflicts"}`, tone: "warn" };
      if (open > 0) return { words: `${open} open`, tone: "quiet" };
      return { words: circled > 0 ? "all decided" : "nothing proposed", tone: "quiet" };
  }
}
