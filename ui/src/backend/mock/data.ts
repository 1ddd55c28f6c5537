import type {
  AssetDetail,
  Check,
  Engine,
  Job,
  KnownLake,
  LakeOutlook,
  LakeRight,
  ProposalRow,
  ProposalState,
  RightVerdict,
} from "../wire";

/** Invented data in the shape of the real thing, for component tests and for looking at the desk. */
const RATE = 24;

interface Seed {
  kind: string;
  start: number;
  end: number;
  title: string;
  detail: string;
  confidence: number | null;
  engine: string;
  model: string;
  payload: Record<string, unknown>;
  state?: ProposalState;
}

export const LANES: [string, string][] = [
  ["highlights", "Highlights"],
  ["shots", "Shots"],
  ["faces", "Faces"],
  ["text", "Text"],
  ["cues", "Cues"],
  ["qc", "QC"],
  ["posters", "Posters"],
];

export function timecode(frames: number, from = 3600 * RATE): string {
  const total = frames + from;
  const two = (n: number): string => String(n).padStart(2, "0");
  const secs = Math.floor(total / RATE);
  return `${two(Math.floor(secs / 3600))}:${two(Math.floor(secs / 60) % 60)}:${two(secs % 60)}:${two(total % RATE)}`;
}

const shotEdges = [0, 188, 362, 610, 822, 964, 1190, 1440];

function seeds(): Seed[] {
  const shots = shotEdges.slice(0, -1).map((start, i): Seed => {
    const end = shotEdges[i + 1] ?? start;
    const how = ["start", "cut", "cut", "dissolve", "cut", "fade", "cut"][i] ?? "cut";
    return {
      kind: "shots",
      start,
      end,
      title: `Shot ${i + 1}`,
      detail: how === "start" ? "the film begins" : `${how} in`,
      confidence: how === "start" ? null : 0.99 - i * 0.02,
      engine: "local.shots",
      model: "histogram-edges",
      payload: { number: i + 1, transition_in: how, transition_frames: how === "cut" ? 0 : 12 },
      ...(i < 3 ? { state: "circled" as const } : {}),
    };
  });
  const moment = (start: number, end: number, score: number, why: string[]): Seed => ({
    kind: "highlights",
    start,
    end,
    title: `Highlight ${(score / 1000).toFixed(2)}`,
    detail: why.join(", "),
    confidence: score / 1000,
    engine: "local.highlights",
    model: "signals-mix",
    payload: {
      score_permille: score,
      reasons: why.map((signal, i) => ({ signal, share_permille: 500 - i * 150 })),
    },
  });
  return [
    moment(1120, 1262, 920, ["loudness", "motion", "faces"]),
    { ...moment(372, 548, 810, ["motion", "cut rate"]), state: "circled" },
    moment(640, 760, 640, ["faces", "motion"]),
    ...shots,
    face(1210, 1400, 0.97, 1),
    face(200, 350, 0.91, 2),
    { ...face(830, 950, 0.58, 1), state: "rejected" },
    text(20, 140, "NORTH LIGHT", 0.96),
    text(1300, 1420, "A film by nobody", 0.88),
    cue(410, 520, ""),
    cue(680, 792, ""),
    { ...cue(980, 1080, "It was always the same hill."), state: "circled" },
    { ...cue(1150, 1230, ""), state: "conflict" },
    qc(816, 842, "Flash", "flash", "4 flashes in 1 s", "3 per second, ITU-R BT.1702"),
    qc(1240, 1310, "Loud passage", "loud", "−14.2 LUFS short-term", "−18 LUFS, EBU R128"),
    qc(604, 612, "Black", "black", "8 frames black", "6 frames"),
    qc(900, 960, "Freeze", "freeze", "60 frames still", "48 frames"),
    poster(452, 870),
    poster(1228, 790),
  ];
}

