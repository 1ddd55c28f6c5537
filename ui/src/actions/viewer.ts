import type { Desk } from "../state/desk.svelte";
import { WIPE_STEP } from "../state/guides.svelte";
import type { Row } from "./acts";

const hasPicture = (desk: Desk): boolean =>
  desk.name === "review" && desk.transport.frames > 0 && !!desk.transport.asset?.video_codec;

const isHeard = (desk: Desk): boolean =>
  desk.name === "review" && desk.transport.frames > 0 && (desk.transport.asset?.audio_channels ?? 0) > 0;

/** Keeps the picture shown now as the still that others are compared with. */
export function grab(desk: Desk): void {
  const { asset, now } = desk.transport;
  if (!asset) return;
  const label = `${asset.title} · ${desk.transport.timecode}`;
  const aspect = asset.width > 0 && asset.height > 0 ? asset.width / asset.height : 16 / 9;
  if (desk.alongside.film) desk.alongside.leave();
  desk.guides.still = { asset: asset.id, frame: now.frame, label, aspect };
  desk.backend.stage.grab();
  desk.notices.say(`Still grabbed: ${label}. Compare it with any other frame, also of another film.`);
}

/** Goes on to the next way of comparing; the first time there is nothing to compare with, so this frame is kept for it. */
function compare(desk: Desk): void {
  if (!desk.guides.still && !desk.alongside.film) grab(desk);
  desk.guides.nextComparing();
}

const hasFilm = (desk: Desk): boolean => hasPicture(desk) && desk.alongside.film !== null;
const hasReference = (desk: Desk): boolean => hasPicture(desk) && (desk.guides.still ?? desk.alongside.film) !== null;

/** Goes on to the next shield. Over what is flagged it may cover nothing here, which would look as if the key did nothing. */
function shield(desk: Desk): void {
  desk.guides.nextShield();
  if (desk.guides.shield === "flagged" && desk.over.flagsAt(desk.transport.now.frame).length === 0)
    desk.notices.say("The shield covers what is flagged; on this frame nothing is.");
}

/** What lies over the picture and beside it. */
export const VIEWER_ROWS: Row[] = [
  [
    "viewer.subtitles",
    "Subtitles with a rim, in boxes, or off",
    ["U"],
    (desk) => desk.guides.nextSubtitles(),
    hasPicture,
  ],
  [
    "viewer.boxes",
    "Boxes of the selection, of everything here, or none",
    ["Shift+B"],
    (desk) => desk.guides.nextBoxes(),
    hasPicture,
  ],
  ["viewer.burn_in", "Timecode and source over the picture", ["D"], (desk) => desk.guides.nextBurnIn(), hasPicture],
  ["viewer.shield", "Shield over what is flagged, everything, or nothing", ["H"], shield, hasPicture],
  [
    "viewer.reveal",
    "See what the shield covers, while held",
    ["V"],
    (desk) => (desk.guides.revealing = true),
    // Small pictures in lists are covered too, on every desk.
    (desk) => hasPicture(desk) || desk.guides.shield !== "off",
  ],
  ["viewer.grab", "Grab a still to compare with", ["P"], grab, hasPicture],
  ["viewer.compare", "Next way to compare with the still", ["Shift+D"], compare, hasPicture],
  ["viewer.wipe_left", "Wipe to the left", ["<"], (desk) => desk.guides.moveSplit(-WIPE_STEP), hasReference],
  ["viewer.wipe_right", "Wipe to the right", [">"], (desk) => desk.guides.moveSplit(WIPE_STEP), hasReference],
  [
    "viewer.alongside",
    "Compare with another film, running with this one…",
    ["Alt+B"],
    (desk) => (desk.popup = "alongside"),
    hasPicture,
  ],
  [
    "viewer.alongside_swap",
    "Swap the two films that are compared",
    ["Alt+W"],
    (desk) => desk.alongside.swap(),
    hasFilm,
  ],
  [
    "viewer.alongside_back",
    "The compared film one frame back against this one",
    ["Alt+,"],
    (desk) => desk.alongside.nudge(-1),
    hasFilm,
  ],
  [
    "viewer.alongside_on",
    "The compared film one frame on against this one",
    ["Alt+."],
    (desk) => desk.alongside.nudge(1),
    hasFilm,
  ],
  [
    "viewer.alongside_leave",
    "No longer compare with another film",
    ["Alt+Shift+B"],
    (desk) => desk.alongside.leave(),
    hasFilm,
  ],
  [
    "viewer.meters",
    "Loudness meter beside the picture, or none",
    ["Shift+U"],
    (desk) => desk.guides.nextMeters(),
    isHeard,
  ],
  [
    "viewer.meters_reset",
    "Measure the loudness anew",
    ["Alt+U"],
    (desk) => desk.backend.stage.resetMeter(),
    (desk) => isHeard(desk) && desk.guides.meters !== "off",
  ],
  ["viewer.scopes", "Next scope beside the picture", ["Shift+H"], (desk) => desk.guides.nextScopes(), hasPicture],
];

/** What ends when the key of an act is let go. */
export const RELEASES: ReadonlyMap<string, (desk: Desk) => void> = new Map([
  ["viewer.reveal", (desk: Desk) => void (desk.guides.revealing = false)],
]);
