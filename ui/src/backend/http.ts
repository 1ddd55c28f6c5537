import {
  faultOfStatus,
  overQuery,
  posterQuery,
  scopesAddress,
  Refused,
  type Backend,
  type Handed,
  type Line,
  type Outgoing,
  type OverPicture,
  type ScopesPicture,
  type Picked,
} from "./backend";
import { fillScreen, onScreenLeft } from "./screen";
import { BrowserStage } from "./stage/browser";
import { sendFile } from "./send";
import { readFrameIndex } from "./stage/frames";
import type { StageHost } from "./stage/host";
import type { Answer, AssetRow, CommandName, DeskEvent, Request, ShieldShow, TimelineView } from "./wire";

/** How long the bytes of a download are kept for the browser to fetch them. */
const HELD_MILLIS = 30_000;
/** The status of a call without a session. */
const SESSION_OVER = 401;
/** Between two tries to hear events again. */
const AGAIN_MILLIS = 3000;

/** The desk in a browser, served by `circletake serve`. */
export class HttpBackend implements Backend {
  readonly host = "browser";
  opening: number | null = null;
  readonly stage: StageHost;
  /** Names this page, so that the server lets go of a picture once a newer one is asked for. */
  readonly #page = crypto.randomUUID();
  /** And the place beside the viewer, whose pictures do not take the viewer's place. */
  readonly #beside = crypto.randomUUID();

  constructor() {
    const page = this.#page;
    // The page keeps every picture it has shown under its address and does not ask again, whatever the server says of caching.
    // The same part of the timeline looks otherwise after a verdict, so every asking has an address of its own.
    let asked = 0;
    this.stage = new BrowserStage("browser", "in the page", {
      proxy: (asset) => `/media/${asset}/proxy.mp4`,
      frame: (asset, n, width, height, original, place) =>
        `${this.frameUrl(asset, n, width, height)}${original ? "&original=1" : ""}&client=${place === "viewer" ? page : this.#beside}`,
      timeline: (view) => `/stage/timeline.png?${timelineQuery(view)}&client=${page}&asked=${(asked += 1)}`,
      layout: (view) => this.call("timeline", { view }),
      index: readIndex,
    });
  }

  async call<K extends CommandName>(name: K, request: Request<K>): Promise<Answer<K>> {
    let response: Response;
    try {
      response = await fetch(`/api/${name}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(this.opening === null ? {} : { "circletake-opening": String(this.opening) }),
        },
        body: JSON.stringify(request),
      });
    } catch (thrown) {
      throw new Refused({
        code: "unreachable",
        message: "The desk cannot reach Circle Take.",
        hint: "Everything circled so far is kept. Start `circletake serve` again and open the address it prints.",
        detail: String(thrown),
      });
    }
    return answerOf<Answer<K>>(response, name);
  }

  subscribe(onEvent: (event: DeskEvent) => void, line: (now: Line) => void): () => void {
    let source: EventSource;
    let again: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const listen = (): void => {
      source = new EventSource("/events");
      source.addEventListener("open", () => line("up"));
      source.addEventListener("error", () => void broke());
      source.addEventListener("message", (message: MessageEvent<string>) => {
        onEvent(JSON.parse(message.data) as DeskEvent);
      });
    };
    // A broken line the browser mends by itself. A refused one it gives up: then the answer to any call says whether this
    // page's session is over, as it is when the program was started anew.
    const broke = async (): Promise<void> => {
      line("broken");
      if (source.readyState !== EventSource.CLOSED) return;
      const answer = await fetch("/api/hello", { method: "POST", body: "{}" }).catch(() => null);
      if (over) return;
      if (answer?.status === SESSION_OVER) line("ended");
      else again = setTimeout(listen, AGAIN_MILLIS);
    };
    listen();
    return () => {
      over = true;
      clearTimeout(again);
      source.close();
    };
  }

  posterUrl(asset: AssetRow, shield: ShieldShow): string {
    return `/media/${asset.id}/poster.jpg${posterQuery(asset, shield)}`;
  }

  frameUrl(asset: string, frame: number, width: number, height: number): string {
    return `/media/${asset}/frame/${frame}.png?w=${width}&h=${height}`;
  }

  overUrl(over: OverPicture): string {
    return `/stage/over.png?${overQuery(over)}`;
  }

  scopesUrl(scopes: ScopesPicture): string {
    return scopesAddress(scopes, this.#page);
  }

  async saveExport(made: Answer<"export">): Promise<Handed> {
    const address = `/exports/${made.export_id}`;
    save(address, made.file_name);
    if (made.losses.length === 0) return "all";
    try {
      // Fetched first: of two downloads asked for at the same moment a browser may take only one.
      const losses = await fetch(`${address}/losses`);
      if (!losses.ok) return "without-list";
      saveBytes(await losses.blob(), `${made.file_name}.losses.json`);
      return "all";
    } catch {
      // The line broke after the file itself was handed over.
      return "without-list";
    }
  }

  async pickFiles(): Promise<Picked> {
    return { jobs: [], refused: [], outgoing: this.dropped(await chooseFiles()) };
  }

  dropped(files: readonly File[]): Outgoing[] {
    return files.map((file) => ({
      name: file.name,
      size_bytes: file.size,
      send: (sent, signal) => sendFile(file, sent, signal),
    }));
  }

  fillScreen = fillScreen;
  onScreenLeft = onScreenLeft;
}

function save(address: string, fileName: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
}

function saveBytes(bytes: Blob, fileName: string): void {
  const address = URL.createObjectURL(bytes);
  save(address, fileName);
  // Not every browser has taken hold of the bytes once the click's task is over.
  setTimeout(() => URL.revokeObjectURL(address), HELD_MILLIS);
}

function timelineQuery(view: TimelineView): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) {
    // What the page draws itself is not part of the picture.
    if (name === "selection" || name === "hand") continue;
    if (value !== null) query.set(name, String(value));
  }
  return query.toString();
}

async function answerOf<T>(response: Response, what: string): Promise<T> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  throw new Refused(faultOfStatus(body, response.status, `${what}: ${response.status} ${response.statusText}`));
}

/** The browser's own file dialog. Closing it picks nothing. */
function chooseFiles(): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.addEventListener("change", () => resolve([...(input.files ?? [])]));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

async function readIndex(asset: string) {
  const response = await fetch(`/media/${asset}/frames`);
  return response.ok ? readFrameIndex(await response.arrayBuffer()) : null;
}
