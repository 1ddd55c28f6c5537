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
/** Between two pictures side by side. */
const GAP = 4;

/** Where the picture, the still beside it and the scopes go in a viewer of this size. */
export function arrange(
  width: number,
  height: number,
  mode: CompareMode | null,
  scopes: ScopesShow,
): { live: Room; still: Room; scopes: Room | null } {
  const whole: Room = { x: 0, y: 0, width, height };
  const [room, beside] = scopes === "off" ? [whole, null] : withScopes(whole);
  if (mode !== "side-by-side") return { live: room, still: room, scopes: beside };
  const half = Math.max(1, Math.floor((room.width - GAP) / 2));
  return {
    still: { ...room, width: half },
    live: { ...room, x: room.x + room.width - half, width: half },
    scopes: beside,
  };
}

function withScopes({ x, y, width, height }: Room): [Room, Room] {
  if (width >= height) {
    const wide = Math.round(width * SCOPES_SHARE);
    return [
      { x, y, width: width - wide, height },
      { x: x + width - wide, y, width: wide, height },
    ];
  }
  const high = Math.round(height * SCOPES_SHARE);
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
