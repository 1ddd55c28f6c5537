import type { Answer, CommandName, DeskEvent, Fault, Request } from "./wire";
import type { StageHost } from "./stage/host";

/** What the desk needs from the program behind it. Implementations are the only code that knows HTTP or Tauri. */
export interface Backend {
  readonly host: "window" | "browser" | "mock";
  /** Asks for one command; throws {@link Refused} with the program's own words. */
  call<K extends CommandName>(name: K, request: Request<K>): Promise<Answer<K>>;
  /** Hears events until the returned function is called. `connected` tells when the line breaks and comes back. */
  subscribe(onEvent: (event: DeskEvent) => void, connected: (up: boolean) => void): () => void;
  /** The viewer and the timeline. */
  readonly stage: StageHost;
  /** Address of the small picture that stands for an asset in lists. */
  posterUrl(asset: string): string;
  /** Address of the exact frame `n`, fitted into `width` by `height` device pixels. */
  frameUrl(asset: string, frame: number, width: number, height: number): string;
  /** Hands a finished export to the person; false when they called it off. */
  saveExport(exportId: string, fileName: string): Promise<boolean>;
  /** Lets the person pick files and starts their ingest; answers the jobs. */
  addFiles(): Promise<string[]>;
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