function face(start: number, end: number, confidence: number, count: number): Seed {
  const areas = [{ left_permille: 430, top_permille: 210, width_permille: 190, height_permille: 330 }];
  if (count > 1) areas.push({ left_permille: 690, top_permille: 300, width_permille: 120, height_permille: 210 });
  return {
    kind: "faces",
    start,
    end,
    title: count > 1 ? `${count} faces` : "Face",
    detail: "best sighting mid-shot",
    confidence,
    engine: "local.faces",
    model: "seetaface-frontal",
    payload: { frame: Math.round((start + end) / 2), areas },
  };
}

function text(start: number, end: number, words: string, confidence: number): Seed {
  return {
    kind: "text",
    start,
    end,
    title: words,
    detail: "read in the picture",
    confidence,
    engine: "local.text",
    model: "tesseract-5",
    payload: {
      text: words,
      frame: start + 20,
      area: { left_permille: 280, top_permille: 640, width_permille: 440, height_permille: 130 },
    },
  };
}

function cue(start: number, end: number, words: string): Seed {
  return {
    kind: "cues",
    start,
    end,
    title: words || "Speech, no words yet",
    detail: words ? "words typed by you" : "cue slot from voice activity",
    confidence: words ? null : 0.9,
    engine: "local.speech",
    model: "earshot",
    payload: { text: words, language: words ? "en" : "" },
  };
}

function qc(start: number, end: number, title: string, fault: string, measured: string, limit: string): Seed {
  return {
    kind: "qc",
    start,
    end,
    title: `${title}: ${measured}`,
    detail: `limit ${limit}`,
    confidence: null,
    engine: "local.qc",
    model: "thresholds",
    payload: { fault, measured, limit },
  };
}

function poster(frame: number, score: number): Seed {
  return {
    kind: "posters",
    start: frame,
    end: frame + 1,
    title: `Poster frame ${(score / 1000).toFixed(2)}`,
    detail: "sharpness, composition, variety",
    confidence: score / 1000,
    engine: "local.posters",
    model: "frame-score",
    payload: { frame, score_permille: score, reasons: [{ signal: "sharpness", share_permille: 520 }] },
  };
}

export function proposalsOf(asset: string, many: number): ProposalRow[] {
  const all = seeds();
  for (let i = 0; all.length < many; i += 1) {
    const start = (i * 37) % 1400;
    all.push(face(start, start + 20 + (i % 30), 0.4 + ((i * 7919) % 600) / 1000, 1));
  }
  return all.map((seed, i) => {
    const state = seed.state ?? "open";
    return {
      id: `${asset}-p${String(i).padStart(30 - asset.length, "0")}`,
      asset,
      kind: seed.kind,
      start_frame: seed.start,
      end_frame: seed.end,
      start_secs: seed.start / RATE,
      end_secs: seed.end / RATE,
      start_timecode: timecode(seed.start),
      end_timecode: timecode(seed.end),
      state,
      confidence: seed.confidence,
      engine: seed.engine,
      model: seed.model,
      version: "0.1.0",
      run: `run-${seed.engine}`,
      payload: seed.payload,
      edit: null,
      title: seed.title,
      detail: seed.detail,
      worth: (seed.confidence ?? 0.75) * (seed.kind === "highlights" ? 2 : seed.kind === "shots" ? 0.4 : 1),
      decided:
        state === "open"
          ? null
          : {
              person: state === "conflict" ? "Ida" : "You",
              role: "editor",
              millis: Date.now() - 1_500_000,
              note: state === "rejected" ? "a window, not a face" : "",
            },
    };
  });
}

