import { kindName } from "../design/words";
import type { Marker, ProposalRow, Thread, TimelineItem } from "../backend";
import { durationLabel } from "../time/timecode";
import type { Desk } from "./desk.svelte";
import { rangeOf, shownConfidence } from "./payload";

/** So much of a comment stands beside the pointer. */
const COMMENT_LETTERS = 90;

/** What is said beside a pointer that rests on a marker. */
export function ofMarker({ transport }: Desk, marker: Marker): string[] {
  const range = marker.end_frame - marker.start_frame > 1 ? ` – ${transport.label(marker.end_frame)}` : "";
  return [marker.note || "Marker", `${marker.start_timecode}${range}`, marker.person].filter(Boolean);
}

/** The same of a comment. */
export function ofThread({ transport }: Desk, thread: Thread): string[] {
  const range = thread.end_frame - thread.start_frame > 1 ? ` – ${transport.label(thread.end_frame)}` : "";
  const said = thread.head ?? thread.replies[0];
  const words = (said?.text ?? "").replaceAll(/\s+/g, " ");
  const answers = thread.replies.length;
  return [
    words.length > COMMENT_LETTERS ? `${words.slice(0, COMMENT_LETTERS).trimEnd()}…` : words,
    `${thread.start_timecode || transport.label(thread.start_frame)}${range}`,
    [
      said?.person,
      answers > 0 ? `${answers} ${answers === 1 ? "answer" : "answers"}` : "",
      thread.resolved ? "resolved" : "",
    ]
      .filter(Boolean)
      .join(" · "),
  ];
}

/** The same of an item, or of a bundle of them. */
export function ofItem({ review, transport }: Desk, item: TimelineItem, row: ProposalRow | undefined): string[] {
  if (!row) return [`${item.count} × ${kindName(item.kind)}`, "Zoom in to tell them apart"];
  const state = { open: "undecided", circled: "circled", rejected: "rejected", conflict: "in conflict" };
  const { start, end } = rangeOf(review.standing(row));
  return [
    `${kindName(row.kind)}: ${row.title}`,
    `${row.start_timecode || transport.label(start)} – ${row.end_timecode || transport.label(end)} · ${durationLabel(end - start, transport.counting)}`,
    [state[review.stateOf(row)], shownConfidence(row)].filter(Boolean).join(" · "),
  ];
}
