import type {
  BoxesShow,
  CompareMode,
  Matte,
  MetersShow,
  ScopesShow,
  ShieldShow,
  StageGuides,
  StageHost,
  SubtitleShow,
} from "../backend";
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

/** What stands in the corners of the picture. */
export type BurnIn = "off" | "timecode" | "name";
/** How a still and the picture are seen together; `flicker` shows them in turn. */
export type Comparing = "off" | "side-by-side" | "wipe" | "difference" | "flicker";

/** Every choice with its words, in the order in which a key goes through them. */
export const SUBTITLES: readonly [SubtitleShow, string][] = [
  ["outline", "with a rim"],
  ["box", "in boxes"],
  ["off", "off"],
];
export const BOXES: readonly [BoxesShow, string][] = [
  ["selected", "of the selection"],
  ["all", "of everything here"],
  ["off", "off"],
];
export const BURN_INS: readonly [BurnIn, string][] = [
  ["off", "off"],
  ["timecode", "timecode"],
  ["name", "timecode and source"],
];
export const SHIELDS: readonly [ShieldShow, string][] = [
  ["off", "off"],
  ["flagged", "over what is flagged"],
  ["all", "over everything"],
];
export const COMPARINGS: readonly [Comparing, string][] = [
  ["off", "off"],
  ["side-by-side", "side by side"],
  ["wipe", "wipe"],
  ["difference", "difference"],
  ["flicker", "flicker"],
];
export const SCOPES: readonly [ScopesShow, string][] = [
  ["off", "off"],
  ["waveform", "waveform"],
  ["parade", "RGB parade"],
  ["vectorscope", "vectorscope"],
  ["all", "all"],
];

/** Scales of the loudness meter. */
export const METERS: readonly [MetersShow, string][] = [
  ["off", "off"],
  ["ebu9", "EBU +9"],
  ["ebu18", "EBU +18"],
];

/** A picture that was kept to compare others with. */
export interface Still {
  asset: string;
  frame: number;
  label: string;
  /** Width to height. */
  aspect: number;
}

const SAFE = "viewer.safe";
const MATTE = "viewer.matte";
/** Between two turns of a flicker: slow enough to be no flash. */
const FLICKER_MILLIS = 350;
/** Thousandths of the picture's width that a key moves the line of a wipe. */
export const WIPE_STEP = 25;

function firstOf<T extends string>(name: string, choices: readonly [T, string][]): T {
  const usual = choices[0];
  if (!usual) throw new Error(`no choice for ${name}`);
  return (
    kept(
      name,
      choices.map(([choice]) => choice),
    ) ?? usual[0]
  );
}

function after<T extends string>(now: T, choices: readonly [T, string][]): T {
  const here = choices.findIndex(([choice]) => choice === now);
  return choices[(here + 1) % choices.length]?.[0] ?? now;
}

/** What lies over the picture and beside it, remembered on this machine. */
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
  subtitles = $state<SubtitleShow>(firstOf("viewer.subtitles", SUBTITLES));
  boxes = $state<BoxesShow>(firstOf("viewer.boxes", BOXES));
  burnIn = $state<BurnIn>(firstOf("viewer.burn_in", BURN_INS));
  shield = $state<ShieldShow>(firstOf("viewer.shield", SHIELDS));
  scopes = $state<ScopesShow>(firstOf("viewer.scopes", SCOPES));
  meters = $state<MetersShow>(firstOf("viewer.meters", METERS));
  /** A key or button is held to see what the shield covers. */
  revealing = $state(false);
  comparing = $state<Comparing>("off");
  /** Where the line of a wipe stands, in thousandths of the picture's width. */
  split = $state(500);
  still = $state.raw<Still | null>(null);
  /** Another film follows, and takes the still's place. */
  alongside = $state(false);
  /** A flicker shows the still now. */
  #onStill = $state(false);

  readonly open = $derived(MATTES.find(({ name }) => name === this.matte)?.matte ?? null);
  /** What is covered now. */
  readonly covered = $derived<ShieldShow>(this.revealing ? "off" : this.shield);
  /** How the still is shown now, if it is. */
  readonly mode = $derived<CompareMode | null>(this.#modeNow());

  readonly #target: () => number | undefined;

  /** `target` is what a programme's loudness shall be, in LUFS, once the settings are there. */
  constructor(stage: StageHost, target: () => number | undefined) {
    this.#target = target;
    $effect(() => {
      localStorage.setItem(SAFE, this.safe ? "yes" : "no");
      localStorage.setItem(MATTE, this.matte ?? "");
      localStorage.setItem("viewer.subtitles", this.subtitles);
      localStorage.setItem("viewer.boxes", this.boxes);
      localStorage.setItem("viewer.burn_in", this.burnIn);
      localStorage.setItem("viewer.shield", this.shield);
      localStorage.setItem("viewer.scopes", this.scopes);
      localStorage.setItem("viewer.meters", this.meters);
    });
    // Where the page lies below the surface, the stage draws all of it.
    $effect(() => stage.guides(this.#told()));
    $effect(() => {
      if (this.comparing !== "flicker" || !this.#isComparable) return;
      const turns = setInterval(() => (this.#onStill = !this.#onStill), FLICKER_MILLIS);
      return () => {
        clearInterval(turns);
        this.#onStill = false;
      };
    });
  }

  get #isComparable(): boolean {
    return this.still !== null || this.alongside;
  }

  #modeNow(): CompareMode | null {
    if (!this.#isComparable || this.comparing === "off") return null;
    if (this.comparing === "flicker") return this.#onStill ? "still" : null;
    return this.comparing;
  }

  #told(): StageGuides {
    const target = this.#target();
    return {
      safe: this.safe,
      ...(this.open ? { matte: this.open } : {}),
      subtitles: this.subtitles,
      boxes: this.boxes,
      timecode: this.burnIn !== "off",
      name: this.burnIn === "name",
      shield: this.covered,
      ...(this.mode ? { compare: { mode: this.mode, split_permille: this.split } } : {}),
      scopes: this.scopes,
      meters: this.meters,
      ...(target === undefined ? {} : { loudness_target_lufs: target }),
    };
  }

  /** The next aspect, and none after the last. */
  next(): void {
    const here = MATTES.findIndex(({ name }) => name === this.matte);
    this.matte = MATTES[here + 1]?.name ?? null;
  }

  nextSubtitles(): void {
    this.subtitles = after(this.subtitles, SUBTITLES);
  }

  nextBoxes(): void {
    this.boxes = after(this.boxes, BOXES);
  }

  nextBurnIn(): void {
    this.burnIn = after(this.burnIn, BURN_INS);
  }

  nextShield(): void {
    this.shield = after(this.shield, SHIELDS);
  }

  nextScopes(): void {
    this.scopes = after(this.scopes, SCOPES);
  }

  nextMeters(): void {
    this.meters = after(this.meters, METERS);
  }

  nextComparing(): void {
    this.comparing = after(this.comparing, COMPARINGS);
  }

  /** Moves the line of a wipe, and shows it. */
  moveSplit(by: number): void {
    if (this.comparing !== "wipe") this.comparing = "wipe";
    else this.split = Math.min(1000, Math.max(0, this.split + by));
  }
}

/** The part of a picture that a matte leaves open, in shares of its width and height. */
export function openPart(matte: Matte, aspect: number): { left: number; top: number; width: number; height: number } {
  const wanted = matte.width / matte.height;
  const width = wanted < aspect ? wanted / aspect : 1;
  const height = wanted > aspect ? aspect / wanted : 1;
  return { left: (1 - width) / 2, top: (1 - height) / 2, width, height };
}
