import { Refused } from "../backend";
import type { Answer, CommandName, DeskEvent, Fault, KnownLake, LakeOutlook, Request, SignInStep } from "../wire";
import { knownLakes, lakeOutlook, newLake } from "./data";

const ALL = ["assets", "proposals", "markers", "comments", "jobs", "undo", "settings", "lake"];

type Answers<K extends CommandName> = { [Name in K]: (request: Request<Name>) => Answer<Name> };

/** The lakes of the program of paper, and the way to new ones. */
export class MockLakes {
  /** Those that were opened here. */
  known: KnownLake[] = knownLakes();
  opening = 1;
  /** What signing in goes through, one after the other: {@link signOn} goes on. */
  signInSteps: SignInStep[] = [
    { at: "done", name: "mara@northlight.example", principal: "AROAEXAMPLE:mara", vouched: true, secrets: "keychain" },
  ];
  outlook: LakeOutlook = lakeOutlook();
  /** Set to make opening a new lake fail. */
  refused: Fault | null = null;

  #visit = 0;
  #signingIn: SignInStep[] = [];
  readonly #say: (event: DeskEvent) => void;

  constructor(say: (event: DeskEvent) => void) {
    this.#say = say;
  }

  /** The one that is open. */
  get open() {
    const { name, place, kind } = this.known.find((lake) => lake.open) ?? { name: "", place: "", kind: "folder" };
    return { name, place, kind } as const;
  }

  /** The sign-in goes on, as when the person confirmed it elsewhere. */
  signOn(): void {
    this.#signingIn.shift();
    this.#say({ stale: ["sign_in"] });
  }

  #state() {
    const step = this.#signingIn[0];
    return { visit: step ? this.#visit : 0, step: step ?? { at: "nothing" as const } };
  }

  #goTo(lake: KnownLake): void {
    const others = this.known.filter((known) => known.place !== lake.place);
    this.known = [lake, ...others].map((known) => ({ ...known, open: known === lake }));
    this.opening += 1;
    this.#say({ stale: ALL });
  }

  readonly answers: Answers<
    | "lakes"
    | "open_lake"
    | "forget_lake"
    | "read_lake"
    | "aws_profiles"
    | "sign_in"
    | "sign_in_state"
    | "answer_sign_in"
    | "end_sign_in"
    | "lake_outlook"
    | "connect_lake"
    | "open_errand"
  > = {
    lakes: () => ({ lakes: this.known.map((lake) => ({ ...lake })) }),
    open_lake: ({ id }) => {
      const lake = this.known.find((known) => known.id === id);
      if (!lake || lake.place.startsWith("/gone")) throw awayLake(lake?.place ?? id);
      if (!lake.open) this.#goTo(lake);
      return {};
    },
    forget_lake: ({ id }) => {
      this.known = this.known.filter((known) => known.id !== id);
      this.#say({ stale: ["lake"] });
      return {};
    },
    read_lake: ({ address, endpoint_url }) => {
      const bucket = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.+)?$/.test(address);
      if (!bucket && !address.startsWith("/")) throw noLake(address);
      const place = endpoint_url ? `${address} at ${endpoint_url}` : address;
      const known = this.known.find((lake) => lake.place === place);
      return {
        name: address.replace("s3://", ""),
        place,
        kind: bucket ? "s3" : "folder",
        asks_who: bucket,
        ...(known ? { known: known.id } : {}),
        choice: { kind: "chain" },
      };
    },
    aws_profiles: () => ({ profiles: ["default", "northlight"] }),
    sign_in: () => {
      this.#visit += 1;
      this.#signingIn = [...this.signInSteps];
      return this.#state();
    },
    sign_in_state: () => this.#state(),
    answer_sign_in: () => {
      this.signOn();
      return {};
    },
    end_sign_in: () => {
      this.#signingIn = [];
      return {};
    },
    lake_outlook: ({ address }) => ({ ...this.outlook, ...(address.startsWith("/") ? { rights: [] } : {}) }),
    connect_lake: ({ address }) => {
      if (this.refused) throw new Refused(this.refused);
      const name = address.replace("s3://", "");
      const kind: KnownLake["kind"] = address.startsWith("/") ? "folder" : "s3";
      this.#goTo({ ...newLake(), id: `new-${name}`, name, place: address, kind });
      return {};
    },
    open_errand: () => ({}),
  };
}

function noLake(address: string): Refused {
  return new Refused({
    code: "bad-request",
    message: `An S3 lake is written s3://bucket/prefix, not "${address}".`,
    hint: "",
    detail: "",
  });
}

function awayLake(place: string): Refused {
  return new Refused({
    code: "not-found",
    message: `The folder of this lake is not there: ${place}`,
    hint: "Connect the disk or the share it lies on, then open it again. What was decided there is kept in this home.",
    detail: "",
  });
}
