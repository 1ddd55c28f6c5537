import { untrack } from "svelte";
import type { AssetRow, StageAsset, StageHost, Tie } from "../backend";
import { startFrames } from "../time/timecode";
import { rateOf } from "../backend";
import type { Guides } from "./guides.svelte";
import { stageAssetOf, type Transport } from "./transport.svelte";

/** What the desk does when the two films change places. */
type Open = (asset: string, frame: number) => void;

/** Another film that follows the one in the viewer, to be compared with it: by time, from a frame of each that go together. */
export class Alongside {
  film = $state.raw<AssetRow | null>(null);
  /** Which frames are seen together. */
  tie = $state.raw<Tie>({ viewed: 0, frame: 0 });
  /** The frame it shows, where the page draws it. */
  shown = $state<number | null>(null);

  readonly #transport: Transport;
  readonly #guides: Guides;
  readonly #open: Open;
  /** The film in the viewer that the tie is of. */
  #tiedTo: string | null = null;
  /** The film in the viewer, as of the last look. */
  #viewed: string | null = null;

  constructor(stage: StageHost, transport: Transport, guides: Guides, open: Open) {
    this.#transport = transport;
    this.#guides = guides;
    this.#open = open;
    $effect.pre(() => {
      guides.alongside = this.film !== null;
    });
    $effect.pre(() => {
      const viewed = transport.asset;
      const film = this.film;
      if (viewed?.state !== "ready" || viewed.id === this.#viewed) return;
      this.#viewed = viewed.id;
      if (!film || this.#tiedTo === viewed.id) return;
      this.#tiedTo = viewed.id;
      this.tie = usualTie(viewed, film);
    });
    $effect(() => {
      const viewed = transport.asset;
      const film = this.film;
      const isSeen =
        film &&
        film.id !== viewed?.id &&
        guides.comparing !== "off" &&
        viewed?.state === "ready" &&
        viewed.video_codec !== "";
      const { tie } = this;
      untrack(() => {
        if (isSeen) stage.compare(seen(film), viewed.id, tie, (frame) => (this.shown = frame));
        else stage.compare(null);
      });
    });
  }

  /** Compares the film in the viewer with this one from now on. */
  choose(film: AssetRow): void {
    const { asset } = this.#transport;
    this.#tiedTo = asset?.id ?? null;
    this.tie = asset ? usualTie(asset, film) : { viewed: 0, frame: 0 };
    this.shown = null;
    this.film = film;
    this.#guides.still = null;
    if (this.#guides.comparing === "off") this.#guides.comparing = "side-by-side";
  }

  leave(): void {
    this.film = null;
    this.#tiedTo = null;
    this.shown = null;
    this.#guides.comparing = "off";
  }

  /** The other film in the viewer, at the same moment, compared with the one that was there. */
  swap(): void {
    const { film, tie } = this;
    const { asset } = this.#transport;
    if (!film || !asset) return;
    const frame = this.frameNow();
    this.#tiedTo = film.id;
    this.tie = { viewed: tie.frame, frame: tie.viewed };
    this.shown = null;
    this.film = asset;
    this.#open(film.id, frame);
  }

  /** The frame of the other film that is seen now: reckoned, for what need not be exact on varied rates. */
  frameNow(): number {
    const { film, tie } = this;
    const { asset, now, stage } = this.#transport;
    if (!film || !asset) return 0;
    const passed = stage.secondsOf(now.frame) - stage.secondsOf(tie.viewed);
    const frame = tie.frame + Math.floor(passed * rateOfRow(film) + 0.125);
    return Math.min(Math.max(0, frame), Math.max(0, film.frame_count - 1));
  }

  /** Moves the other film by so many of its frames against the one in the viewer. */
  nudge(frames: number): void {
    const { viewed, frame } = this.tie;
    const moved = frame + frames;
    // A film has no frame before its first: then the frame of the viewer's film that goes with it is a later one.
    if (moved >= 0) this.tie = { viewed, frame: moved };
    else this.tie = { viewed: viewed - moved, frame: 0 };
    // And back again, so that as many steps one way as the other end where they began.
    const back = Math.min(this.tie.viewed, this.tie.frame);
    if (frames > 0 && viewed > 0 && this.#isSameRate()) {
      this.tie = { viewed: this.tie.viewed - back, frame: this.tie.frame - back };
    }
  }

  #isSameRate(): boolean {
    return this.#transport.asset?.frame_rate === this.film?.frame_rate;
  }
}

function seen(film: AssetRow): StageAsset {
  return stageAssetOf(film, film.frame_count, film.frame_rate, null);
}

function rateOfRow(row: AssetRow): number {
  return rateOf(row.frame_rate) ?? row.frame_count / Math.max(row.duration_secs, 0.001);
}

/** By timecode where both have one and it overlaps, else the two first frames together. */
export function usualTie(viewed: AssetRow, film: AssetRow): Tie {
  const first = { viewed: 0, frame: 0 };
  if (!viewed.start_timecode || !film.start_timecode) return first;
  const start = (row: AssetRow): number =>
    startFrames({ rate: row.frame_rate, drop: row.drop_frame, start: row.start_timecode });
  const isSame = viewed.frame_rate === film.frame_rate && viewed.drop_frame === film.drop_frame;
  const nominal = (row: AssetRow): number => Math.max(1, Math.round(rateOfRow(row)));
  // Labels of two rates are compared as seconds that labels count.
  const later = isSame
    ? start(film) - start(viewed)
    : Math.round((start(film) / nominal(film) - start(viewed) / nominal(viewed)) * nominal(viewed));
  if (later >= 0) return later < viewed.frame_count ? { viewed: later, frame: 0 } : first;
  const earlier = isSame ? -later : Math.round((-later / nominal(viewed)) * nominal(film));
  return earlier < film.frame_count ? { viewed: 0, frame: earlier } : first;
}

/** Whether the film in the viewer can be compared with this one. */
export function isComparable(row: AssetRow, viewed: string | null): boolean {
  return row.id !== viewed && row.state === "ready" && row.video_codec !== "";
}
