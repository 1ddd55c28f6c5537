import type { Verdict } from "../backend";
import type { Desk } from "../state/desk.svelte";
import { COMMENT_ROWS } from "./comments";
import { RELEASES, VIEWER_ROWS } from "./viewer";

/** Where an act's keys are heard. `review` acts win over `stage` and `list` on desks that review. */
export type Scope = "global" | "review" | "stage" | "list";

/** One thing a person can do: in the palette, on a key, in a menu or on a button, always from here. */
export interface Act {
  id: string;
  label: string;
  group: string;
  scope: Scope;
  /** Default keys; a person's own bindings replace them. */
  keys: string[];
  /** Whether a key that is held down does it again and again; any other act is done once for each press. */
  repeats: boolean;
  /** Whether it can be done now. */
  when: (desk: Desk) => boolean;
  run: (desk: Desk) => void;
  /** What happens when its key is let go. */
  release: ((desk: Desk) => void) | undefined;
}

const onReview = (desk: Desk): boolean => desk.name === "review";
const onStage = (desk: Desk): boolean => desk.name === "review" && desk.transport.frames > 0;
const hasTarget = (desk: Desk): boolean => onReview(desk) && desk.review.targets.length > 0;
const onConflicts = (desk: Desk): boolean => desk.name === "conflicts";
const hasConflict = (desk: Desk): boolean => onConflicts(desk) && desk.conflicts.current !== null;
const canDecide = (desk: Desk): boolean => hasTarget(desk) || hasConflict(desk);
const onLists = (desk: Desk): boolean => onReview(desk) || onConflicts(desk);
const always = (): boolean => true;

/** A verdict on what is at hand: on what is selected, or on what people disagree about. */
function verdict(desk: Desk, given: Verdict): void {
  if (onConflicts(desk)) void desk.conflicts.settle(given);
  else void desk.verdict(given);
}

/** The row after the one at hand, or so many further. */
function move(desk: Desk, by: number): void {
  if (onConflicts(desk)) desk.conflicts.move(by);
  else desk.review.move(by);
}

/** What goes on while its key is held: stepping, zooming and moving through a list. */
const REPEATING: ReadonlySet<string> = new Set([
  "transport.step_back",
  "transport.step_forward",
  "transport.step_back_10",
  "transport.step_forward_10",
  "transport.previous_edit",
  "transport.next_edit",
  "marker.next",
  "marker.previous",
  "comment.next",
  "comment.previous",
  "list.up",
  "list.down",
  "list.extend_up",
  "list.extend_down",
  "list.page_up",
  "list.page_down",
  "timeline.zoom_in",
  "timeline.zoom_out",
  "timeline.taller",
  "timeline.lower",
  "timeline.nudge_back",
  "timeline.nudge_forward",
  "timeline.nudge_back_10",
  "timeline.nudge_forward_10",
  "viewer.wipe_left",
  "viewer.wipe_right",
  "viewer.alongside_back",
  "viewer.alongside_on",
]);

export type Row = [
  id: string,
  label: string,
  keys: string[],
  run: (desk: Desk) => void,
  when?: (desk: Desk) => boolean,
];

function group(name: string, scope: Scope, usual: (desk: Desk) => boolean, rows: Row[]): Act[] {
  return rows.map(([id, label, keys, run, when]) => ({
    id,
    label,
    group: name,
    scope,
    keys,
    run,
    repeats: REPEATING.has(id),
    release: RELEASES.get(id),
    when: when ?? usual,
  }));
}

/** Frames where shots and fades begin and end: where ↑ and ↓ go. */
export function edges(desk: Desk): number[] {
  const shots = desk.review.rows.filter((row) => row.kind === "shots");
  return (shots.length > 0 ? shots : desk.review.rows).flatMap((row) => [row.start_frame, row.end_frame]);
}

/** The range X marks: the current proposal when the playhead is in it, else the shot under the playhead. */
export function clipUnderPlayhead(desk: Desk): { start: number; end: number } | null {
  const here = desk.transport.now.frame;
  const holds = (row: { start_frame: number; end_frame: number }): boolean =>
    row.start_frame <= here && here < row.end_frame;
  const current = desk.review.current;
  const found =
    current && holds(current) ? current : desk.review.rows.find((row) => row.kind === "shots" && holds(row));
  return found ? { start: found.start_frame, end: found.end_frame } : null;
}

