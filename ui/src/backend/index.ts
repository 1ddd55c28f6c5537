import type { Backend } from "./backend";

export * from "./wire";
export {
  faultOf,
  Refused,
  type OverPicture,
  type Backend,
  type Line,
  type Outgoing,
  type Picked,
  type NotTaken,
} from "./backend";
export { AT_REST, type FrameRange, type StageAsset, type StageHost, type Tie, type TransportState } from "./stage/host";
export { clamp, rateOf } from "./stage/frames";

/** The backend of the place this desk runs in. */
export async function connect(): Promise<Backend> {
  // Not in what ships: only the development server and `vite build --mode mock` have it.
  if ((import.meta.env.DEV || import.meta.env.MODE === "mock") && new URLSearchParams(location.search).has("mock")) {
    const { MockBackend } = await import("./mock/mock");
    return new MockBackend(new URLSearchParams(location.search).get("mock") ?? "");
  }
  if ("__TAURI_INTERNALS__" in window) {
    const { WindowBackend } = await import("./window");
    return new WindowBackend();
  }
  const { HttpBackend } = await import("./http");
  return new HttpBackend();
}
