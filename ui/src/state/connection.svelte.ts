import { untrack } from "svelte";
import {
  faultOf,
  type Fault,
  type LakeAddress,
  type LakeOutlook,
  type LakeRead,
  type SignInChoice,
  type SignInStep,
} from "../backend";
import type { Desk } from "./desk.svelte";
import type { Query } from "./queries.svelte";

export type Step = 1 | 2 | 3 | 4;
export type Way = SignInChoice["kind"];

/** Between the last key and reading what was typed. */
const READ_AFTER_MILLIS = 180;

/** What is typed for each way to sign in. Nothing secret: secrets go from their field to the program and stay nowhere else. */
function emptyForms() {
  return {
    profile: { name: "" },
    center: { start_url: "", region: "", account: "", role: "" },
    role: { arn: "", profile: "", mfa: "", external_id: "" },
    cognito: { domain: "", client: "", user_pool: "", identity_pool: "", port: "" },
    keys: { id: "" },
  };
}

/** The way to a lake that is not open yet, step by step. Going back keeps what was typed. */
export class Connection {
  step = $state<Step>(1);
  /** Whether the lake is in a folder; else it is in a bucket. */
  folder = $state(false);
  address = $state("");
  endpoint = $state("");
  region = $state("");
  way = $state<Way>("chain");
  forms = $state(emptyForms());

  /** What the address means, once it was read; or why it is none. */
  read = $state.raw<LakeRead | null>(null);
  readFault = $state.raw<Fault | null>(null);
  profiles = $state.raw<string[]>([]);
  /** A sign-in that was begun here, as the program counts them. */
  #visit = $state(0);
  /** Which address and choice the sign-in that is done belongs to. */
  #signedFor = $state("");
  beginFault = $state.raw<Fault | null>(null);
  outlook = $state.raw<LakeOutlook | null>(null);
  outlookFault = $state.raw<Fault | null>(null);
  opening = $state(false);
  openFault = $state.raw<Fault | null>(null);

  /** Once the address is read the sign-in is at hand. */
  #goesOn = false;
  /** Somebody came back to look at the sign-in: it is not passed by. */
  #stays = $state(false);

  readonly #desk: Desk;
  readonly #state: Query<"sign_in_state">;
  #asked = 0;
  #looked = 0;

