import { Refused, type Backend, type Handed, type Line, type Outgoing, type Picked } from "../backend";
import { BrowserStage } from "../stage/browser";
import { evenFrames } from "../stage/frames";
import type { StageHost } from "../stage/host";
import type {
  Answer,
  AssetDetail,
  AssetFilter,
  AssetRow,
  Changed,
  CommandName,
  DeskEvent,
  Job,
  Keymap,
  LakeState,
  Marker,
  ProposalRow,
  ProposalState,
  Request,
  Settings,
  TimelineView,
  UndoState,
} from "../wire";
import { listingOf } from "./listing";
import { assets, checks, engines, demoJob, jobs, proposalsOf, timecode } from "./data";
import { MockComments } from "./comments";
import { MockLakes } from "./lakes";
import { layOut, paintFrame, paintTimeline } from "./pictures";

/** One grey pixel. */
const BLANK =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOQAAAAGgAZLYj0NgAAAABJRU5ErkJggg==";

interface Step {
  label: string;
  before: Map<string, ProposalState>;
  ranges: Map<string, Record<string, unknown> | null>;
  after: ProposalState;
  millis: number;
}

/** A program of paper: the same answers as the real one, from memory. Variants: `empty`, `demo`, `many`, `refuse`, `light`, `contrast`, `film`. */
export class MockBackend implements Backend {
  readonly host = "mock";
  opening: number | null = null;
  readonly stage: StageHost;
  /** Every call made, for tests. */
  readonly calls: { name: string; request: unknown }[] = [];
  /** What undo and redo say of verdicts that somebody gave since. */
  overtaken = "";
  /** Set to make the next decision fail. */
  refuseDecisions: boolean;
  /** How the lake stands. */
  lakeState: LakeState = {
    standing: "here",
    since_millis: 0,
    waiting_entries: 0,
    waiting_objects: 0,
    waiting_bytes: 0,
    refused_objects: 0,
    paused: false,
    sending: [],
    fetching: [],
    kept_bytes: 0,
    budget_bytes: 50 * 2 ** 30,
    writers: [],
    foreign: {
      on: false,
      queue: "",
      waiting: 0,
      taken: 0,
      refused: 0,
      archived: 0,
      gone: 0,
      objects: [],
    },
  };
  /** The lakes that were opened here. */
  readonly lakes = new MockLakes((event) => this.say(event));
  /** What people said. */
  readonly comments = new MockComments(
    (event) => this.say(event),
    () => this.#undo(),
  );
  /** What the person picks next. */
  picked: Picked = { jobs: [], refused: [], outgoing: [] };
  /** Milliseconds an answer takes. */
  delayMillis: number;

