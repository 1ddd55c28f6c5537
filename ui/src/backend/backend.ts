import type {
  Answer,
  AssetRow,
  BoxesShow,
  CommandName,
  DeskEvent,
  Fault,
  Request,
  ScopesShow,
  ShieldShow,
  SubtitleShow,
  Theme,
} from "./wire";
import type { StageHost } from "./stage/host";

/** How the line to the program is: `ended` when this page's session is over and no waiting brings it back. */
export type Line = "up" | "broken" | "ended";

/** What the desk needs from the program behind it. Implementations are the only code that knows HTTP or Tauri. */
export interface Backend {
  readonly host: "window" | "browser" | "mock";
  /** Which opening of a lake the page shows, as `hello` told it: what it writes is written there or not at all. */
  opening: number | null;
  /** Asks for one command; throws {@link Refused} with the program's own words. */
  call<K extends CommandName>(name: K, request: Request<K>): Promise<Answer<K>>;
  /** Hears events until the returned function is called. `line` tells when the line breaks and comes back. */
  subscribe(onEvent: (event: DeskEvent) => void, line: (now: Line) => void): () => void;
  /** The viewer and the timeline. */
  readonly stage: StageHost;
  /** Address of the small picture that stands for an asset in lists, covered where the shield covers its moment. */
  posterUrl(asset: AssetRow, shield: ShieldShow): string;
  /** Address of the exact frame `n`, fitted into `width` by `height` device pixels. */
  frameUrl(asset: string, frame: number, width: number, height: number): string;
  /** Address of what lies over a frame: a picture on nothing, as large as the picture is shown. */
  overUrl(over: OverPicture): string;
  /** The measurements of one frame, as the stage draws them. */
  scopesUrl(scopes: ScopesPicture): string;
  /** Hands a finished export to the person, and beside it the list of what it could not carry; answers what was saved. */
  saveExport(made: Answer<"export">): Promise<Handed>;
  /** Lets the person pick files. Where the program can open them itself their ingest starts at once. */
  pickFiles(): Promise<Picked>;
  /** Files dropped onto the page, where the page is what hands them over. */
  dropped(files: readonly File[]): Outgoing[];
  /** Gives the page the whole screen, or gives it back; does nothing where that is not allowed. */
  fillScreen(whole: boolean): Promise<void>;
  /** Hears when the page no longer has the whole screen. */
  onScreenLeft(hear: () => void): () => void;
}

/** The query of a poster: what is flagged changes with verdicts, and so does the address. */
export function posterQuery({ tally }: AssetRow, shield: ShieldShow): string {
  return shield === "flagged" ? `?shield=flagged&of=${Object.values(tally).join("-")}` : `?shield=${shield}`;
}

/** One picture of what lies over a frame. */
export interface OverPicture {
  asset: string;
  frame: number;
  /** Device pixels. */
  width: number;
  height: number;
  /** Device pixels to a pixel of the page. */
  scale: number;
  subtitles: SubtitleShow;
  boxes: BoxesShow;
  /** The proposal in focus, where only its boxes are shown. */
  selected: string | null;
  theme: Theme;
  /** The page writes timecode or name into the lower corners: subtitles leave room for them. */
  corners: boolean;
  /** As the program named what lies over the picture: after a verdict it is another. */
  revision: string;
}

/** The query that asks for it. */
export function overQuery({ width, height, selected, ...rest }: OverPicture): string {
  const query = new URLSearchParams({ w: String(width), h: String(height) });
  for (const [name, value] of Object.entries(rest)) query.set(name, String(value));
  if (selected !== null) query.set("selected", selected);
  return query.toString();
}

/** Scopes of one frame, in a panel for them. */
export interface ScopesPicture {
  asset: string;
  frame: number;
  /** Device pixels. */
  width: number;
  height: number;
  /** Device pixels to a pixel of the page. */
  scale: number;
  scopes: ScopesShow;
}

/** The address that asks for them. They have a client of their own, so that they never push the picture itself out. */
export function scopesAddress({ asset, frame, width, height, scale, scopes }: ScopesPicture, page: string): string {
  return `/media/${asset}/frame/${frame}.png?w=${width}&h=${height}&scopes=${scopes}&scale=${scale}&client=${page}-scopes`;
}

/** What of an export was saved: all of it, the file without the list of what it could not carry, or nothing at the person's wish. */
export type Handed = "all" | "without-list" | "called-off";

/** A file that was not taken in, and why. */
export interface NotTaken {
  name: string;
  fault: Fault;
}

/** A file that the page must hand to the program before it can be ingested. */
export interface Outgoing {
  readonly name: string;
  readonly size_bytes: number;
  /**
   * Sends it; `sent` hears how many bytes are on their way. Answers the ingest jobs once the program has the whole file on
   * its disk. Throws {@link Refused}; after an abort nothing of the file stays.
   */
  send(sent: (bytes: number) => void, signal: AbortSignal): Promise<string[]>;
}

/** What became of the person's choice of files. */
export interface Picked {
  jobs: string[];
  refused: NotTaken[];
  outgoing: Outgoing[];
}

/** A command the program refused or could not do. */
export class Refused extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = "Refused";
    this.fault = fault;
  }
}

/** Any thrown value in the shape people are shown. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof Refused) return thrown.fault;
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return {
    code: "desk",
    message: "The desk met an error of its own.",
    hint: "Your decisions are safe. Reload the desk; if it happens again, copy the detail into a report.",
    detail,
  };
}

/** Reads a fault from an answer's body, whatever it holds. */
export function faultFromBody(body: unknown, fallback: Fault): Fault {
  if (typeof body !== "object" || body === null) return fallback;
  const given = body as Partial<Record<keyof Fault, unknown>>;
  const text = (key: keyof Fault): string => (typeof given[key] === "string" ? given[key] : "");
  if (!text("message")) return fallback;
  return {
    code: (text("code") || fallback.code) as Fault["code"],
    message: text("message"),
    hint: text("hint"),
    detail: text("detail"),
  };
}

/** What a refusal's body says, or what its status means. */
export function faultOfStatus(body: unknown, status: number, detail: string): Fault {
  const signedOut = status === 401;
  return faultFromBody(body, {
    code: "unknown",
    message: signedOut ? "This browser is not signed in." : "Circle Take refused this.",
    hint: signedOut ? "Open the address that `circletake serve` printed; its token works once." : "",
    detail,
  });
}
