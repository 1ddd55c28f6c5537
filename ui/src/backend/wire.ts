// The wire, as the generated types have it, plus the few shapes that only the desk gives a name.
import { commands, type CommandName, type Commands, type Tag } from "./generated/commands";
import type { Fault as WireFault, FaultCode, TransportState as WireTransport } from "./generated/types";

export type * from "./generated/types";
export type { CommandName, Commands, Tag, WireTransport };

export type Request<K extends CommandName> = Commands[K]["request"];
export type Answer<K extends CommandName> = Commands[K]["response"];

/** An error as people are shown it. The program's own codes, and three for what only the desk can meet. */
export interface Fault extends Omit<WireFault, "code"> {
  code: FaultCode | "desk" | "unreachable" | "unknown";
}

/** The tags of events that make this answer stale. */
export function dependsOn<K extends CommandName>(name: K, request: Request<K>): string[] {
  return commands[name].reads.map((tag) => {
    if (tag !== "asset") return tag;
    const named = request as { asset?: string; view?: { asset: string } };
    return `asset:${named.asset ?? named.view?.asset ?? ""}`;
  });
}
