import type { ProposalRow, TimelineItem, TimelineLayout, TimelineView } from "../wire";
import { LANES, timecode } from "./data";

/** Painted landscapes and a painted timeline, so that the desk can be judged without a film. */
const LABELS_WIDTH = 92;
const RULER_HEIGHT = 24;
const LANE_HEIGHT = 28;

function scene(frame: number): number {
  return [188, 362, 610, 822, 964, 1190].filter((edge) => frame >= edge).length;
}

export function paintFrame(pen: CanvasRenderingContext2D, frame: number, width: number, height: number): void {
  const skies = [
    ["#f6c7b0", "#8fb4d8"],
    ["#bfe0f2", "#4f86c0"],
    ["#fbe3a1", "#e08a5a"],
    ["#22304f", "#0b1020"],
    ["#d9e8ef", "#7fa3b8"],
    ["#f0a3a0", "#59457e"],
    ["#ffd9a8", "#c2566b"],
  ];
  const which = scene(frame);
  const [low = "#ccc", high = "#999"] = skies[which] ?? [];
  const sky = pen.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, high);
  sky.addColorStop(0.75, low);
  pen.fillStyle = sky;
  pen.fillRect(0, 0, width, height);
  const drift = frame / 1440;
  pen.fillStyle = which === 3 ? "#e9edf7" : "#fff3d6";
  pen.beginPath();
  pen.arc(width * (0.2 + drift * 0.6), height * (0.34 - Math.sin(drift * Math.PI) * 0.14), height * 0.07, 0, 7);
  pen.fill();
  const greens = ["#6f8f63", "#4d7350", "#2f5342", "#1c3a32"];
  greens.forEach((green, layer) => {
    pen.fillStyle = which === 3 ? (["#1d2a3c", "#162131", "#101927", "#0a111b"][layer] ?? green) : green;
    pen.beginPath();
    pen.moveTo(0, height);
    for (let x = 0; x <= width; x += Math.max(2, width / 160)) {
      const t = (x / width) * (3 + layer * 1.7) + which * 2.1 + layer * 1.3 + drift * (1 + layer) * 1.8;
      const ridge = 0.5 + layer * 0.12 + 0.06 * Math.sin(t) + 0.03 * Math.sin(t * 2.7 + 1);
      pen.lineTo(x, height * ridge);
    }
    pen.lineTo(width, height);
    pen.fill();
  });
}

export function layOut(view: TimelineView, rows: ProposalRow[], duration: number): TimelineLayout {
  const x = (secs: number): number => LABELS_WIDTH + (secs - view.start_secs) * view.px_per_sec;
  const present = LANES.filter(([kind]) => rows.some((row) => row.kind === kind));
  const lanes = present.map(([id, label], i) => ({
    id,
    label,
    y: RULER_HEIGHT + i * LANE_HEIGHT - view.scroll_px,
    height: LANE_HEIGHT,
  }));
  const foot = RULER_HEIGHT + present.length * LANE_HEIGHT - view.scroll_px;
  lanes.push({ id: "v1", label: "V1", y: foot, height: 46 }, { id: "a1", label: "A1 A2", y: foot + 46, height: 48 });
  const laneOf = new Map(lanes.map((lane) => [lane.id, lane]));
  const items: TimelineItem[] = [];
  for (const row of rows) {
    const lane = laneOf.get(row.kind);
    const left = x(row.start_secs);
    const width = Math.max(3, x(row.end_secs) - left);
    if (!lane || left > view.width_px || left + width < LABELS_WIDTH) continue;
    items.push({
      proposal: row.id,
      kind: row.kind,
      lane: lane.id,
      x: left,
      y: lane.y + 4,
      width,
      height: LANE_HEIGHT - 8,
      label: row.kind === "shots" ? row.title.replace("Shot ", "") : row.title,
      state: row.state,
      count: 1,
    });
  }
  const step = [0.5, 1, 2, 4, 8, 16, 32, 64].find((secs) => secs * view.px_per_sec > 120) ?? 120;
  const ruler = [];
  for (let at = Math.ceil(view.start_secs / step) * step; x(at) < view.width_px && at <= duration; at += step) {
    ruler.push({ x: x(at), label: timecode(Math.round(at * 24)) });
  }
  return {
    lanes,
    items: items.slice(0, 500),
    ruler,
    content_height: foot + 94 + view.scroll_px,
    gutter_width: LABELS_WIDTH,
    ruler_height: RULER_HEIGHT,
  };
}

const FILLS: Record<string, string> = {
  highlights: "#70483a",
  shots: "#3c5347",
  faces: "#3a4a66",
  text: "#4a4a62",
  cues: "#54466a",
  qc: "#5e5030",
  posters: "#5a4560",
};