export function assets(): AssetDetail[] {
  const base: AssetDetail = {
    id: "a1f0c2",
    title: "North_Light_r3.mov",
    source: "North_Light_r3.mov",
    duration_secs: 60,
    frame_count: 1440,
    frame_rate: "24/1",
    vfr: false,
    start_timecode: "01:00:00:00",
    drop_frame: false,
    width: 1920,
    height: 1080,
    video_codec: "h264",
    audio_channels: 2,
    state: "ready",
    tally: { open: 17, circled: 5, rejected: 1, conflict: 1 },
    open_threads: 0,
    added_millis: Date.now() - 3_600_000,
    still: false,
    interlaced: false,
    size_bytes: 48_200_331,
    audio: [{ codec: "aac", channels: 2, sample_rate: 48_000, language: "en", title: "" }],
    proxy: { width: 1280, height: 720, size_bytes: 9_830_412 },
    loudness: { integrated_lufs: -22.6, range_lu: 8.1, true_peak_dbtp: -1.4 },
    notes: ["Decoded as progressive; the edit list hides 2 frames, which are kept out of the proxy as well."],
    end_timecode: "01:01:00:00",
    container: "mov",
    places: ["/media/shoot/North_Light_r3.mov"],
  };
  const more = (id: string, title: string, change: Partial<AssetDetail>): AssetDetail => ({
    ...base,
    id,
    title,
    source: title,
    notes: [],
    tally: { open: 0, circled: 0, rejected: 0, conflict: 0 },
    ...change,
  });
  return [
    base,
    more("b2", "North_Light_sc02_v01.mov", {
      duration_secs: 41,
      frame_count: 984,
      tally: { open: 0, circled: 9, rejected: 2, conflict: 0 },
    }),
    more("c3", "Titles_r4.mxf", {
      duration_secs: 24,
      frame_rate: "25/1",
      frame_count: 600,
      interlaced: true,
      video_codec: "dnxhd",
      tally: { open: 3, circled: 0, rejected: 0, conflict: 0 },
    }),
    more("job-j1", "Night_pickups_A.mov", {
      job: "j1",
      duration_secs: 760,
      frame_rate: "30000/1001",
      frame_count: 22_777,
      drop_frame: true,
      state: "ingesting",
      progress: 0.62,
    }),
    more("e5", "Sky_timelapse.mp4", {
      duration_secs: 130,
      frame_rate: null,
      vfr: true,
      hdr: "pq",
      tally: { open: 6, circled: 1, rejected: 0, conflict: 1 },
    }),
    more("job-j3", "Card_07_broken.mov", {
      job: "j3",
      state: "failed",
      duration_secs: 0,
      frame_count: 0,
      video_codec: "",
    }),
    more("g7", "Interview_room_tone.wav", {
      duration_secs: 184,
      frame_rate: null,
      frame_count: 0,
      width: 0,
      height: 0,
      video_codec: "",
      audio_channels: 2,
    }),
  ];
}

/** The demo film of a first start, a third made. */
export function demoJob(): Job {
  return {
    id: "demo",
    kind: "demo",
    title: "Demo film",
    state: "running",
    progress: 0.34,
    rate: "",
    left_secs: null,
    message: "Drawing frame 490 of 1440",
    fault: null,
    started_millis: Date.now() - 8_000,
    ended_millis: null,
  };
}

export function jobs(): Job[] {
  const now = Date.now();
  return [
    {
      id: "j1",
      kind: "ingest",
      title: "Ingest Night_pickups_A.mov",
      state: "running",
      progress: 0.62,
      rate: "3.4× real time",
      left_secs: 85,
      message: "Proxy and analysis in one pass",
      fault: null,
      started_millis: now - 140_000,
      ended_millis: null,
    },
    {
      id: "j2",
      kind: "look",
      title: "Look for faces in Sky_timelapse.mp4",
      asset: "e5",
      state: "queued",
      progress: null,
      rate: "",
      left_secs: null,
      message: "Waits for the ingest",
      fault: null,
      started_millis: now,
      ended_millis: null,
    },
    {
      id: "j3",
      kind: "ingest",
      title: "Ingest Card_07_broken.mov",
      state: "failed",
      progress: 0.11,
      rate: "",
      left_secs: null,
      message: "",
      fault: {
        code: "damaged-media",
        message: "The file ends in the middle of its index.",
        hint: "Copy it from the card again; nothing of it was kept.",
        detail: "ffmpeg: moov atom not found (-1094995529)",
      },
      started_millis: now - 600_000,
      ended_millis: now - 598_000,
    },
    {
      id: "j4",
      kind: "ingest",
      title: "Ingest North_Light_r3.mov",
      asset: "a1f0c2",
      state: "done",
      progress: 1,
      rate: "5.1× real time",
      left_secs: null,
      message: "1 440 frames, 7 shots",
      fault: null,
      started_millis: now - 900_000,
      ended_millis: now - 888_000,
    },
  ];
}

