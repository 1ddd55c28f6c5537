// A long stand: the real window plays for an hour and is sought ten thousand times, while its memory and its threads are
// watched. Not part of the tests: it takes as long as it plays.
//
//   node window.soak.mjs BINARY [HOME [MINUTES [SEEKS]]]
//
// What grows until the memory for frames is full is no leak: give it a HOME whose settings bound that (`frame_cache_mebibytes = 96`),
// or so many seeks that the first fifth of them fills it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import {
  RESULTS,
  call,
  drive,
  endAll,
  open,
  press,
  ready,
  review,
  screen,
  until_,
} from "./window.mjs";

const BINARY = resolve(process.argv[2] ?? "target/debug/circletake-desk");
const HOME = process.argv[3] ?? mkdtempSync(join(tmpdir(), "circletake-soak-"));
const MINUTES = Number(process.argv[4] ?? 60);
const SEEKS = Number(process.argv[5] ?? 10_000);
/** What may be added after the first fifth: caches that fill late, the allocator's own. */
const GROWTH = 1.1;
const SEEKS_AT_ONCE = 50;

/** The desk's own process. */
function deskProcess() {
  const found = execFileSync("pgrep", ["-f", `${BINARY} --home ${HOME}`]);
  const numbers = String(found).trim().split("\n").map(Number);
  const own = numbers.find(
    (number) =>
      readFileSync(`/proc/${number}/comm`, "utf8").trim() ===
      basename(BINARY).slice(0, 15),
  );
  assert.ok(own, "the desk does not run");
  return own;
}

/** Memory of its own and shared by share, KiB, and threads. */
function look(process_) {
  const rollup = readFileSync(`/proc/${process_}/smaps_rollup`, "utf8");
  const pss = Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]);
  const threads = readdirSync(`/proc/${process_}/task`).length;
  return { pss, threads };
}

const most = (a, b) => ({
  pss: Math.max(a.pss, b.pss),
  threads: Math.max(a.threads, b.threads),
});

/** Watches one kind of work: what it needs is settled after a fifth of it. */
async function watched(words, own, steps, step) {
  let settled = { pss: 0, threads: 0 };
  let worst = { pss: 0, threads: 0 };
  for (let at = 0; at < steps; at += 1) {
    await step(at);
    const now = look(own);
    // The most of the first fifth: the system takes pages and gives them back.
    if (at <= steps / 5) settled = most(settled, now);
    worst = most(worst, now);
    if (at % Math.ceil(steps / 20) === 0)
      console.log(
        `${words} ${at}/${steps}: ${(now.pss / 1024).toFixed(1)} MiB, ${now.threads} threads`,
      );
  }
  const end = look(own);
  console.log(
    `${words}: settled ${(settled.pss / 1024).toFixed(1)} MiB, end ${(end.pss / 1024).toFixed(1)} MiB, ` +
      `most ${(worst.pss / 1024).toFixed(1)} MiB; threads ${settled.threads} → ${end.threads}`,
  );
  assert.ok(end.pss <= settled.pss * GROWTH, `${words}: memory grew`);
  assert.ok(
    end.threads <= settled.threads,
    `${words}: threads were left behind`,
  );
}

const wait = (millis) => new Promise((next) => setTimeout(next, millis));

async function run(display) {
  const env = { ...process.env, DISPLAY: display };
  delete env.WAYLAND_DISPLAY;
  const driver = await open(await drive(env), BINARY, ["--home", HOME]);
  try {
    const asset = await ready(driver);
    await review(driver);
    const own = deskProcess();
    const frames = asset.frame_count;
    let seed = 1;
    const chance = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % frames;
    };
    await watched("seeks", own, Math.ceil(SEEKS / SEEKS_AT_ONCE), async () => {
      for (let at = 0; at < SEEKS_AT_ONCE; at += 1)
        await call(driver, "transport", { act: "seek", value: chance() });
      // The newest wins; one of each bundle is waited for, so that pictures are really drawn.
      const goal = chance();
      await call(driver, "transport", { act: "seek", value: goal });
      await until_(
        driver,
        `frame ${goal}`,
        async () => (await call(driver, "stage_facts")).last_frame === goal,
      );
    });
    await call(driver, "transport", {
      act: "loop",
      range: { start: 0, end: frames },
    });
    await call(driver, "transport", { act: "seek", value: 0 });
    await press(driver, " ");
    const before = (await call(driver, "stage_facts")).viewer.drawn;
    await watched("play", own, MINUTES * 4, () => wait(15_000));
    const drawn = (await call(driver, "stage_facts")).viewer.drawn - before;
    console.log(`play: ${drawn} pictures in ${MINUTES} min`);
    assert.ok(drawn > MINUTES * 60, "the film did not run");
  } finally {
    await driver.quit();
  }
}

mkdirSync(RESULTS, { recursive: true });
try {
  await run(process.env.E2E_DISPLAY ?? (await screen()));
  console.log("soak: passed");
} catch (error) {
  process.exitCode = 1;
  console.error(error);
} finally {
  endAll();
}
