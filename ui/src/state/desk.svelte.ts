import { getContext, setContext, untrack } from "svelte";
import type {
  AssetRow,
  Backend,
  DeskEvent,
  Fault,
  Job,
  LakeAddress,
  Line,
  ProposalRow,
  Request,
  SettingsChange,
  Theme,
  Verdict,
} from "../backend";
import { Alongside } from "./alongside.svelte";
import { Guides } from "./guides.svelte";
import { Mixer } from "./mixer.svelte";
import { TimelineHand } from "./hand.svelte";
import { Over } from "./over.svelte";
import { Comments } from "./comments.svelte";
import { Conflicts } from "./conflicts.svelte";
import { Lake } from "./lake.svelte";
import { Library } from "./library.svelte";
import { Markers } from "./markers.svelte";
import { Notices } from "./notices.svelte";
import { measureToPaint } from "./paint";
import { Queries } from "./queries.svelte";
import { Review, type VerdictOptions } from "./review.svelte";
import { Timeline } from "./timeline.svelte";
import { Transport } from "./transport.svelte";
import { Uploads } from "./uploads.svelte";
import { Writes } from "./writes";

export type DeskName = "library" | "review" | "conflicts" | "activity";
export type Popup =
  "palette" | "keys" | "settings" | "export" | "bulk" | "channels" | "alongside" | "lakes" | "connect";

/** Where the desk and the film that are open are remembered, as the address names them. */
const PLACE = "desk.place";
const DESKS: readonly DeskName[] = ["library", "review", "conflicts", "activity"];

/** Within this time further verdicts make no further picture of the timeline. */
const REDRAW_MILLIS = 150;

/** More rings than this are not drawn at once. */
const MOST_RINGS = 600;

/** What the id of a file on its way begins with; its job's id follows. */
const ON_ITS_WAY = "job-";

/** Everything the desk knows, in one place that views and acts share. */
export class Desk {
  name = $state<DeskName>("review");
  assetId = $state<string | null>(null);
  popup = $state<Popup | null>(null);
  /** The lake that is to be signed in to, when the popup for that is not about a new one. */
  connectTo = $state.raw<LakeAddress | null>(null);
  line = $state<Line>("up");
  /** Whether the viewer has the whole window. */
  full = $state(false);
  /** The picture has a window of its own. */
  detached = $state(false);
  /** When the act under way was asked for, on the clock of `performance.now()`. */
  pressedAt = 0;

  readonly backend: Backend;
  readonly queries: Queries;
  readonly notices = new Notices();
  readonly transport: Transport;
  readonly timeline: Timeline;
  readonly review: Review;
  readonly markers: Markers;
  readonly comments: Comments;
  readonly uploads: Uploads;
  readonly guides: Guides;
  readonly mixer: Mixer;
  readonly alongside: Alongside;
  readonly hand: TimelineHand;
  readonly over: Over;
  readonly lake: Lake;
  readonly library: Library;
  readonly conflicts: Conflicts;

  readonly #hello;
  readonly #current;
  readonly #asset;
  readonly #jobs;
  readonly #settings;
  readonly #keymap;
  /** Jobs as events tell of them, newer than the last list. */
  #told = $state.raw(new Map<string, Job>());