const transport = group("Transport", "stage", onStage, [
  ["transport.toggle", "Play or pause", ["Space"], (desk) => desk.transport.toggle()],
  ["transport.shuttle_back", "Shuttle back, up to 8×", ["J"], (desk) => desk.transport.shuttle(-1)],
  ["transport.pause", "Pause", ["K"], (desk) => desk.transport.pause()],
  ["transport.shuttle_forward", "Shuttle on, up to 8×", ["L"], (desk) => desk.transport.shuttle(1)],
  ["transport.loop", "Loop between the marks", ["Ctrl+L"], (desk) => desk.transport.toggleLoop()],
  [
    "transport.play_around",
    "Play around here or the marks",
    ["/", "Shift+Space"],
    (desk) => desk.transport.playAround(),
  ],
  ["transport.step_back", "One frame back", ["ArrowLeft", ",", "K+J"], (desk) => desk.transport.step(-1)],
  ["transport.step_forward", "One frame on", ["ArrowRight", ".", "K+L"], (desk) => desk.transport.step(1)],
  ["transport.step_back_10", "Ten frames back", ["Shift+ArrowLeft"], (desk) => desk.transport.step(-10)],
  ["transport.step_forward_10", "Ten frames on", ["Shift+ArrowRight"], (desk) => desk.transport.step(10)],
  ["transport.start", "To the first frame", ["Home"], (desk) => desk.transport.seek(0)],
  ["transport.end", "To the last frame", ["End"], (desk) => desk.transport.end()],
  ["transport.previous_edit", "To the previous edit", ["ArrowUp"], (desk) => desk.transport.toEdge(edges(desk), -1)],
  ["transport.next_edit", "To the next edit", ["ArrowDown"], (desk) => desk.transport.toEdge(edges(desk), 1)],
  ["transport.mark_in", "Mark in", ["I"], (desk) => desk.transport.mark("in")],
  ["transport.mark_out", "Mark out", ["O"], (desk) => desk.transport.mark("out")],
  [
    "transport.mark_clip",
    "Mark the clip under the playhead",
    ["X"],
    (desk) => {
      const clip = clipUnderPlayhead(desk);
      if (clip) desk.transport.markRange(clip.start, clip.end);
    },
  ],
  ["transport.clear_marks", "Clear the marks", ["Shift+X"], (desk) => desk.transport.clearMarks()],
  ["transport.timecode", "Type a timecode", ["="], (desk) => (desk.transport.entry = "")],
  ["marker.add", "Marker here, or write its note", ["M"], (desk) => void desk.markers.put()],
  ["marker.next", "To the next marker", ["Shift+M"], (desk) => desk.markers.go(1)],
  ["marker.previous", "To the previous marker", ["Ctrl+Shift+M"], (desk) => desk.markers.go(-1)],
  [
    "marker.remove",
    "Remove the marker here",
    [],
    (desk) => desk.markers.here && void desk.markers.remove(desk.markers.here),
    (desk) => onStage(desk) && desk.markers.here !== null,
  ],
  ...COMMENT_ROWS,
  ["viewer.safe", "Safe areas over the picture", [";"], (desk) => (desk.guides.safe = !desk.guides.safe)],
  ["viewer.matte", "Next aspect matte over the picture", ["'"], (desk) => desk.guides.next()],
  ["sound.channels", "Channels of the sound…", ["Alt+C"], (desk) => (desk.popup = "channels")],
  ["viewer.original", "Show the original or the proxy", ["Shift+O"], (desk) => desk.transport.toggleOriginal()],
  ...VIEWER_ROWS,
  ["viewer.full", "Full-screen viewer", ["F"], (desk) => desk.showFull(!desk.full)],
  [
    "viewer.detach",
    "Viewer in a window of its own",
    ["Shift+F"],
    (desk) => {
      if (desk.backend.stage.detaches) desk.backend.stage.detach(!desk.detached);
      else
        desk.notices.say("A page keeps its viewer. Open this address in a second window: it is a viewer of its own.");
    },
  ],
]);

const review = group("Review", "review", hasTarget, [
  ["review.circle", "Circle", ["C"], (desk) => verdict(desk, "circle"), canDecide],
  ["review.reject", "Reject", ["R"], (desk) => verdict(desk, "reject"), canDecide],
  [
    "review.edit",
    "Edit, then circle",
    ["E"],
    (desk) => (desk.review.editing = true),
    (desk) => onReview(desk) && desk.review.current !== null,
  ],
  [
    "review.next_open",
    "Next undecided",
    ["N"],
    (desk) => (onConflicts(desk) ? move(desk, 1) : void desk.review.nextUndecided(1)),
    onLists,
  ],
  [
    "review.previous_open",
    "Previous undecided",
    ["Shift+N"],
    (desk) => (onConflicts(desk) ? move(desk, -1) : void desk.review.nextUndecided(-1)),
    onLists,
  ],
  [
    "review.repeat",
    "The last verdict again",
    ["G"],
    (desk) => desk.review.lastVerdict && void desk.verdict(desk.review.lastVerdict),
    (desk) => hasTarget(desk) && desk.review.lastVerdict !== null,
  ],
  ["review.circle_stay", "Circle and stay", ["Shift+C"], (desk) => void desk.verdict("circle", { stay: true })],
  ["review.reject_stay", "Reject and stay", ["Shift+R"], (desk) => void desk.verdict("reject", { stay: true })],
  ["review.retract", "Take the verdict back", ["Backspace"], (desk) => verdict(desk, "retract"), canDecide],
  [
    "review.bulk",
    "Decide many…",
    ["B"],
    (desk) => (desk.popup = "bulk"),
    (desk) => onReview(desk) && desk.review.rows.length > 0,
  ],
]);

