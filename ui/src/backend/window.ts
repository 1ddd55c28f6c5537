import { convertFileSrc, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import {
  faultFromBody,
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
import { readFrameIndex } from "./stage/frames";
import type { StageHost } from "./stage/host";
import { WindowStage } from "./stage/window";
import type { Answer, AssetRow, CommandName, DeskEvent, Request, ShieldShow } from "./wire";

/** The desk in its own window. */
export class WindowBackend implements Backend {
  readonly host = "window";
  opening: number | null = null;
  readonly stage: StageHost;
  constructor() {
    this.stage = new WindowStage(
      (name, request) => this.call(name, request),
      readIndex,
      // A surface that missed one message is told again with the next; the stage reports its own faults as events.
      () => undefined,
    );
  }

  async call<K extends CommandName>(name: K, request: Request<K>): Promise<Answer<K>> {
    try {
      return await invoke<Answer<K>>("call", { name, request, opening: this.opening });
    } catch (thrown) {
      throw new Refused(
        faultFromBody(thrown, {
          code: "unknown",
          message: "Circle Take refused this.",
          hint: "",
          detail: `${name}: ${String(thrown)}`,
        }),
      );
    }
  }

  subscribe(onEvent: (event: DeskEvent) => void, line: (now: Line) => void): () => void {
    const listening = listen<DeskEvent>("desk", (event) => onEvent(event.payload));
    listening.then(
      () => line("up"),
      () => line("broken"),
    );
    return () => void listening.then((stop) => stop());
  }

  posterUrl(asset: AssetRow, shield: ShieldShow): string {
    return `${media()}media/${asset.id}/poster.jpg${posterQuery(asset, shield)}`;
  }

  frameUrl(asset: string, frame: number, width: number, height: number): string {
    return `${media()}media/${asset}/frame/${frame}.png?w=${width}&h=${height}`;
  }

  overUrl(over: OverPicture): string {
    return `media://localhost/stage/over.png?${overQuery(over)}`;
  }

  scopesUrl(scopes: ScopesPicture): string {
    return `media://localhost${scopesAddress(scopes, "window")}`;
  }

  async saveExport(made: Answer<"export">): Promise<Handed> {
    const { saved } = await this.call("save_export", { export_id: made.export_id });
    return saved ? "all" : "called-off";
  }

  async pickFiles(): Promise<Picked> {
    const { jobs, refused } = await this.call("pick_files", {});
    return { jobs, refused, outgoing: [] };
  }

  dropped(): Outgoing[] {
    return [];
  }

  async fillScreen(whole: boolean): Promise<void> {
    try {
      await getCurrentWindow().setFullscreen(whole);
    } catch {
      // A window manager may refuse; the viewer fills the window all the same.
    }
  }

  onScreenLeft(): () => void {
    return () => undefined;
  }
}

/** Where the program's own pictures come from: a scheme of ours, which Windows spells as a host. */
function media(): string {
  return convertFileSrc("", "media");
}

async function readIndex(asset: string) {
  try {
    const response = await fetch(`${media()}media/${asset}/frames`);
    return response.ok ? readFrameIndex(await response.arrayBuffer()) : null;
  } catch {
    // Without the index, times are even steps of the rate; transport events carry the exact frame all the same.
    return null;
  }
}