export function paintTimeline(
  pen: CanvasRenderingContext2D,
  view: TimelineView,
  layout: TimelineLayout,
  duration: number,
): void {
  const light = view.theme === "light";
  const colours = light
    ? { well: "#f4f4f4", line: "#d4d4d4", quiet: "#5c5c5c", text: "#1c1c1c", wave: "#5b7f8e" }
    : { well: "#1c1c1c", line: "#2c2c2c", quiet: "#9a9a9a", text: "#e6e6e6", wave: "#5f7f8d" };
  pen.scale(view.scale, view.scale);
  pen.fillStyle = colours.well;
  pen.fillRect(0, 0, view.width_px, view.height_px);
  pen.font = "12px Inter, sans-serif";
  for (const lane of layout.lanes) {
    pen.fillStyle = colours.line;
    pen.fillRect(0, lane.y, view.width_px, 1);
    pen.fillStyle = colours.quiet;
    pen.fillText(lane.label, 14, lane.y + 18);
  }
  pen.save();
  pen.beginPath();
  pen.rect(LABELS_WIDTH, 0, view.width_px, view.height_px);
  pen.clip();
  paintTracks(pen, view, layout, duration, colours.wave);
  pen.font = "11.5px Inter, sans-serif";
  for (const item of layout.items) paintItem(pen, item, view.selected === item.proposal, colours.text, light);
  pen.restore();
  pen.fillStyle = colours.quiet;
  pen.font = "10.5px 'JetBrains Mono', monospace";
  for (const tick of layout.ruler) {
    pen.fillRect(tick.x, 4, 1, RULER_HEIGHT - 4);
    pen.fillText(tick.label, tick.x + 6, 16);
  }
}

function paintTracks(
  pen: CanvasRenderingContext2D,
  view: TimelineView,
  layout: TimelineLayout,
  duration: number,
  wave: string,
): void {
  const v1 = layout.lanes.find((lane) => lane.id === "v1");
  const a1 = layout.lanes.find((lane) => lane.id === "a1");
  if (!v1 || !a1) return;
  const end = LABELS_WIDTH + (duration - view.start_secs) * view.px_per_sec;
  const tile = 76;
  const tiny = document.createElement("canvas");
  tiny.width = tile;
  tiny.height = 42;
  const brush = tiny.getContext("2d");
  for (let x = LABELS_WIDTH; x < Math.min(view.width_px, end) && brush; x += tile) {
    const secs = view.start_secs + (x - LABELS_WIDTH) / view.px_per_sec;
    paintFrame(brush, Math.floor(secs * 24), tile, 42);
    pen.drawImage(tiny, x, v1.y + 2);
  }
  pen.fillStyle = wave;
  for (let x = LABELS_WIDTH; x < Math.min(view.width_px, end); x += 1.5) {
    const secs = view.start_secs + (x - LABELS_WIDTH) / view.px_per_sec;
    const swell = 0.35 + 0.3 * Math.sin(secs / 3.1) + 0.2 * Math.sin(secs * 1.7 + 1);
    const grain = Math.abs(Math.sin(secs * 91.7) + Math.sin(secs * 37.3 + 2)) / 2;
    const half = Math.max(1, 20 * Math.max(0.05, swell) * (0.35 + 0.65 * grain));
    pen.fillRect(x, a1.y + 24 - half, 1, half * 2);
  }
}

function paintItem(
  pen: CanvasRenderingContext2D,
  item: TimelineItem,
  selected: boolean,
  text: string,
  light: boolean,
): void {
  const { x, y, width, height, state } = item;
  pen.save();
  pen.beginPath();
  pen.roundRect(x + 0.5, y + 0.5, Math.max(2, width - 1), height - 1, 3);
  pen.setLineDash(state === "open" ? [4, 3] : []);
  pen.fillStyle = FILLS[item.kind] ?? "#444";
  pen.globalAlpha = state === "circled" ? (light ? 0.45 : 1) : state === "rejected" ? 0.12 : 0.28;
  pen.fill();
  pen.globalAlpha = state === "rejected" ? 0.45 : 1;
  pen.strokeStyle = state === "circled" || selected ? "#ff6a3d" : state === "conflict" ? "#f0b84a" : "#8b9a97";
  pen.lineWidth = selected ? 2 : 1;
  pen.stroke();
  pen.clip();
  pen.fillStyle = text;
  pen.fillText(item.label, x + 8, y + height / 2 + 4);
  if (state === "rejected") pen.fillRect(x + 6, y + height / 2, Math.min(width - 12, 60), 1);
  pen.restore();
}
