import type { PictureSource } from "./browser";
import { clamp, evenTimesOf, pictureSize, type FrameTimes } from "./frames";
import type { StageAsset, Tie } from "./host";

/** Further apart than this the film goes to where it should be; nearer it catches up by running a little faster or slower. */
const LOST_SECS = 0.4;
/** How much faster or slower that is at most. */
const CATCH_UP = 0.1;
/** Within this it is where it should be. */
const NEAR_SECS = 0.012;
/** A share of the viewer's frame: two films of one rate whose files round times differently show the same frames. */
const INTO_FRAME = 0.125;

/** Where the film in the viewer is. */
export interface Led {
  frame: number;
  playing: boolean;
  speed: number;
}

/**
 * A film that follows the one in the viewer, inside a page: silent, running beside it, and the exact frame whenever that one stands
 * or is played by single pictures.
 */
export class FollowingFilm {
  readonly asset: StageAsset;
  readonly viewed: string;
  tie: Tie;

  readonly #source: PictureSource;
  readonly #told: (frame: number) => void;
  readonly #video: HTMLVideoElement;
  #times: FrameTimes;
  #box: HTMLElement | null = null;
  #picture: HTMLImageElement | null = null;
  #wanted: number | null = null;
  #loading = false;
  #watch = 0;
  #shown: number | null = null;
  #runs = false;
  original = false;

  constructor(source: PictureSource, asset: StageAsset, viewed: string, tie: Tie, told: (frame: number) => void) {
    this.#source = source;
    this.asset = asset;
    this.viewed = viewed;
    this.tie = tie;
    this.#told = told;
    this.#times = evenTimesOf(asset);
    this.#video = document.createElement("video");
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.preload = "auto";
    this.#video.tabIndex = -1;
    this.#video.className = "stage-video under";
    this.#video.setAttribute("aria-hidden", "true");
    const proxy = source.proxy(asset.id);
    if (proxy) this.#video.src = proxy;
  }

  /** Reads when its frames begin; to be led again then. */
  async read(): Promise<void> {
    const exact = await this.#source.index(this.asset.id);
    if (exact && exact.length > 0) this.#times = exact;
  }

  mount(box: HTMLElement): void {
    this.#box = box;
    box.append(this.#video);
    if (this.#picture) box.append(this.#picture);
  }

  unmount(): void {
    this.#stop();
    this.#video.remove();
    this.#picture?.remove();
    this.#box = null;
  }

  end(): void {
    this.unmount();
    this.#wanted = null;
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  /** When the viewer's film shows that frame, media time of this one. */
  secondsAt(frame: number, viewed: FrameTimes): number {
    const start = viewed.secondsOf(frame);
    const length = Math.max(0, viewed.secondsOf(frame + 1) - start);
    return start + length * INTO_FRAME - viewed.secondsOf(this.tie.viewed) + this.#times.secondsOf(this.tie.frame);
  }

  /** Goes where the film in the viewer is. */
  lead(led: Led, viewed: FrameTimes): void {
    const seconds = this.secondsAt(led.frame, viewed);
    const runs = led.playing && led.speed > 0 && this.#video.currentSrc !== "" && !this.#video.error;
    const within = seconds >= 0 && seconds < this.#times.secondsOf(this.#times.length - 1);
    if (runs && within && this.#box) this.#run(seconds, led.speed);
    else this.#stand(this.#times.frameAt(Math.max(0, seconds)));
  }

  #run(seconds: number, speed: number): void {
    const video = this.#video;
    const behind = seconds - video.currentTime;
    if (!this.#runs || Math.abs(behind) > LOST_SECS) video.currentTime = seconds;
    const catchUp = Math.abs(behind) < NEAR_SECS ? 0 : clamp(behind, -CATCH_UP, CATCH_UP);
    const rate = speed * (1 + catchUp);
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (this.#runs) return;
    this.#runs = true;
    this.#wanted = null;
    // A page that may not play it shows single pictures at least.
    video.play().catch(() => this.#stop());
    this.#follow();
  }

  /** Its own pictures take the place of the one that stood once the first of them is there. */
  #follow(): void {
    this.#watch = this.#video.requestVideoFrameCallback((_now, shown) => {
      if (!this.#runs) return;
      this.#video.classList.remove("under");
      this.#picture?.classList.add("under");
      this.#say(this.#times.frameAt(shown.mediaTime + 0.0005));
      this.#follow();
    });
  }

  #stop(): void {
    if (!this.#runs) return;
    this.#runs = false;
    this.#video.cancelVideoFrameCallback(this.#watch);
    this.#video.pause();
  }

  #stand(frame: number): void {
    this.#stop();
    if (frame === this.#wanted || (frame === this.#shown && this.#isParked)) return;
    this.#wanted = frame;
    if (!this.#loading) void this.#load();
  }

  get #isParked(): boolean {
    return this.#picture?.dataset["frame"] === String(this.#shown) && !this.#picture.classList.contains("under");
  }

  /** Loads what it stands on; only the newest wish is loaded next, and the last picture stays until then. */
  async #load(): Promise<void> {
    this.#loading = true;
    try {
      while (this.#wanted !== null && this.#box) {
        const frame = this.#wanted;
        const { width, height } = pictureSize(this.asset, this.#box);
        const picture = new Image();
        picture.src = await this.#source.frame(this.asset.id, frame, width, height, this.original, "beside");
        picture.alt = "";
        picture.className = "stage-frame";
        picture.dataset["frame"] = String(frame);
        try {
          await picture.decode();
        } catch {
          // The last one stays; an original that is away is seen from its proxy.
          if (this.original) this.original = false;
          else if (this.#wanted === frame) this.#wanted = null;
          continue;
        }
        if (this.#runs || !this.#box) return;
        this.#picture?.remove();
        this.#picture = picture;
        this.#box.append(picture);
        this.#video.classList.add("under");
        this.#say(frame);
        if (this.#wanted === frame) this.#wanted = null;
      }
    } finally {
      this.#loading = false;
    }
  }

  #say(frame: number): void {
    if (frame === this.#shown) return;
    this.#shown = frame;
    this.#told(frame);
  }
}
