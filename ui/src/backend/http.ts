import { faultFromBody, faultOf, Refused, type Backend } from "./backend";
import { BrowserStage } from "./stage/browser";
import { readFrameIndex } from "./stage/frames";
import type { StageHost } from "./stage/host";
import type { Answer, CommandName, DeskEvent, Fault, Request, Started, TimelineView } from "./wire";

/** The desk in a browser, served by `circletake serve`. */
export class HttpBackend implements Backend {
  readonly host = "browser";
  readonly stage: StageHost;

  constructor() {
    // Names this page, so that the server lets go of a picture once a newer one is asked for.
    const page = crypto.randomUUID();
    this.stage = new BrowserStage("browser", "in the page", {
      proxy: (asset) => `/media/${asset}/proxy.mp4`,
      frame: (asset, n, width, height) => `${this.frameUrl(asset, n, width, height)}&client=${page}`,
      timeline: (view) => `/stage/timeline.png?${timelineQuery(view)}&client=${page}`,
      layout: (view) => this.call("timeline", { view }),
      index: readIndex,
    });
  }

  async call<K extends CommandName>(name: K, request: Request<K>): Promise<Answer<K>> {
    let response: Response;
    try {
      response = await fetch(`/api/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
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

  subscribe(onEvent: (event: DeskEvent) => void, connected: (up: boolean) => void): () => void {
    const source = new EventSource("/events");
    source.addEventListener("open", () => connected(true));
    source.addEventListener("error", () => connected(false));
    source.addEventListener("message", (message: MessageEvent<string>) => {
      onEvent(JSON.parse(message.data) as DeskEvent);
    });
    return () => source.close();
  }

  posterUrl(asset: string): string {
    return `/media/${asset}/poster.jpg`;
  }

  frameUrl(asset: string, frame: number, width: number, height: number): string {
    return `/media/${asset}/frame/${frame}.png?w=${width}&h=${height}`;
  }

  async saveExport(exportId: string, fileName: string): Promise<boolean> {
    const link = document.createElement("a");
    link.href = `/exports/${exportId}`;
    link.download = fileName;
    link.click();
    return true;
  }

  async addFiles(): Promise<string[]> {
    const jobs: string[] = [];
    const refused: { name: string; fault: Fault }[] = [];
    const files = await chooseFiles();
    for (const file of files) {
      try {
        const response = await fetch(`/upload?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
        const started = await answerOf<Started>(response, `upload ${file.name}`);
        jobs.push(...started.jobs);
      } catch (thrown) {
        // The files after it are none the worse for it.
        refused.push({ name: file.name, fault: faultOf(thrown) });
      }
    }
    if (refused.length > 0) throw new Refused(allRefused(refused, files.length));
    return jobs;
  }
}

/** One fault for the files of one choice that were refused; it says what became of the others. */
export function allRefused(refused: { name: string; fault: Fault }[], chosen: number): Fault {
  const [first] = refused;
  if (first && chosen === 1) return first.fault;
  const taken = chosen - refused.length;
  return {
    code: first?.fault.code ?? "unknown",
    message: `${refused.length} of ${chosen} files were not taken in.`,
    hint: taken > 0 ? `The other ${taken} are being ingested.` : (first?.fault.hint ?? ""),
    detail: refused.map(({ name, fault }) => `${name}: ${fault.message}`).join("\n"),
  };
}

function timelineQuery(view: TimelineView): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) {
    if (value !== null) query.set(name, String(value));
  }
  return query.toString();
}

async function answerOf<T>(response: Response, what: string): Promise<T> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const signedOut = response.status === 401;
  throw new Refused(
    faultFromBody(body, {
      code: "unknown",
      message: signedOut ? "This browser is not signed in." : "Circle Take refused this.",
      hint: signedOut ? "Open the address that `circletake serve` printed; its token works once." : "",
      detail: `${what}: ${response.status} ${response.statusText}`,
    }),
  );
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