export function engines(): Engine[] {
  const one = (name: string, kinds: string[], words: string, model: string, get = ""): Engine => ({
    name,
    kinds,
    available: get === "",
    words,
    how_to_get: get,
    model,
    version: "0.1.0",
  });
  return [
    one("local.shots", ["shots"], "Cuts, dissolves and fades from the ingest pass.", "histogram-edges"),
    one("local.faces", ["faces"], "Frontal faces on kept frames; nobody is named.", "seetaface-frontal"),
    one("local.text", ["text"], "Text in the picture.", "tesseract-5", "Install it: sudo apt install tesseract-ocr"),
    one("local.speech", ["cues"], "Where speech is, as empty cue slots.", "earshot"),
  ];
}

export function checks(): Check[] {
  return [
    {
      area: "Graphics",
      title: "Presenter",
      state: "warn",
      words: "Software Vulkan (lavapipe) draws the stage.",
      hint: "Install the driver of the graphics card for smooth playing at full size.",
    },
    { area: "Decoders", title: "FFmpeg 5.1", state: "ok", words: "H.264, HEVC, ProRes, DNxHR, VP9, AV1.", hint: "" },
    {
      area: "Engines",
      title: "tesseract",
      state: "missing",
      words: "Text in the picture is not read.",
      hint: "sudo apt install tesseract-ocr",
    },
    { area: "Lake", title: "Folder lake", state: "ok", words: "Writes are atomic and reach the disk.", hint: "" },
  ];
}

export function newLake() {
  const nothing = { waiting_entries: 0, waiting_objects: 0, waiting_bytes: 0 };
  return { ...nothing, open: false, embedded: false, opened_millis: Date.now() };
}

export function lakeOutlook(): LakeOutlook {
  const row = (act: string, title: string, verdict: RightVerdict, missing?: string): LakeRight => ({
    act,
    title,
    verdict,
    words: title,
    ...(missing ? { missing } : {}),
  });
  const put = "s3:PutObject, or kms:GenerateDataKey for the lake's key";
  return {
    look: "It is a lake of Circle Take's with the ledgers of 4 people.",
    foreign: false,
    rights: [
      row("see", "see what is in the lake", "good"),
      row("read", "read what is in the lake", "good"),
      row("write-ledger", "write verdicts to the lake", "good"),
      row("move-head", "tell the others of them", "missing", put),
      row("add-proposals", "add proposals", "has"),
      row("take-in", "take originals in", "has"),
      row("add-proxies", "add proxies and stills", "has"),
      row("deliver", "add deliverables and reports", "unknown"),
      row("approve", "approve", "has_not", put),
      row("rewrite-ledger", "rewrite verdicts that are in the lake", "good", put),
      row("replace-original", "replace originals", "good", put),
      row("delete-ledger", "delete verdicts from the lake", "too_much"),
      row("write-as-other", "write in somebody else's name", "good", put),
    ],
  };
}

export function knownLakes(): KnownLake[] {
  const settled = newLake();
  const yesterday = Date.now() - 26 * 3_600_000;
  return [
    {
      ...settled,
      id: "l1",
      name: "northlight lake",
      place: "~/.local/share/circletake/lake",
      kind: "folder",
      open: true,
      embedded: true,
      opened_millis: Date.now() - 600_000,
    },
    {
      ...settled,
      id: "l2",
      name: "northlight-media/season-2",
      place: "s3://northlight-media/season-2",
      address: { address: "s3://northlight-media/season-2" },
      kind: "s3",
      opened_millis: yesterday,
      waiting_entries: 14,
      waiting_objects: 3,
      waiting_bytes: 2_410_000_000,
    },
    {
      ...settled,
      id: "l3",
      name: "rushes",
      place: "/gone/mnt/rushes",
      kind: "folder",
      opened_millis: yesterday - 9 * 86_400_000,
    },
  ];
}