const list = group("List", "list", onReview, [
  ["list.up", "Previous in the list", ["ArrowUp"], (desk) => move(desk, -1), onLists],
  ["list.down", "Next in the list", ["ArrowDown"], (desk) => move(desk, 1), onLists],
  ["list.extend_up", "Extend the selection up", ["Shift+ArrowUp"], (desk) => desk.review.move(-1, true)],
  ["list.extend_down", "Extend the selection down", ["Shift+ArrowDown"], (desk) => desk.review.move(1, true)],
  ["list.page_up", "A page up", ["PageUp"], (desk) => move(desk, -10), onLists],
  ["list.page_down", "A page down", ["PageDown"], (desk) => move(desk, 10), onLists],
  ["list.first", "First in the list", ["Home"], (desk) => desk.review.move(-desk.review.list.length)],
  ["list.last", "Last in the list", ["End"], (desk) => desk.review.move(desk.review.list.length)],
  ["list.all", "Select all that is listed", ["Ctrl+A"], (desk) => desk.review.selectAll()],
]);

const timeline = group("Timeline", "stage", onStage, [
  ["timeline.zoom_in", "Zoom in", ["Ctrl+="], (desk) => zoomAtPlayhead(desk, 1.5)],
  ["timeline.zoom_out", "Zoom out", ["Ctrl+-"], (desk) => zoomAtPlayhead(desk, 1 / 1.5)],
  ["timeline.fit", "Show the whole film", ["Shift+Z"], (desk) => desk.timeline.fit()],
  ["timeline.zoom_selection", "Zoom to what is selected", ["Z"], (desk) => zoomToSelection(desk)],
  ["timeline.zoom_range", "Zoom to the marks", ["Alt+Z"], (desk) => zoomToMarks(desk)],
  ["timeline.zoom_frame", "Zoom to single frames", ["Ctrl+0"], (desk) => zoomToFrames(desk)],
  ["timeline.taller", "Taller lanes", ["Shift+ArrowUp"], (desk) => desk.timeline.taller(1.2)],
  ["timeline.lower", "Lower lanes", ["Shift+ArrowDown"], (desk) => desk.timeline.taller(1 / 1.2)],
  ["timeline.follow", "Follow the playhead by page, smoothly or not", ["Shift+P"], (desk) => desk.timeline.followBy()],
  ["timeline.ruler", "Ruler in timecode, frames or seconds", ["Shift+T"], (desk) => desk.timeline.count()],
  ["timeline.snap", "Snap what is dragged", ["S"], (desk) => desk.hand.toggleSnapping()],
  ["timeline.select_lane", "Select all in the lane", ["Ctrl+A"], (desk) => desk.hand.selectLane(), hasTarget],
  ["timeline.select_marked", "Select what lies between the marks", ["Shift+A"], (desk) => desk.hand.selectMarked()],
  ["timeline.trim_in", "Trim the start to the playhead", ["["], (desk) => desk.hand.trimToPlayhead("start"), hasTarget],
  ["timeline.trim_out", "Trim the end to the playhead", ["]"], (desk) => desk.hand.trimToPlayhead("end"), hasTarget],
  [
    "timeline.ripple_in",
    "Trim the start to the playhead, what comes before moves along",
    ["Q"],
    (desk) => desk.hand.trimToPlayhead("start", "ripple"),
    hasTarget,
  ],
  [
    "timeline.ripple_out",
    "Trim the end to the playhead, what follows moves along",
    ["W"],
    (desk) => desk.hand.trimToPlayhead("end", "ripple"),
    hasTarget,
  ],
  [
    "timeline.roll",
    "Roll the nearest edge to the playhead",
    ["Shift+W"],
    (desk) => desk.hand.rollToPlayhead(),
    hasTarget,
  ],
  ["timeline.nudge_back", "Move by a frame back", ["Alt+ArrowLeft"], (desk) => desk.hand.nudge(-1), hasTarget],
  ["timeline.nudge_forward", "Move by a frame on", ["Alt+ArrowRight"], (desk) => desk.hand.nudge(1), hasTarget],
  [
    "timeline.nudge_back_10",
    "Move by ten frames back",
    ["Alt+Shift+ArrowLeft"],
    (desk) => desk.hand.nudge(-10),
    hasTarget,
  ],
  [
    "timeline.nudge_forward_10",
    "Move by ten frames on",
    ["Alt+Shift+ArrowRight"],
    (desk) => desk.hand.nudge(10),
    hasTarget,
  ],
]);

