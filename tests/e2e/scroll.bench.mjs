// How the list of proposals feels with ten thousand of them: arrow keys held down, pages, and the wheel, in a real browser on
// the real program. Says how long each input took to its next picture. A measurement, not a test: it fails nothing.
//
//   CIRCLETAKE_BIN=target/debug/circletake node scroll.bench.mjs [COUNT]
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Home, launch, openDesk, requireProgram } from "./program.mjs";

const COUNT = Number(process.argv[2] ?? 10_000);
/** What a hand feels as one with its movement. */
const FELT_MILLIS = 50;

/** A subtitle file of that many cues that lie over each other within a minute: each becomes a proposal. */
function manyCues(count) {
  const clock = (millis) =>
    new Date(millis).toISOString().slice(11, 23).replace(".", ",");
  const cue = (_, i) => {
    const start = Math.floor((i * 58_000) / count);
    return `${i + 1}\n${clock(start)} --> ${clock(start + 900)}\nLine ${i + 1} of many\n`;
  };
  return Array.from({ length: count }, cue).join("\n");
}

/** Begins to note every input and how long it took to the next picture. */
async function listen(page) {
  await page.evaluate(() => {
    window.inputs = [];
    window.frames = [];
    const note = (list) => {
      for (const entry of list.getEntries())
        window.inputs.push({ name: entry.name, millis: entry.duration });
    };
    window.noting = new PerformanceObserver(note);
    window.noting.observe({ type: "event", durationThreshold: 16 });
    let last = performance.now();
    const frame = (now) => {
      window.frames.push(now - last);
      last = now;
      window.nextFrame = requestAnimationFrame(frame);
    };
    window.nextFrame = requestAnimationFrame(frame);
  });
}

async function heard(page, what, sent) {
  await page.waitForTimeout(300);
  const { inputs, frames } = await page.evaluate(() => {
    for (const entry of window.noting.takeRecords())
      window.inputs.push({ name: entry.name, millis: entry.duration });
    window.noting.disconnect();
    cancelAnimationFrame(window.nextFrame);
    return { inputs: window.inputs, frames: window.frames };
  });
  const kinds = ["keydown", "wheel", "scroll"];
  const slow = inputs
    .filter((input) => kinds.includes(input.name))
    .map((input) => input.millis)
    .sort((a, b) => a - b);
  const felt = slow.filter((millis) => millis > FELT_MILLIS).length;
  const worst = Math.max(0, ...frames.slice(1));
  console.log(
    `${what}: ${sent} inputs, ${felt} over ${FELT_MILLIS} ms to their picture, the slowest ${slow.at(-1) ?? "under 16"} ms; ${frames.length} frames, the longest gap ${worst.toFixed(0)} ms`,
  );
}

async function hold(page, key, times, everyMillis) {
  await listen(page);
  await page.keyboard.down(key);
  for (let i = 1; i < times; i += 1) {
    await page.keyboard.down(key);
    await page.waitForTimeout(everyMillis);
  }
  await page.keyboard.up(key);
  await heard(page, `${key} held`, times);
}

async function turnWheel(page, list, times, everyMillis) {
  const box = await list.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await listen(page);
  for (let i = 0; i < times; i += 1) {
    await page.mouse.wheel(0, i % 40 < 30 ? 480 : -480);
    await page.waitForTimeout(everyMillis);
  }
  await heard(page, "wheel", times);
}

requireProgram();
const home = new Home();
const folder = mkdtempSync(join(tmpdir(), "circletake-bench-"));
let browser;
try {
  await home.ask("demo");
  const [asset] = await home.ask("assets");
  const file = join(folder, "many.srt");
  writeFileSync(file, manyCues(COUNT));
  await home.ask("import", asset.id, file);
  const address = await home.serve();
  browser = await launch();
  const page = await openDesk(browser, address);
  const list = page.getByRole("listbox", { name: "Proposals" });
  await list.focus();
  console.log(`${COUNT} proposals, and those of the demo film`);
  await hold(page, "ArrowDown", 150, 33);
  await hold(page, "PageDown", 90, 33);
  await turnWheel(page, list, 300, 16);
  await hold(page, "End", 1, 33);
} finally {
  await browser?.close();
  await home.remove();
  rmSync(folder, { recursive: true, force: true });
}
