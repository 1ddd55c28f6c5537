// How a library of a million assets feels: the time to its first cards, anywhere in it by the bar, its ends by key, the wheel,
// and words typed into the search; and what it takes of memory. A measurement, not a test: it fails nothing.
//
//   cargo run -p catalog --example library -- HOME 1000000 100000
//   CIRCLETAKE_BIN=target/debug/circletake node library.bench.mjs HOME [PICTURE.png]
import { readFileSync, readdirSync } from "node:fs";
import { heard, hold, listen } from "./feel.mjs";
import { Home, launch, newPage, requireProgram } from "./program.mjs";

const WORDS = ["north light", "A001_C0", "take12", "hotel 47", "schnee", "mov"];

/** Resident memory in MB that a process does not share, and its part of what it shares. */
function memory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Math.round(Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024);
}

/** The page's own process: the largest renderer there is. */
function pageMemory() {
  const renderers = readdirSync("/proc").filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer")
      );
    } catch {
      return false;
    }
  });
  return Math.max(0, ...renderers.map(memory));
}

/** Notes how long the program took for each window of the library. */
function windows(page) {
  const taken = [];
  page.on("requestfinished", (request) => {
    const { requestStart, responseEnd } = request.timing();
    if (request.url().includes("/api/assets"))
      taken.push(responseEnd - requestStart);
  });
  return (what) => {
    const sorted = taken.splice(0).sort((a, b) => a - b);
    const at = (share) =>
      sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(0) ?? "no";
    console.log(
      `  ${what}: ${sorted.length} windows, the middle one ${at(0.5)} ms, 95 of 100 in ${at(0.95)}, the longest ${at(1)}`,
    );
  };
}

/** Waits until every card on screen is there. */
function settled(page) {
  return page.waitForFunction(() => {
    const list = document.querySelector("ul[aria-label=Assets]");
    return (
      list?.querySelector("button") !== null && !list.querySelector(".blank")
    );
  });
}

requireProgram();
const [folder, picture] = process.argv.slice(2);
const home = new Home(folder);
let browser;
try {
  let began = performance.now();
  const since = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const address = await home.serve();
  console.log(`served after ${since()}`);
  browser = await launch();
  const page = await newPage(browser, { width: 1600, height: 980 }, false);
  const say = windows(page);
  began = performance.now();
  await page.goto(address);
  await settled(page);
  console.log(`opened: first cards after ${since()}`);
  await page.keyboard.press("Control+1");
  await page.getByRole("region", { name: "Assets" }).waitFor();
  await settled(page);
  say("until then");
  const list = page.getByRole("list", { name: "Assets" });
  await list.getByRole("button").first().focus();
  await hold(page, "ArrowDown", 150, 33);
  await hold(page, "PageDown", 60, 33);
  say("keys");
  const box = await list.locator("..").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await listen(page);
  for (let i = 0; i < 200; i += 1) {
    await page.mouse.wheel(0, 480);
    await page.waitForTimeout(16);
  }
  await heard(page, "wheel", 200);
  say("wheel");
  for (const part of [0.5, 0.9, 0.1, 0.3, 0.7, 1, 0]) {
    began = performance.now();
    await list
      .locator("..")
      .evaluate((box, part) => (box.scrollTop = box.scrollHeight * part), part);
    await page.waitForTimeout(20);
    await settled(page);
    console.log(`the bar at ${part}: cards after ${since()}`);
  }
  say("bar");
  for (const words of WORDS) {
    await page.getByRole("searchbox", { name: "Name contains" }).fill("");
    await page
      .getByRole("searchbox", { name: "Name contains" })
      .pressSequentially(words, { delay: 60 });
    await page.waitForTimeout(300);
    await settled(page);
  }
  say("searches as they were typed");
  if (picture) await page.screenshot({ path: picture });
  console.log(
    `memory: the program ${memory(home.pid)} MB, the page ${pageMemory()} MB`,
  );
  // These films have no files: that their posters are not there is no fault.
  for (const fault of page.faults)
    if (!fault.includes("poster.jpg")) console.log(fault);
} finally {
  await browser?.close();
  await home.remove();
}
