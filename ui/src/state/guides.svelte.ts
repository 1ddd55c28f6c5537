import type { Matte, StageHost } from "../backend";
import { kept } from "./kept";

/** The aspects a framing is judged for, widest first. */
export const MATTES: readonly { name: string; matte: Matte }[] = [
  { name: "2.39:1", matte: { width: 239, height: 100 } },
  { name: "2:1", matte: { width: 2, height: 1 } },
  { name: "1.85:1", matte: { width: 185, height: 100 } },
  { name: "16:9", matte: { width: 16, height: 9 } },
  { name: "4:3", matte: { width: 4, height: 3 } },
  { name: "1:1", matte: { width: 1, height: 1 } },
  { name: "4:5", matte: { width: 4, height: 5 } },
  { name: "9:16", matte: { width: 9, height: 16 } },
];

const SAFE = "viewer.safe";
const MATTE = "viewer.matte";

/** Lines and mattes over the picture for judging a framing, remembered on this machine. */
export class Guides {
  /** Action and graphics safe areas. */
  safe = $state(localStorage.getItem(SAFE) === "yes");
  /** Name of the matte, or none. */
  matte = $state<string | null>(
    kept(
      MATTE,
      MATTES.map(({ name }) => name),
    ),
  );

  readonly open = $derived(MATTES.find(({ name }) => name === this.matte)?.matte ?? null);

  constructor(stage: StageHost) {
    $effect(() => {
      localStorage.setItem(SAFE, this.safe ? "yes" : "no");
      localStorage.setItem(MATTE, this.matte ?? "");
      // Where the page lies below the surface, the stage draws them.
      stage.guides({ safe: this.safe, ...(this.open ? { matte: this.open } : {}) });
    });
  }

  /** The next aspect, and none after the last. */
  next(): void {
    const here = MATTES.findIndex(({ name }) => name === this.matte);
    this.matte = MATTES[here + 1]?.name ?? null;
  }
}

/** The part of a picture that a matte leaves open, in shares of its width and height. */
export function openPart(matte: Matte, aspect: number): { left: number; top: number; width: number; height: number } {
  const wanted = matte.width / matte.height;
  const width = wanted < aspect ? wanted / aspect : 1;
  const height = wanted > aspect ? aspect / wanted : 1;
  return { left: (1 - width) / 2, top: (1 - height) / 2, width, height };
}