  readonly hello = $derived.by(() => this.#hello.data);
  readonly assetsFault = $derived.by(() => this.library.fault ?? this.#hello.fault);
  readonly assetRow = $derived.by((): AssetRow | null => {
    const id = this.assetId;
    if (id === null) return null;
    return this.#current.data?.assets.find((row) => row.id === id) ?? this.library.held(id) ?? null;
  });
  /** What of the asset at hand is on this machine, while its proxy is not. */
  readonly #absentKept = $derived.by(() => {
    const detail = this.assetDetail;
    return detail?.id === this.assetId && detail?.kept && !detail.kept.proxy_here ? detail.kept : null;
  });
  /** The same while the proxy cannot come either: then there is nothing to play. */
  readonly awayKept = $derived.by(() => (this.#mayCome ? null : this.#absentKept));
  /** Whether its proxy comes, so that it can be played meanwhile. */
  readonly comes = $derived.by(() => this.#absentKept !== null && this.#mayCome);
  readonly #mayCome = $derived.by(() => {
    const lake = this.lake;
    return lake.state !== null && (!lake.isAway || (this.assetId !== null && lake.comingOf(this.assetId) !== null));
  });
  /** The asset at hand once it can be played and decided on; a file that is still on its way is none yet. */
  readonly readyId = $derived(this.assetRow?.state === "ready" ? this.assetRow.id : null);
  /** The work that brings the asset at hand in, while it is on its way or went wrong. */
  readonly intake = $derived.by(() => {
    const row = this.assetRow;
    return row && row.state !== "ready" ? (this.jobOf(row) ?? null) : null;
  });
  readonly assetDetail = $derived.by(() => this.#asset.data ?? null);
  readonly settings = $derived.by(() => this.#settings.data);
  readonly theme = $derived<Theme>(this.settings?.theme ?? "dark");
  /** Keys as they are saved, with the presets they stand on. */
  readonly keymap = $derived.by(() => this.#keymap.data);
  readonly bindings = $derived.by(() => this.#keymap.data?.bindings ?? {});
  readonly jobs = $derived.by(() => (this.#jobs.data?.jobs ?? []).map((job) => this.#told.get(job.id) ?? job));
  readonly jobsUnderWay = $derived(this.jobs.filter((job) => job.state === "running" || job.state === "queued").length);

  /** The making of the demo film, while it goes on. */
  readonly demoJob = $derived(
    this.jobs.find((job) => job.kind === "demo" && (job.state === "running" || job.state === "queued")) ?? null,
  );

  /** `renew` begins the page anew once another lake is open. */
  constructor(backend: Backend, renew: (lake: string) => void = () => undefined) {
    this.backend = backend;
    this.queries = new Queries(backend);
    this.#hello = this.queries.read("hello", () => ({}));
    this.#jobs = this.queries.read("jobs", () => ({}));
    this.library = new Library(this.queries);
    this.#current = this.queries.read("assets", () => {
      const ids = [this.assetId, this.#arrived].filter((id) => id !== null);
      return ids.length > 0 ? { ids } : null;
    });
    this.#asset = this.queries.read("asset", () => (this.readyId ? { asset: this.readyId } : null));
    this.#settings = this.queries.read("settings", () => ({}));
    this.#keymap = this.queries.read("keymap", () => ({}));
    this.lake = new Lake(backend, this.queries);
    const writes = new Writes();
    this.transport = new Transport(backend.stage);
    this.timeline = new Timeline(backend.stage);
    this.guides = new Guides(backend.stage, () => this.settings?.loudness_target_lufs);
    this.alongside = new Alongside(backend.stage, this.transport, this.guides, (asset, frame) => {
      this.#arrival = { asset, frame };
      this.openAsset(asset);
    });
    this.over = new Over(this.queries, this.notices, () => this.readyId);
    this.mixer = new Mixer(backend.stage, (thrown) => this.notices.fail(thrown));
    this.review = new Review(this.queries, this.notices, writes, () => this.readyId);
    this.markers = new Markers(this.queries, this.notices, writes, this.transport, () => this.readyId);
    this.comments = new Comments(this.queries, this.notices, writes, this.transport, () => this.readyId);
    this.conflicts = new Conflicts(this.queries, this.notices, writes, () => this.name === "conflicts");
    this.uploads = new Uploads(backend, this.notices, () => this.queries.stale(["jobs", "assets"]));
    this.hand = new TimelineHand(this);
    let told = false;
    $effect(() => {
      const refused = this.hello?.refused ?? [];
      if (told || refused.length === 0) return;
      told = true;
      untrack(() => void this.uploads.add([], refused));
    });

    $effect(() => this.#followLake(renew));
    $effect(() => {
      const fault = this.hello?.not_come_back;
      if (fault) untrack(() => this.notices.failWith("The lake opened last is not open", fault));
    });

    this.#readPlace();
    $effect(() => this.#keepPlace());
    $effect(() => {
      const walked = (): void => this.#readPlace();
      window.addEventListener("hashchange", walked);
      return () => window.removeEventListener("hashchange", walked);
    });
    $effect(() => this.#chooseAsset());
    $effect(() => this.#openAsset());
    $effect(() => this.#followSelection());
    $effect(() => {
      const wanted = this.#wanted;
      if (wanted === null || !this.review.byId.has(wanted)) return;
      untrack(() => {
        this.#wanted = null;
        this.review.select(wanted);
      });
    });
    $effect(() => this.#showSelection());
    $effect(() => this.#redrawTimeline());
    $effect(() => {
      document.documentElement.dataset["theme"] = this.theme;
    });
    $effect(() => this.#listen());
    $effect(() => this.backend.onScreenLeft(() => (this.full = false)));
    $effect(() =>
      this.backend.stage.onDetached(({ detached, refused }) => {
        this.detached = detached;
        if (refused) this.notices.say("The viewer got no window of its own: the window system refused.");
      }),
    );
    $effect(() => {
      // Words, ranges and notes are edited beside the picture.
      const writes = this.markers.editing !== null || this.comments.draft !== null;
      if (this.review.editing || writes) untrack(() => this.showFull(false));
    });
  }

  /** Why an asset is not there: its last job that went wrong says so. */
  faultOf(row: AssetRow): Fault | null {
    return this.jobs.find((job) => (job.asset === row.id || job.id === row.job) && job.fault)?.fault ?? null;
  }

  /** The ingest of an asset; the row of a file on its way names it. */
  jobOf(row: AssetRow): Job | undefined {
    return this.jobs.find((job) => job.kind === "ingest" && (job.id === row.job || job.asset === row.id));
  }

  go(name: DeskName): void {
    this.name = name;
    if (name !== "review") this.showFull(false);
  }

  /** Gives the viewer the whole window and, where it may, the screen; or takes both back. */
  showFull(whole: boolean): void {
    if (this.detached) {
      if (whole) this.backend.stage.fillDetached();
      return;
    }
    if (whole === this.full) return;
    this.full = whole;
    void this.backend.fillScreen(whole);
  }

  /** Shows an asset on the Review desk, or only makes it the current one. */
  openAsset(id: string, andReview = false): void {
    this.assetId = id;
    if (andReview) this.name = "review";
  }

  /** Shows what people disagree about where it is in its film. */
  openConflict(row: ProposalRow): void {
    this.openAsset(row.asset, true);
    this.#wanted = row.id;
  }
  /** What is to be selected once its film's list is here. */
  #wanted = $state<string | null>(null);

  async verdict(verdict: Verdict, options: VerdictOptions = {}): Promise<boolean> {
    const pressed = this.pressedAt > 0 ? this.pressedAt : performance.now();
    this.pressedAt = 0;
    const stay = options.stay ?? this.settings?.auto_advance === false;
    const written = this.review.decide(verdict, { ...options, stay });
    measureToPaint("verdict-to-paint", pressed);
    return written;
  }

  async addFiles(): Promise<void> {
    try {
      const { jobs, refused, outgoing } = await this.backend.pickFiles();
      this.queries.stale(["jobs", "assets"]);
      await this.uploads.add(outgoing, refused, jobs.length);
    } catch (thrown) {
      this.notices.fail(thrown);
    }
    // Also after a refusal: the other files may have started.
    this.queries.stale(["jobs", "assets"]);
  }

  /** Keeps the asset at hand on this machine whatever the budget, or lets it go with the others. */
  async keepAsset(): Promise<void> {
    const detail = this.assetDetail;
    if (!detail?.kept) return;
    const keep = !detail.kept.pinned;
    if (await this.ask(this.backend.call("keep_asset", { asset: detail.id, keep })))
      this.notices.say(
        keep ? `${detail.title} stays on this machine.` : `${detail.title} may go when there is no room.`,
      );
    this.queries.stale(["lake", `asset:${detail.id}`]);
  }

  /** The way to a lake: a new one, or the sign-in to one that is known. */
  connect(to: LakeAddress | null = null): void {
    this.connectTo = to;
    this.popup = "connect";
  }

  /** Signs in to the lake that is open once more. */
  async signInAgain(): Promise<void> {
    try {
      const { lakes } = await this.backend.call("lakes", {});
      const address = lakes.find((lake) => lake.open)?.address;
      if (address) this.connect(address);
    } catch (thrown) {
      this.notices.fail(thrown);
    }
  }

  /** Has the original of the asset at hand brought to this machine. */
  async bringOriginal(): Promise<void> {
    const detail = this.assetDetail;
    if (!detail) return;
    if (await this.ask(this.backend.call("bring_asset", { asset: detail.id, original: true })))
      this.notices.say("The original is on its way; the viewer plays it once it is here.");
  }

  /** Files that were dropped onto the desk. */
  async dropFiles(files: readonly File[]): Promise<void> {
    const outgoing = this.backend.dropped(files);
    if (outgoing.length > 0) await this.uploads.add(outgoing);
    else if (files.length > 0) this.notices.say("Files come in with Add files…, or through a watched folder.");
  }

  /** Saves keys; they hold from the moment this has ended. Throws what is in the way. */
  async saveKeys(change: Request<"set_keymap">): Promise<void> {
    this.#keymap.put(await this.backend.call("set_keymap", change));
  }

  async change(settings: SettingsChange): Promise<void> {
    try {
      await this.backend.call("set_settings", settings);
      this.queries.stale(["settings"]);
    } catch (thrown) {
      this.notices.fail(thrown);
    }
  }

  /** Asks for something and shows what went wrong; for acts whose answer nobody waits for. */
  async ask(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (thrown) {
      this.notices.fail(thrown);
      return false;
    }
  }

  /** Whoever looks at this desk may have opened another lake: nothing of the one before holds any more. */
  #followLake(renew: (lake: string) => void): void {
    const { hello } = this;
    if (!hello) return;
    this.#opening ??= hello.opening;
    this.backend.opening = this.#opening;
    if (hello.opening === this.#opening) return;
    untrack(() => {
      this.backend.opening = hello.opening;
      this.backend.stage.compare(null);
      void this.ask(this.backend.stage.open(null));
      renew(hello.lake.name);
    });
  }
  #opening: number | null = null;

  #readPlace(): void {
    // A program that starts anew has no address to come back to: it opens what was open last.
    const place = location.hash || (localStorage.getItem(PLACE) ?? "");
    const [name, asset] = place.replace(/^#\/?/, "").split("/");
    const known = DESKS.find((desk) => desk === name);
    if (known) this.name = known;
    if (asset) this.assetId = decodeURIComponent(asset);
  }

  #keepPlace(): void {
    const place = `#/${this.name}${this.assetId ? `/${encodeURIComponent(this.assetId)}` : ""}`;
    if (location.hash !== place) history.replaceState(null, "", place);
    localStorage.setItem(PLACE, place);
  }

  /** What the file at hand became: it has its own name from now on. */
  get #arrived(): string | null {
    return this.jobs.find((job) => `${ON_ITS_WAY}${job.id}` === this.assetId)?.asset ?? null;
  }

  /** Takes another asset when the one at hand is not there. */
  #chooseAsset(): void {
    const { assetId } = this;
    if (this.assetRow || (this.library.total ?? 0) === 0) return;
    const known = this.#current.data;
    if (assetId !== null && !known) return;
    // A file that came in stays the one at hand.
    const arrived = known?.assets.find((row) => row.id === this.#arrived);
    if (arrived) {
      this.assetId = arrived.id;
      return;
    }
    const demo = this.hello?.demo_asset;
    untrack(() => void this.ask(this.#choose(assetId, demo)));
  }

  async #choose(instead: string | null, demo: string | undefined): Promise<void> {
    if (this.#isChoosing) return;
    this.#isChoosing = true;
    try {
      const first = async (request: Request<"assets">): Promise<AssetRow | undefined> =>
        (await this.backend.call("assets", { ...request, limit: 1 })).assets[0];
      const found =
        (await first({ filter: "open" })) ??
        (demo === undefined ? undefined : await first({ ids: [demo] })) ??
        (await first({ filter: "ready" })) ??
        (await first({}));
      if (found && this.assetId === instead) this.assetId = found.id;
    } finally {
      this.#isChoosing = false;
    }
  }
  #isChoosing = false;

  #openAsset(): void {
    const row: AssetRow | null = this.assetRow;
    if (this.awayKept) untrack(() => this.#bring());
    const opened = this.transport.open(this.awayKept ? null : row, this.assetDetail);
    if (row && row.id === this.#arrival?.asset) untrack(() => this.transport.follow(this.#arrival?.frame ?? 0));
    void this.ask(opened.then(() => this.mixer.open(row?.state === "ready" && row.audio_channels > 0 ? row.id : null)));
    this.timeline.open(row?.state === "ready" ? row.id : null, row?.duration_secs ?? 0, row?.frame_count ?? 0);
  }

  /** Has the files of the asset at hand brought from the lake, once for each time it is opened. */
  #bring(): void {
    if (this.assetId === null || this.#brought === this.assetId) return;
    this.#brought = this.assetId;
    void this.ask(this.backend.call("bring_asset", { asset: this.assetId, original: false }));
  }
  #brought: string | null = null;

  /** Selects where the hand already is: neither the playhead nor the view moves for it. */
  take(ids: Iterable<string>, cursor?: string): void {
    this.review.selectMany(ids, cursor);
    this.#followed = this.review.cursor;
  }

  /** The rings and what the hand does, where the stage draws them: as much of the selection as may be in view. */
  #showSelection(): void {
    const { timeline, review, hand } = this;
    if (this.backend.stage.drawsBelowPage) return;
    timeline.hand = hand.look;
    const [from, to] = [timeline.start - timeline.secondsShown, timeline.start + 2 * timeline.secondsShown];
    const near: string[] = [];
    if (review.selected.size > 1) {
      for (const id of review.selected) {
        const row = review.byId.get(id);
        if (row && row.end_secs >= from && row.start_secs <= to && near.push(id) >= MOST_RINGS) break;
      }
    }
    const before = timeline.selection;
    if (near.length !== before.length || near.some((id, i) => id !== before[i])) timeline.selection = near;
  }

  /** What is selected stands under the playhead and on the timeline. */
  #followSelection(): void {
    const current = this.review.current;
    this.timeline.selected = current?.id ?? null;
    if (!current || current.id === this.#followed) return;
    this.#followed = current.id;
    const arrival = this.#arrival;
    this.#arrival = null;
    // The two films that are compared changed places: the moment is kept.
    if (arrival?.asset === current.asset) {
      this.timeline.reveal(untrack(() => this.transport.stage.secondsOf(arrival.frame)));
      return;
    }
    // A verdict given while the film runs, or loops, does not throw its picture away.
    if (untrack(() => this.transport.now.playing)) return;
    this.transport.follow(current.start_frame);
    this.timeline.reveal(current.start_secs);
  }
  #followed: string | null = null;
  /** A film that is being opened at a frame of its own. */
  #arrival: { asset: string; frame: number } | null = null;

  #redrawTimeline(): () => void {
    // The picture shows proposals, where they stand, markers and comments: when the program knows something new, it is drawn again.
    void this.review.answered;
    void this.review.written;
    void this.markers.flags;
    void this.comments.marks;
    this.timeline.theme = this.theme;
    this.timeline.shield = this.guides.covered;
    // The list beside the picture shows a verdict at once. Of several that follow each other the last one draws the picture.
    const settled = setTimeout(() => this.timeline.redraw(), REDRAW_MILLIS);
    return () => clearTimeout(settled);
  }

  /** Whether the line has said anything yet. */
  #heard = false;

  #listen(): () => void {
    return this.backend.subscribe(
      (event) => this.#hear(event),
      (now) => {
        if (now === "up" && this.line !== "up") this.queries.staleAll();
        // What changed between the first answers and the first word of the line was told to nobody: a small file comes that fast.
        else if (now === "up" && !this.#heard) this.queries.stale(["lake", "jobs", `asset:${this.assetId ?? ""}`]);
        this.#heard = true;
        this.line = now;
      },
    );
  }

  #hear(event: DeskEvent): void {
    if ("stale" in event) {
      if (event.stale.includes("jobs")) this.#told = new Map();
      this.queries.stale(event.stale);
      return;
    }
    this.#told = new Map(this.#told).set(event.job.id, event.job);
    if (!this.jobs.some((job) => job.id === event.job.id)) this.queries.stale(["jobs"]);
  }
}

const KEY = Symbol("desk");

export function provideDesk(desk: Desk): Desk {
  return setContext(KEY, desk);
}

/** What a part that is shown alone needs to find this desk. */
export function contextOf(desk: Desk): Map<symbol, Desk> {
  return new Map([[KEY, desk]]);
}

export function useDesk(): Desk {
  return getContext<Desk>(KEY);
}
