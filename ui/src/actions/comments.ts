import type { Desk } from "../state/desk.svelte";
import type { Row } from "./acts";

const isHere = (desk: Desk): boolean =>
  desk.name === "review" && desk.transport.frames > 0 && desk.comments.here !== null;

/** What people say to each other about frames. */
export const COMMENT_ROWS: Row[] = [
  ["comment.add", "Comment here, or between the marks", ["Y"], (desk) => desk.comments.begin()],
  ["comment.next", "To the next comment", ["Shift+Y"], (desk) => desk.comments.go(1)],
  ["comment.previous", "To the previous comment", ["Ctrl+Shift+Y"], (desk) => desk.comments.go(-1)],
  [
    "comment.answer",
    "Answer the comment here",
    ["Alt+Y"],
    (desk) => desk.comments.here && desk.comments.answer(desk.comments.here),
    isHere,
  ],
  [
    "comment.resolve",
    "Resolve the comment here, or reopen it",
    ["Alt+Shift+Y"],
    ({ comments }) => comments.here && void comments.resolve(comments.here, !comments.here.resolved),
    isHere,
  ],
];
