import type { Answer, DecidedBy, ListedSource, ProposalState } from "../wire";

const LETTERS: Record<ProposalState, string> = { open: "o", circled: "c", rejected: "r", conflict: "x" };

/** Rows in columns, as the program sends them. */
export function listingOf({ proposals, tally, version }: Answer<"proposals">): Answer<"listing"> {
  const sources = new Places<ListedSource>();
  const verdicts = new Places<DecidedBy>();
  const source = proposals.map(({ asset, kind, engine, model, version, run }) =>
    sources.of({ asset, kind, engine, model, version, run }),
  );
  const decided = proposals.map((row) => (row.decided ? verdicts.of(row.decided) : -1));
  const line = (words: string): string => words.replace(/[\t\r\n]/g, " ");
  return {
    ids: proposals.map((row) => row.id).join(""),
    source,
    sources: sources.all,
    start_frame: proposals.map((row) => row.start_frame),
    end_frame: proposals.map((row) => row.end_frame),
    start_secs: proposals.map((row) => row.start_secs),
    end_secs: proposals.map((row) => row.end_secs),
    states: proposals.map((row) => LETTERS[row.state]).join(""),
    confidence_permille: proposals.map(({ confidence }) => (confidence === null ? -1 : Math.round(confidence * 1000))),
    worth: proposals.map((row) => row.worth),
    words: proposals
      .map((row) => `${row.start_timecode}\t${row.end_timecode}\t${[row.title, row.detail].map(line).join("\t")}\n`)
      .join(""),
    payloads: proposals.map((row) => `${JSON.stringify(row.payload)}\n`).join(""),
    edits: Object.fromEntries(proposals.flatMap((row, i) => (row.edit ? [[i, row.edit]] : []))),
    decided,
    verdicts: verdicts.all,
    tally,
    version,
  };
}

/** Values that come again and again, each kept once. */
class Places<T> {
  readonly all: T[] = [];
  readonly #known = new Map<string, number>();

  of(value: T): number {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.all.length);
    return this.all.push(value) - 1;
  }
}