function zoomToSelection(desk: Desk): void {
  const rows = desk.review.targets.flatMap((id) => desk.review.byId.get(id) ?? []);
  if (rows.length === 0) return;
  const ends = rows.reduce(([from, to], row) => [Math.min(from, row.start_secs), Math.max(to, row.end_secs)] as const, [
    Infinity,
    -Infinity,
  ] as const);
  desk.timeline.zoomTo(...ends);
}

function zoomToMarks(desk: Desk): void {
  const { transport, timeline } = desk;
  timeline.zoomTo(transport.edgeSecs(transport.markIn ?? 0), transport.edgeSecs(transport.markOut ?? transport.frames));
}

function zoomToFrames(desk: Desk): void {
  const { transport, timeline } = desk;
  const { frame } = transport.now;
  timeline.zoomTo(transport.edgeSecs(frame), transport.edgeSecs(frame + 1));
}

function zoomAtPlayhead(desk: Desk, factor: number): void {
  desk.timeline.zoom(factor, desk.timeline.xOf(desk.transport.now.seconds));
}

const app = group("Desk", "global", always, [
  // Always there: what can be undone is only known once the verdict before has been written, and a key that came early
  // must not be lost. Where there is nothing, the program says so.
  ["edit.undo", "Undo", ["Ctrl+Z"], (desk) => void desk.review.undo("undo")],
  ["edit.redo", "Redo", ["Ctrl+Shift+Z"], (desk) => void desk.review.undo("redo")],
  ["desk.library", "Library desk", ["Ctrl+1"], (desk) => desk.go("library")],
  ["desk.review", "Review desk", ["Ctrl+2"], (desk) => desk.go("review")],
  ["desk.activity", "Activity desk", ["Ctrl+3"], (desk) => desk.go("activity")],
  ["desk.conflicts", "Conflicts desk", ["Ctrl+4"], (desk) => desk.go("conflicts")],
  ["app.palette", "Search or do anything", ["Ctrl+K"], (desk) => (desk.popup = "palette")],
  ["app.keys", "Show the keys", ["?"], (desk) => (desk.popup = "keys")],
  ["app.settings", "Settings", ["Ctrl+,"], (desk) => (desk.popup = "settings")],
  ["app.export", "Export…", ["Ctrl+E"], (desk) => (desk.popup = "export"), (desk) => desk.assetRow?.state === "ready"],
  ["app.add_files", "Add files…", [], (desk) => void desk.addFiles()],
  ["lake.switch", "Lakes…", ["Ctrl+Shift+L"], (desk) => (desk.popup = "lakes")],
  ["lake.connect", "Connect a lake…", [], (desk) => desk.connect()],
  ["lake.sign_in", "Sign in to the lake again…", [], (desk) => void desk.signInAgain(), (desk) => desk.lake.isFar],
  ["lake.try", "Ask the lake now", [], (desk) => void desk.ask(desk.lake.tryNow()), (desk) => desk.lake.isFar],
  [
    "lake.pause",
    "Pause or go on sending files to the lake",
    [],
    (desk) => void desk.change({ lake_paused: !(desk.lake.state?.paused ?? false) }),
    (desk) => desk.lake.isFar,
  ],
  [
    "asset.keep",
    "Keep this asset on this machine, or no longer",
    [],
    (desk) => void desk.keepAsset(),
    (desk) => desk.assetDetail?.kept !== undefined,
  ],
  [
    "asset.bring_original",
    "Bring the original from the lake",
    [],
    (desk) => void desk.bringOriginal(),
    (desk) => desk.assetDetail?.kept?.original_away === true,
  ],
  ["theme.dark", "Dark theme", [], (desk) => void desk.change({ theme: "dark" })],
  ["theme.light", "Light theme", [], (desk) => void desk.change({ theme: "light" })],
  ["theme.contrast", "High-contrast theme", [], (desk) => void desk.change({ theme: "contrast" })],
]);

/** Every act of the desk. */
export const ACTS: readonly Act[] = [...transport, ...review, ...list, ...timeline, ...app];

const BY_ID = new Map(ACTS.map((act) => [act.id, act]));

/** The act of that name; names are checked by a test. */
export function act(id: string): Act {
  const found = BY_ID.get(id);
  if (!found) throw new Error(`no such act: ${id}`);
  return found;
}

/** Does an act if it can be done now. */
export function perform(desk: Desk, id: string): void {
  const wanted = act(id);
  if (wanted.when(desk)) wanted.run(desk);
}

/** The keys an act has now. */
export function keysOf(wanted: Act, bindings: Record<string, string[]>): string[] {
  return bindings[wanted.id] ?? wanted.keys;
}