  #assets: AssetDetail[];
  #rows: ProposalRow[];
  #jobs: Job[];
  #markers: Marker[] = [];
  #version = 0;
  readonly #changedAt = new Map<string, number>();
  #done: Step[] = [];
  #undone: Step[] = [];
  #settings: Settings = {
    theme: "dark",
    person: { name: "Mara", role: "editor" },
    proxy_height_max: 720,
    watched_folders: [],
    auto_advance: true,
    sound_while_scrubbing: true,
    frame_cache_mebibytes: 0,
    hardware_decoding: true,
    loudness_target_lufs: -23,
    lake_keep_gibibytes: 50,
    lake_paused: false,
    lake_send_kibibytes_per_sec: 0,
    lake_fetch_kibibytes_per_sec: 0,
    lake_take_in_foreign: false,
    lake_event_queue: "",
    lake_inventory: "",
    second_looks: true,
    warnings: [],
  };
  #keys: { preset: Keymap["preset"]; own: Record<string, string[]>; usual: Record<string, string[]> } = {
    preset: "circletake",
    own: {},
    usual: {},
  };
  #hearers = new Set<(event: DeskEvent) => void>();

  constructor(variant = "", delayMillis = 12) {
    const empty = variant === "empty" || variant === "demo";
    if (variant === "light" || variant === "contrast") this.#settings.theme = variant;
    this.delayMillis = delayMillis;
    this.refuseDecisions = variant === "refuse";
    this.#assets = empty ? [] : assets();
    this.#jobs = variant === "demo" ? [demoJob()] : empty ? [] : jobs();
    this.#rows = empty ? [] : this.#assets.flatMap((asset, i) => this.#rowsOf(asset, i, variant === "many"));
    // With many proposals it is the desk that is measured, so the mock does not spend the page's time on painting.
    const plain = variant === "many" ? BLANK : null;
    this.stage = new BrowserStage("mock", "painted", {
      proxy: () => (variant === "film" ? "film.mp4" : null),
      frame: (_asset, n, width, height) => plain ?? painted(width, height, (pen) => paintFrame(pen, n, width, height)),
      timeline: (view) =>
        plain ??
        painted(view.width_px * view.scale, view.height_px * view.scale, (pen) =>
          paintTimeline(pen, view, this.#layout(view), this.#durationOf(view.asset)),
        ),
      layout: async (view) => this.#layout(view),
      index: async () => evenFrames(1440, 24),
    });
  }

  async call<K extends CommandName>(name: K, request: Request<K>): Promise<Answer<K>> {
    this.calls.push({ name, request });
    await new Promise((done) => setTimeout(done, this.delayMillis));
    const answer = this.#answers[name] as (request: Request<K>) => Answer<K>;
    return answer(request);
  }

  subscribe(onEvent: (event: DeskEvent) => void, line: (now: Line) => void): () => void {
    this.#hearers.add(onEvent);
    line("up");
    return () => this.#hearers.delete(onEvent);
  }

  overUrl(): string {
    return BLANK;
  }

  scopesUrl(): string {
    return BLANK;
  }

  posterUrl({ id }: AssetRow): string {
    const which = this.#assets.findIndex((row) => row.id === id);
    return this.frameUrl(id, 120 + which * 190, 152, 86);
  }

  frameUrl(_asset: string, frame: number, width: number, height: number): string {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    if (!pen) return "";
    paintFrame(pen, frame, width, height);
    return canvas.toDataURL("image/jpeg");
  }

  async saveExport(): Promise<Handed> {
    return "all";
  }

  async pickFiles(): Promise<Picked> {
    return this.picked;
  }

  dropped(): Outgoing[] {
    return this.picked.outgoing;
  }

  async fillScreen(): Promise<void> {
    // The picture fills the page; the screen is left as it is.
  }

  onScreenLeft(): () => void {
    return () => undefined;
  }

  /** Says something as the program would. */
  say(event: DeskEvent): void {
    for (const hear of this.#hearers) hear(event);
  }

  #library({ filter, words, ids, place_of, offset, limit }: Request<"assets">): Answer<"assets"> {
    const all = this.#assets.map((asset) => this.#row(asset));
    const titles = (words ?? "").toLowerCase().split(/\s+/);
    const shown = all
      .filter((row) => isAmong(row, filter ?? "all"))
      .filter(({ title }) => titles.every((word) => title.toLowerCase().includes(word)));
    const place = shown.findIndex((row) => row.id === place_of);
    const first = offset ?? 0;
    return {
      assets: ids
        ? ids.flatMap((id) => all.find((row) => row.id === id) ?? [])
        : shown.slice(first, first + (limit ?? 200)),
      count: shown.length,
      more: false,
      total: all.length,
      tally: this.#tally(),
      ...(place >= 0 ? { place } : {}),
    };
  }

  #rowsOf(asset: AssetDetail, i: number, many: boolean): ProposalRow[] {
    if (asset.state !== "ready" || asset.frame_count === 0) return [];
    const rows = proposalsOf(asset.id, i === 0 && many ? 12_000 : 0);
    return i === 0
      ? rows
      : rows.slice(
          0,
          Object.values(asset.tally).reduce((sum, n) => sum + n, 0),
        );
  }

  #durationOf(asset: string): number {
    return this.#assets.find((row) => row.id === asset)?.duration_secs ?? 60;
  }

  #layout(view: TimelineView) {
    const rows = this.#rows.filter((row) => row.asset === view.asset);
    return layOut(view, rows, this.#durationOf(view.asset));
  }

  #undo(): UndoState {
    return {
      can_undo: this.#done.length > 0,
      can_redo: this.#undone.length > 0,
      undo_label: this.#done.at(-1)?.label ?? "",
      redo_label: this.#undone.at(-1)?.label ?? "",
      undo_overtaken: this.overtaken ? 1 : 0,
      undo_words: this.overtaken,
      redo_overtaken: this.overtaken && this.#undone.length > 0 ? 1 : 0,
      redo_words: this.#undone.length > 0 ? this.overtaken : "",
    };
  }

  #set(states: Map<string, ProposalState>): Changed[] {
    const changed: Changed[] = [];
    for (const row of this.#rows) {
      const state = states.get(row.id);
      if (!state) continue;
      row.state = state;
      row.decided =
        state === "open" ? null : { person: "You", role: "editor", millis: Date.now(), note: row.decided?.note ?? "" };
      this.#changedAt.set(row.id, this.#version + 1);
      changed.push({ id: row.id, state });
    }
    this.#version += 1;
    setTimeout(() => this.say({ stale: ["proposals", "undo", "assets"] }), this.delayMillis);
    return changed;
  }

  #tally(asset?: string) {
    const tally = { open: 0, circled: 0, rejected: 0, conflict: 0 };
    for (const row of this.#rows) if (!asset || row.asset === asset) tally[row.state] += 1;
    return tally;
  }

  #row(asset: AssetDetail): AssetDetail {
    return { ...asset, tally: this.#tally(asset.id), open_threads: this.comments.open(asset.id) };
  }

  #keymap(): Keymap {
    const plain = this.#keys.usual;
    const presets = {
      circletake: plain,
      premiere: { ...plain, "app.export": ["Ctrl+M"] },
      resolve: { ...plain, "transport.clear_marks": ["Alt+X"] },
      avid: { ...plain, "transport.mark_clip": ["T"] },
    };
    const { preset, own } = this.#keys;
    return { preset, bindings: { ...presets[preset], ...own }, presets, warnings: [] };
  }

  #answers: { [K in CommandName]: (request: Request<K>) => Answer<K> } = {
    hello: () => ({
      version: "0.1.0",
      host: "browser",
      lake: this.lakes.open,
      opening: this.lakes.opening,
      person: this.#settings.person,
      presenter: "Vulkan (lavapipe)",
      undo: this.#undo(),
      ...(this.#assets[0] ? { demo_asset: this.#assets[0].id } : {}),
      refused: [],
    }),
    assets: (request) => this.#library(request),
    asset: ({ asset: id }) => {
      const asset = this.#assets.find((row) => row.id === id);
      if (!asset) throw new Refused({ code: "not-found", message: "No such asset.", hint: "", detail: id });
      return this.#row(asset);
    },
    proposals: ({ asset, order, state, since }) => {
      const asked = this.#rows.filter((row) => (!asset || row.asset === asset) && (!state || row.state === state));
      const whole = since === undefined;
      const rows = whole ? asked : asked.filter((row) => (this.#changedAt.get(row.id) ?? 0) > Number(since));
      const openFirst = (row: ProposalRow): number => (row.state === "open" || row.state === "conflict" ? 0 : 1);
      rows.sort((a, b) =>
        order === "time" ? a.start_frame - b.start_frame : openFirst(a) - openFirst(b) || b.worth - a.worth,
      );
      return {
        proposals: rows.map((row) => ({ ...row })),
        tally: this.#tally(asset),
        version: String(this.#version),
        whole,
        gone: [],
      };
    },
    listing: (request) => listingOf(this.#answers.proposals(request)),
    provenance: ({ proposal }) => {
      const row = this.#rows.find((candidate) => candidate.id === proposal);
      return {
        engine: row?.engine ?? "",
        model: row?.model ?? "",
        version: "0.1.0",
        parameters: { threshold: 0.32, frames_per_shot: 3 },
        input: "blake3 9f2c41d07be3…",
        started_millis: Date.now() - 880_000,
        cpu_millis: 1840,
        cost_micros: 0,
        run: row?.run ?? "",
        history: row?.decided
          ? [
              {
                entry: "e1",
                person: row.decided.person,
                role: "editor",
                millis: row.decided.millis,
                verdict: row.state === "rejected" ? "rejected" : "circled",
                note: row.decided.note,
                standing: true,
                undone: false,
              },
            ]
          : [],
      };
    },
    preview: ({ filter }) => {
      const rows = this.#rows.filter(
        (row) =>
          (!filter.asset || row.asset === filter.asset) &&
          (!filter.kinds || filter.kinds.includes(row.kind)) &&
          (!filter.states || filter.states.includes(row.state)) &&
          (filter.min_confidence === undefined || (row.confidence ?? -1) >= filter.min_confidence),
      );
      const kinds: Record<string, number> = {};
      for (const row of rows) kinds[row.kind] = (kinds[row.kind] ?? 0) + 1;
      return { ids: rows.map((row) => row.id), by_kind: kinds };
    },
    decide: ({ ids, verdict, edit, edits }) => {
      if (this.refuseDecisions) {
        throw new Refused({
          code: "disk-full",
          message: "The decision could not be written: the disk is full.",
          hint: "Free some space on the disk that holds the journal, then decide again. Nothing was half written.",
          detail: "write journal.db: ENOSPC (28)",
        });
      }
      const after = ({ circle: "circled", reject: "rejected", retract: "open" } as const)[verdict];
      const before = new Map(this.#rows.filter((row) => ids.includes(row.id)).map((row) => [row.id, row.state]));
      const ranges = new Map(this.#rows.filter((row) => ids.includes(row.id)).map((row) => [row.id, row.edit]));
      for (const row of this.#rows) {
        const own = edits?.[row.id] ?? edit;
        if (own !== undefined && ids.includes(row.id)) retime(row, own);
      }
      const what = ids.length === 1 ? this.#rows.find((row) => row.id === ids[0])?.title : `${ids.length} proposals`;
      this.#done.push({ label: `${verdict} ${what ?? ""}`, before, after, ranges, millis: Date.now() });
      this.#undone = [];
      return { changed: this.#set(new Map(ids.map((id) => [id, after]))), undo: this.#undo() };
    },
    undo: () => {
      const step = this.#done.pop();
      if (!step) throw nothingTo("undo");
      this.#undone.push(step);
      for (const row of this.#rows) if (step.ranges.has(row.id)) retime(row, step.ranges.get(row.id) ?? null);
      const changed = this.#set(step.before);
      return {
        label: step.label,
        overtaken: this.overtaken ? 1 : 0,
        words: this.overtaken,
        changed,
        undo: this.#undo(),
      };
    },
    redo: () => {
      const step = this.#undone.pop();
      if (!step) throw nothingTo("redo");
      this.#done.push(step);
      const changed = this.#set(new Map([...step.before.keys()].map((id) => [id, step.after])));
      return {
        label: step.label,
        overtaken: this.overtaken ? 1 : 0,
        words: this.overtaken,
        changed,
        undo: this.#undo(),
      };
    },
    history: () => ({
      done: this.#done.map((step) => ({
        label: step.label,
        film: this.#assets[0]?.title ?? "",
        millis: step.millis,
        person: "You",
      })),
      undone: this.#undone.map((step) => ({
        label: step.label,
        film: this.#assets[0]?.title ?? "",
        millis: step.millis,
        person: "You",
      })),
    }),
    jobs: () => ({ jobs: this.#jobs }),
    cancel_job: ({ id }) => {
      this.#jobs = this.#jobs.map((job) => (job.id === id ? { ...job, state: "cancelled" } : job));
      this.say({ stale: ["jobs"] });
      return {};
    },
    set_keymap: (change) => {
      if (change.preset) this.#keys.preset = change.preset;
      if (change.bindings) this.#keys.own = change.bindings;
      this.say({ stale: ["settings"] });
      return this.#keymap();
    },
    forget_job: ({ id }) => {
      this.#jobs = this.#jobs.filter((job) => job.id !== id);
      this.#assets = this.#assets.filter((asset) => asset.job !== id);
      this.say({ stale: ["jobs", "assets"] });
      return {};
    },
    retry_job: ({ id }) => {
      this.#jobs = this.#jobs.map((job) => (job.id === id ? { ...job, state: "queued", fault: null } : job));
      this.say({ stale: ["jobs"] });
      return {};
    },
    analyze: () => ({ jobs: [] }),
    engines: () => ({ engines: engines() }),
    doctor: () => ({ checks: checks() }),
    settings: () => ({ ...this.#settings }),
    set_settings: (change) => {
      this.#settings = { ...this.#settings, ...change };
      this.say({ stale: ["settings"] });
      return this.#settings;
    },
    lake_state: () => ({ ...this.lakeState, paused: this.#settings.lake_paused }),
    ...this.lakes.answers,
    ...this.comments.answers,
    try_lake: () => ({}),
    keep_asset: () => ({}),
    bring_asset: () => ({}),
    keymap: () => this.#keymap(),
    export: ({ what, to }) => ({
      export_id: "x1",
      file_name: `North_Light_r3-${what}.${to}`,
      size_bytes: 4210,
      losses: to === "edl" ? ["EDL carries one video track: 2 overlapping highlights became two events."] : [],
      items: 3,
    }),
    import_cues: () => ({ cues: 12, losses: [] }),
    timeline: ({ view }) => this.#layout(view),
    stage_place: () => ({}),
    stage_holes: () => ({}),
    stage_guides: () => ({}),
    stage_detach: () => ({}),
    stage_grab: () => ({}),
    stage_compare: () => ({}),
    stage_meter_reset: () => ({}),
    over: () => ({ changes: [], revision: "r", flagged: [], missing_scripts: [] }),
    stage_open: () => ({}),
    stage_mix: () => ({ names: [] }),
    stage_view: () => ({}),
    transport: () => ({}),
    pick_files: () => ({ jobs: [], already: [], refused: [] }),
    markers: ({ asset }) => ({ markers: this.#markers.filter((marker) => marker.asset === asset) }),
    put_marker: ({ asset, frame, note }) => {
      const marker = markerAt(asset, frame, note ?? "", `m${this.#markers.length + 1}`);
      this.#markers = [...this.#markers, marker].sort((a, b) => a.start_frame - b.start_frame);
      this.say({ stale: ["markers", "undo"] });
      return { marker, undo: this.#undo() };
    },
    edit_marker: ({ marker: id, note, start_frame, end_frame }) => {
      const before = this.#markers.find((marker) => marker.id === id);
      if (!before) throw new Refused({ code: "not-found", message: "No such marker.", hint: "", detail: id });
      const [start, end] = [start_frame ?? before.start_frame, end_frame ?? before.end_frame];
      const marker = {
        ...before,
        note: note ?? before.note,
        start_frame: start,
        end_frame: end,
        start_secs: start / 24,
        end_secs: end / 24,
      };
      this.#markers = this.#markers.map((each) => (each.id === id ? marker : each));
      this.say({ stale: ["markers", "undo"] });
      return { marker, undo: this.#undo() };
    },
    remove_marker: ({ marker }) => {
      this.#markers = this.#markers.filter((each) => each.id !== marker);
      this.say({ stale: ["markers", "undo"] });
      return { undo: this.#undo() };
    },
    save_export: () => ({ saved: true }),
  };
}

function isAmong({ tally, state }: AssetRow, filter: AssetFilter): boolean {
  if (filter === "open") return tally.open + tally.conflict > 0;
  if (filter === "circled") return tally.circled > 0;
  if (filter === "flagged") return tally.conflict > 0 || state === "failed";
  return filter === "all" || state === "ready";
}

/** Gives a row the range of an edit, or of none the one it was proposed with. */
function retime(row: ProposalRow, edit: Record<string, unknown> | null): void {
  const proposed = PROPOSED.get(row) ?? { start: row.start_frame, end: row.end_frame };
  PROPOSED.set(row, proposed);
  row.edit = edit;
  row.start_frame = Number(edit?.["start_frame"] ?? proposed.start);
  row.end_frame = Number(edit?.["end_frame"] ?? proposed.end);
  row.start_secs = row.start_frame / 24;
  row.end_secs = row.end_frame / 24;
  row.start_timecode = timecode(row.start_frame);
  row.end_timecode = timecode(row.end_frame);
}

const PROPOSED = new WeakMap<ProposalRow, { start: number; end: number }>();

function markerAt(asset: string, frame: number, note: string, id: string): Marker {
  const start_secs = frame / 24;
  return {
    id,
    asset,
    start_frame: frame,
    end_frame: frame + 1,
    start_secs,
    end_secs: (frame + 1) / 24,
    start_timecode: `01:00:${String(Math.floor(start_secs)).padStart(2, "0")}:${String(frame % 24).padStart(2, "0")}`,
    note,
    person: "You",
    role: "editor",
    millis: 0,
    disputed: false,
  };
}

async function painted(width: number, height: number, paint: (pen: CanvasRenderingContext2D) => void): Promise<string> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const pen = canvas.getContext("2d");
  if (pen) paint(pen);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/webp", 0.9));
  return blob ? URL.createObjectURL(blob) : "";
}

function nothingTo(way: "undo" | "redo"): Refused {
  return new Refused({ code: "conflict", message: `There is nothing to ${way}.`, hint: "", detail: "" });
}
