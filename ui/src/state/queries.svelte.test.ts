import { flushSync } from "svelte";
import { afterEach, expect, it, vi } from "vitest";
import type { Answer } from "../backend";
import { MockBackend } from "../backend/mock/mock";
import { Queries, type Changes, type Query } from "./queries.svelte";
import { until } from "./testdesk.svelte";

let close: () => void = () => undefined;
afterEach(() => close());

type Proposals = Answer<"proposals">;

const answer = (version: string): Proposals => ({
  proposals: [],
  tally: { open: 0, circled: 0, rejected: 0, conflict: 0 },
  version,
  whole: true,
  gone: [],
});

function read(backend: MockBackend, changes?: Changes<"proposals">): { queries: Queries; query: Query<"proposals"> } {
  const queries = new Queries(backend);
  let query: Query<"proposals"> | undefined;
  close = $effect.root(() => {
    query = queries.read("proposals", () => ({ asset: "a" }), undefined, changes);
  });
  flushSync();
  if (!query) throw new Error("no query");
  return { queries, query };
}

it("asks for the whole list where what changed cannot be put in", async () => {
  const backend = new MockBackend("", 0);
  const call = vi.spyOn(backend, "call");
  const { queries, query } = read(backend, {
    since: (request, { version }) => ({ ...request, since: version }),
    merged: () => null,
  });
  await until(() => query.data !== undefined);
  queries.stale(["proposals"]);
  await until(() => call.mock.calls.length === 3);
  expect(call.mock.calls.map(([, request]) => "since" in request)).toEqual([false, true, false]);
});

it("does not let an older reading take the place of an answer that came since", async () => {
  const backend = new MockBackend("", 0);
  const late: ((older: Proposals) => void)[] = [];
  vi.spyOn(backend, "call").mockImplementation(() => new Promise<never>((done) => late.push(done as never)));
  const { query } = read(backend);
  expect(late).toHaveLength(1);
  query.put(answer("newer"));
  late[0]?.(answer("older"));
  await until(() => late.length === 2);
  expect(query.data?.version).toBe("newer");
  late[1]?.(answer("newest"));
  await until(() => query.data?.version === "newest");
});
