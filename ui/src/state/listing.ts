import type { Answer, DecidedBy, ListedSource, ProposalRow, ProposalState } from "../backend";

type Listing = Answer<"listing">;

const STATES: Record<string, ProposalState> = { o: "open", c: "circled", r: "rejected", x: "conflict" };
const ID_LENGTH = 32;
/** A row that is not in its columns; there are as many items as rows. */
const NO_SOURCE: ListedSource = { asset: "", kind: "", engine: "", model: "", version: "", run: "" };

/** Lines of a long text, cut out of it when they are asked for. */
class Lines {
  readonly #text: string;
  readonly #ends: Uint32Array;

  constructor(text: string, count: number) {
    this.#text = text;
    this.#ends = new Uint32Array(count);
    for (let i = 0, from = 0; i < count; i += 1) {
      const end = text.indexOf("\n", from);
      this.#ends[i] = end;
      from = end + 1;
    }
  }

  at(index: number): string {
    const from = index === 0 ? 0 : (this.#ends[index - 1] ?? 0) + 1;
    return this.#text.slice(from, this.#ends[index]);
  }
}

/** Rows in columns: a few long texts and arrays instead of an object of two dozen fields for each. */
class Columns {
  readonly sources: readonly ListedSource[];
  readonly source: Uint32Array;
  readonly startFrame: Float64Array;
  readonly endFrame: Float64Array;
  readonly startSecs: Float64Array;
  readonly endSecs: Float64Array;
  readonly confidence: Int16Array;
  readonly worth: Float64Array;
  readonly states: string;
  readonly words: Lines;
  readonly payloads: Lines;
  readonly edits: Listing["edits"];
  readonly decided: Int32Array;
  readonly verdicts: readonly DecidedBy[];

  constructor(listing: Listing) {
    const count = listing.source.length;
    this.sources = listing.sources;
    this.source = Uint32Array.from(listing.source);
    this.startFrame = Float64Array.from(listing.start_frame);
    this.endFrame = Float64Array.from(listing.end_frame);
    this.startSecs = Float64Array.from(listing.start_secs);
    this.endSecs = Float64Array.from(listing.end_secs);
    this.confidence = Int16Array.from(listing.confidence_permille);
    this.worth = Float64Array.from(listing.worth);
    this.states = listing.states;
    this.words = new Lines(listing.words, count);
    this.payloads = new Lines(listing.payloads, count);
    this.edits = listing.edits;
    this.decided = Int32Array.from(listing.decided);
    this.verdicts = listing.verdicts;
  }
}

/** A row of a listing: what it says is taken from the columns when it is asked for. */
class ListedRow implements ProposalRow {
  readonly id: string;
  readonly columns: Columns;
  readonly place: number;

  constructor(id: string, columns: Columns, place: number) {
    this.id = id;
    this.columns = columns;
    this.place = place;
  }

  get #source(): ListedSource {
    return this.columns.sources[this.columns.source[this.place] ?? 0] ?? NO_SOURCE;
  }
  get asset(): string {
    return this.#source.asset;
  }
  get kind(): string {
    return this.#source.kind;
  }
  get engine(): string {
    return this.#source.engine;
  }
  get model(): string {
    return this.#source.model;
  }
  get version(): string {
    return this.#source.version;
  }
  get run(): string {
    return this.#source.run;
  }
  get start_frame(): number {
    return this.columns.startFrame[this.place] ?? 0;
  }
  get end_frame(): number {
    return this.columns.endFrame[this.place] ?? 0;
  }
  get start_secs(): number {
    return this.columns.startSecs[this.place] ?? 0;
  }
  get end_secs(): number {
    return this.columns.endSecs[this.place] ?? 0;
  }
  get start_timecode(): string {
    return this.#word(0);
  }
  get end_timecode(): string {
    return this.#word(1);
  }
  get title(): string {
    return this.#word(2);
  }
  get detail(): string {
    return this.#word(3);
  }
  get state(): ProposalState {
    return STATES[this.columns.states[this.place] ?? ""] ?? "open";
  }
  get confidence(): number | null {
    const permille = this.columns.confidence[this.place] ?? -1;
    return permille < 0 ? null : permille / 1000;
  }
  get worth(): number {
    return this.columns.worth[this.place] ?? 0;
  }
  get payload(): Record<string, unknown> {
    return JSON.parse(this.columns.payloads.at(this.place)) as Record<string, unknown>;
  }
  get edit(): Record<string, unknown> | null {
    return this.columns.edits[this.place] ?? null;
  }
  get decided(): DecidedBy | null {
    return this.columns.verdicts[this.columns.decided[this.place] ?? -1] ?? null;
  }

  #word(which: number): string {
    return this.columns.words.at(this.place).split("\t")[which] ?? "";
  }
}

/** The answer to a listing as that to `proposals` is, its rows in a fraction of the room. */
export function fromListing(listing: Listing): Answer<"proposals"> {
  const columns = new Columns(listing);
  const { ids, tally, version } = listing;
  const proposals = Array.from(
    listing.source,
    (_, i): ProposalRow => new ListedRow(ids.slice(i * ID_LENGTH, (i + 1) * ID_LENGTH), columns, i),
  );
  return { proposals, tally, version, whole: true, gone: [] };
}

const FIELDS = [
  ...(["id", "asset", "kind", "start_frame", "end_frame", "start_secs", "end_secs", "start_timecode"] as const),
  ...([
    "end_timecode",
    "state",
    "confidence",
    "engine",
    "model",
    "version",
    "run",
    "payload",
    "edit",
    "title",
  ] as const),
  ...(["detail", "worth", "decided"] as const),
] satisfies (keyof ProposalRow)[];

/** A row on its own: what a listed one says comes from its class, which a spread would leave behind. */
export function plain(row: ProposalRow): ProposalRow {
  return Object.fromEntries(FIELDS.map((field) => [field, row[field]])) as unknown as ProposalRow;
}
