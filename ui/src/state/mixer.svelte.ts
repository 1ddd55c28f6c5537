import type { ChannelSetting, StageHost } from "../backend";

/** As many channels as can be told apart. */
const CHANNELS_MAX = 16;
const USUAL: ChannelSetting = { mute: false, solo: false, side: "laid" };
const SIDES: readonly ChannelSetting["side"][] = ["laid", "left", "right", "both"];

/** Which channels of the film's sound are heard, and where: kept for each film on this machine. */
export class Mixer {
  /** Names of the channels of what is open; none where the host cannot tell them apart. */
  names = $state.raw<string[]>([]);
  channels = $state.raw<ChannelSetting[]>([]);
  /** Whether anything is not as the file has it. */
  readonly changed = $derived(this.channels.some((channel) => !isUsual(channel)));

  readonly #stage: StageHost;
  readonly #failed: (thrown: unknown) => void;
  #asset: string | null = null;
  #reel = 0;
  #asked = 0;

  constructor(stage: StageHost, failed: (thrown: unknown) => void) {
    this.#stage = stage;
    this.#failed = failed;
    stage.onTransport(({ reel }) => this.#exchanged(reel));
  }

  /** Hears a film as it was heard last. */
  async open(asset: string | null): Promise<void> {
    if (asset === this.#asset) return;
    this.#asset = asset;
    this.names = [];
    this.channels = [];
    if (asset !== null) await this.#read(asset);
  }

  /** Another player plays: an original comes after its proxy, and may have more channels. */
  #exchanged(reel: number): void {
    if (reel === 0 || reel === this.#reel) return;
    this.#reel = reel;
    if (this.#asset !== null) this.#read(this.#asset).catch(this.#failed);
  }

  async #read(asset: string): Promise<void> {
    this.#asked += 1;
    const own = this.#asked;
    const names = (await this.#stage.mix(asset, null)).slice(0, CHANNELS_MAX);
    if (this.#asset !== asset || this.#asked !== own) return;
    // While the original is away its proxy has other channels: what was said of one is not said of the other, and is kept.
    const kept = remembered(asset, names.length);
    this.names = names;
    this.channels = kept ?? names.map(() => USUAL);
    if (kept) await this.#stage.mix(asset, kept);
  }

  set(at: number, change: Partial<ChannelSetting>): void {
    this.#apply(this.channels.map((channel, n) => (n === at ? { ...channel, ...change } : channel)));
  }

  /** Every channel as the file has it. */
  reset(): void {
    this.#apply(this.channels.map(() => USUAL));
  }

  #apply(channels: ChannelSetting[]): void {
    this.channels = channels;
    if (this.#asset === null) return;
    const name = nameOf(this.#asset, channels.length);
    if (this.changed) localStorage.setItem(name, JSON.stringify(channels));
    else localStorage.removeItem(name);
    this.#stage.mix(this.#asset, channels).catch(this.#failed);
  }
}

const nameOf = (asset: string, channels: number): string => `mix.${asset}.${channels}`;

function isUsual(channel: ChannelSetting): boolean {
  return !channel.mute && !channel.solo && channel.side === USUAL.side;
}

/** What was kept for a film that has as many channels; what does not read is forgotten. */
function remembered(asset: string, channels: number): ChannelSetting[] | null {
  const kept = read(nameOf(asset, channels), channels);
  if (kept) return kept;
  // An earlier desk kept one for each film, whatever was open: it is taken over where it fits.
  const earlier = read(`mix.${asset}`, channels);
  if (earlier) {
    localStorage.setItem(nameOf(asset, channels), JSON.stringify(earlier));
    localStorage.removeItem(`mix.${asset}`);
  }
  return earlier;
}

function read(name: string, channels: number): ChannelSetting[] | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
    return Array.isArray(kept) && kept.length === channels && kept.every(isSetting) ? kept : null;
  } catch {
    return null;
  }
}

function isSetting(kept: unknown): kept is ChannelSetting {
  if (typeof kept !== "object" || kept === null) return false;
  const { mute, solo, side } = kept as Partial<Record<keyof ChannelSetting, unknown>>;
  return typeof mute === "boolean" && typeof solo === "boolean" && SIDES.some((each) => each === side);
}
