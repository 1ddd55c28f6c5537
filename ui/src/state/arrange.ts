import type { CompareMode, ScopesShow } from "../backend";

/** A rectangle of the viewer, in pixels of the page. */
export interface Room {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Share of the viewer that scopes take; the stage arranges its surface by the same figures. */
const SCOPES_SHARE = 0.34;
/** And that loudness meters take. */
const METERS_SHARE = 0.2;
/** Between two pictures side by side. */
const GAP = 4;

/** Where the picture, the still beside it, the scopes and the meters go in a viewer of this size. */
export function arrange(
  width: number,
  height: number,
  mode: CompareMode | null,
  scopes: ScopesShow,
  meters: boolean,
): { live: Room; still: Room; scopes: Room | null; meters: Room | null } {
  const whole: Room = { x: 0, y: 0, width, height };
  const [besideScopes, scopesRoom] = scopes === "off" ? [whole, null] : taken(whole, whole, SCOPES_SHARE);
  const [room, metersRoom] = meters ? taken(whole, besideScopes, METERS_SHARE) : [besideScopes, null];
  const beside = { scopes: scopesRoom, meters: metersRoom };
  if (mode !== "side-by-side") return { live: room, still: room, ...beside };
  const half = Math.max(1, Math.floor((room.width - GAP) / 2));
  return {
    still: { ...room, width: half },
    live: { ...room, x: room.x + room.width - half, width: half },
    ...beside,
  };
}

/** Takes a share of the whole off a room that is left of it: on the right of a wide one, at the bottom of an upright one. */
function taken(whole: Room, { x, y, width, height }: Room, share: number): [Room, Room] {
  if (whole.width >= whole.height) {
    const wide = Math.round(whole.width * share);
    return [
      { x, y, width: width - wide, height },
      { x: x + width - wide, y, width: wide, height },
    ];
  }
  const high = Math.round(whole.height * share);
  return [
    { x, y, width, height: height - high },
    { x, y: y + height - high, width, height: high },
  ];
}

/** The largest rectangle of this aspect in the middle of a room. */
export function fitted(aspect: number, room: Room): Room {
  const width = Math.min(room.width, room.height * aspect);
  const height = width / aspect;
  return { x: room.x + (room.width - width) / 2, y: room.y + (room.height - height) / 2, width, height };
}

/** A rectangle as a style. */
export function placed({ x, y, width, height }: Room): string {
  return `left: ${x}px; top: ${y}px; width: ${width}px; height: ${height}px`;
}