  readonly lake = $derived.by((): LakeAddress => {
    const text = this.address.trim();
    if (this.folder) return { address: text };
    // Whoever types a bucket's name alone means that bucket.
    const address = text && !text.includes("://") ? `s3://${text}` : text;
    const endpoint_url = this.endpoint.trim();
    const region = this.region.trim();
    return { address, ...(endpoint_url ? { endpoint_url } : {}), ...(region ? { region } : {}) };
  });
  readonly choice = $derived.by((): SignInChoice => this.#choiceOf());
  readonly #wanted = $derived(JSON.stringify([this.lake, this.choice]));
  /** How far the sign-in has come that was begun here. */
  readonly signIn = $derived.by((): SignInStep => {
    const state = this.#state.data;
    return state && state.visit !== 0 && state.visit === this.#visit ? state.step : { at: "nothing" };
  });
  /** The program asks somebody, or waits for the person. */
  readonly pending = $derived(!["nothing", "done", "failed"].includes(this.signIn.at));
  /** Signed in to this lake in this way. */
  readonly done = $derived(this.signIn.at === "done" && this.#signedFor === this.#wanted ? this.signIn : null);

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#state = desk.queries.read("sign_in_state", () => ({}));
    $effect(() => this.#readSoon());
    $effect(() => {
      if (this.step === 2 && this.done && !this.#stays) untrack(() => this.go(3));
    });
    void desk.backend.call("aws_profiles", {}).then(
      ({ profiles }) => (this.profiles = profiles),
      // Without the list a profile's name is typed.
      () => (this.profiles = []),
    );
  }

  /** Begins where another lake is, or at its sign-in for the one that is open. */
  again(lake: LakeAddress): void {
    this.folder = false;
    this.address = lake.address;
    this.endpoint = lake.endpoint_url ?? "";
    this.region = lake.region ?? "";
    this.#goesOn = true;
  }

  go(step: Step): void {
    this.step = step;
    if (step === 3 && !this.outlook) void this.look();
  }

  /** The step after the one at hand; what has to come first is begun. */
  async next(): Promise<void> {
    if (this.step === 1) {
      await this.#readNow();
      if (this.read) this.go(this.read.asks_who ? 2 : 3);
    } else if (this.step === 2) {
      if (this.done) this.go(3);
      else await this.begin(false);
    } else if (this.step === 3) this.go(4);
    else await this.open();
  }

  back(): void {
    if (this.step === 1) return;
    if (this.step === 2 && this.pending) {
      void this.giveUp();
      return;
    }
    const before = this.step === 3 && this.read && !this.read.asks_who ? 1 : ((this.step - 1) as Step);
    this.#stays = before === 2;
    this.step = before;
  }

  async begin(anew: boolean): Promise<void> {
    this.beginFault = null;
    this.outlook = null;
    // The sign-in before is over, also while the new one is not known yet.
    this.#visit = 0;
    this.#stays = false;
    const wanted = this.#wanted;
    try {
      const state = await this.#desk.backend.call("sign_in", { lake: this.lake, choice: this.choice, anew });
      this.#visit = state.visit;
      this.#signedFor = wanted;
      this.#state.put(state);
    } catch (thrown) {
      this.beginFault = faultOf(thrown);
    }
    this.#desk.queries.stale(["sign_in"]);
  }

  /** Answers what is asked; null does without. */
  async answer(answer: string | null): Promise<void> {
    const given = { visit: this.#visit, ...(answer === null ? {} : { answer }) };
    await this.#desk.ask(this.#desk.backend.call("answer_sign_in", given));
    this.#desk.queries.stale(["sign_in"]);
  }

  async giveUp(): Promise<void> {
    this.#visit = 0;
    await this.#desk.ask(this.#desk.backend.call("end_sign_in", {}));
    this.#desk.queries.stale(["sign_in"]);
  }

  /** Nobody goes on: what is under way ends. */
  close(): void {
    if (this.#visit !== 0) void this.giveUp();
  }

  async look(): Promise<void> {
    this.#looked += 1;
    const looked = this.#looked;
    this.outlook = null;
    this.outlookFault = null;
    try {
      const outlook = await this.#desk.backend.call("lake_outlook", this.lake);
      if (looked === this.#looked) this.outlook = outlook;
    } catch (thrown) {
      if (looked === this.#looked) this.outlookFault = faultOf(thrown);
    }
  }

  async open(): Promise<void> {
    if (this.opening) return;
    this.opening = true;
    this.openFault = null;
    try {
      // The page begins anew once it hears of it.
      await this.#desk.backend.call("connect_lake", this.lake);
      this.#visit = 0;
      this.#desk.queries.stale(["settings"]);
    } catch (thrown) {
      this.openFault = faultOf(thrown);
    }
    this.opening = false;
  }

  #readSoon(): (() => void) | undefined {
    const { lake } = this;
    this.#asked += 1;
    this.read = null;
    this.readFault = null;
    untrack(() => {
      this.outlook = null;
      this.outlookFault = null;
    });
    if (!lake.address) return undefined;
    const soon = setTimeout(() => void this.#readNow(), READ_AFTER_MILLIS);
    return () => clearTimeout(soon);
  }

  async #readNow(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const read = await this.#desk.backend.call("read_lake", this.lake);
      if (asked !== this.#asked) return;
      this.read = read;
      this.readFault = null;
      this.#take(read.choice);
      if (this.#goesOn) this.go(read.asks_who ? 2 : 3);
      this.#goesOn = false;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.read = null;
      this.readFault = faultOf(thrown);
    }
  }

  /** How one signed in last is what is offered first; what was typed since stays. */
  #take(choice: SignInChoice): void {
    if (this.#taken === JSON.stringify([this.lake.address, choice])) return;
    this.#taken = JSON.stringify([this.lake.address, choice]);
    this.way = choice.kind;
    const { forms } = this;
    if (choice.kind === "profile") forms.profile = { name: choice.name };
    else if (choice.kind === "identity-center") {
      const { start_url, region, account, role } = choice;
      forms.center = { start_url, region, account, role };
    } else if (choice.kind === "role") {
      const { arn, profile = "", mfa = "", external_id = "" } = choice;
      forms.role = { arn, profile, mfa, external_id };
    } else if (choice.kind === "cognito") {
      const { domain, client, user_pool, identity_pool, port } = choice;
      forms.cognito = { domain, client, user_pool, identity_pool, port: port === undefined ? "" : String(port) };
    } else if (choice.kind === "keys") forms.keys = { id: choice.id ?? "" };
  }
  #taken = "";

  #choiceOf(): SignInChoice {
    const { forms } = this;
    const given = <K extends string>(name: K, value: string) => (value.trim() ? { [name]: value.trim() } : {});
    switch (this.way) {
      case "chain":
      case "machine":
        return { kind: this.way };
      case "profile":
        return { kind: "profile", name: forms.profile.name };
      case "identity-center":
        return { kind: "identity-center", ...forms.center };
      case "role":
        return {
          kind: "role",
          arn: forms.role.arn,
          ...given("profile", forms.role.profile),
          ...given("mfa", forms.role.mfa),
          ...given("external_id", forms.role.external_id),
        };
      case "cognito": {
        const { port, ...rest } = forms.cognito;
        return { kind: "cognito", ...rest, ...(Number(port) > 0 ? { port: Number(port) } : {}) };
      }
      case "keys":
        return { kind: "keys", ...given("id", forms.keys.id) };
    }
  }
}
