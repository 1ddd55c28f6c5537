// The main job in a real browser: open the demo film, see frames move, circle three proposals by keyboard, undo one,
// export, restart, still there. Run from the repository: CIRCLETAKE_BIN=… node tests/e2e/browser.e2e.mjs
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import {
  axeFindings,
  Home,
  launch,
  openDesk,
  requireProgram,
} from "./program.mjs";

requireProgram();
const results = new URL("results/", import.meta.url).pathname;
mkdirSync(results, { recursive: true });
const home = new Home();
const browser = await launch();
let page;
try {
  const { asset } = await step("make the demo film", () => home.ask("demo"));
  await waitForProposals(asset);
  page = await openDesk(browser, await step("serve", () => home.serve()));
  await step("see frames move", () => framesMove(page));
  const shots = await step("circle three by keyboard", () =>
    circleThree(page, asset),
  );
  await step("undo one", () => undoOne(page, asset, shots));
  await step("export", () => exportCircled(page));
  await step("the command line's verdict shows", () =>
    hearTheCommandLine(page, asset),
  );
  await step("axe on every desk", () => axeEverywhere(page));
  await report(page);
  await home.stop();
  page = await openDesk(browser, await step("restart", () => home.serve()));
  await step("still there", () => stillThere(page, asset));
  assert.deepEqual(page.faults, []);
  console.log("passed");
} catch (thrown) {
  await page
    ?.screenshot({ path: `${results}failed.png` })
    .catch(() => undefined);
  throw thrown;
} finally {
  await browser.close();
  await home.remove();
}

async function step(name, work) {
  const begun = performance.now();
  const answer = await work();
  console.log(`${name}: ${Math.round(performance.now() - begun)} ms`);
  return answer;
}

/** Asks again until it holds; says what did not come to pass. */
async function until(what, holds, millis = 15_000) {
  const deadline = performance.now() + millis;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${what}: not within ${millis} ms`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

async function waitForProposals(asset) {
  await until(
    "shots of the demo film",
    async () =>
      (await home.ask("proposals", asset, "--kind", "shots")).length >= 4,
  );
}

async function circled(asset) {
  return (
    await home.ask("proposals", asset, "--kind", "shots", "--state", "circled")
  ).length;
}

function shownFrame(page) {
  return page
    .locator(".picture[data-frame]")
    .getAttribute("data-frame")
    .then(Number);
}

async function framesMove(page) {
  await page.locator("body").press("Home");
  await until("the first frame", async () => (await shownFrame(page)) === 0);
  await page.locator(".stage-frame[data-frame='0']").waitFor();
  const still = await page.locator(".viewer").screenshot();
  await page.keyboard.press("Space");
  await until(
    "the playhead runs",
    async () => (await shownFrame(page)) > 20,
    30_000,
  );
  const moving = await page.locator(".viewer").screenshot();
  await page.keyboard.press("k");
  assert.ok(!still.equals(moving), "the picture did not change while playing");
  const parked = await shownFrame(page);
  await page.keyboard.press("ArrowRight");
  await until(
    "one frame on",
    async () => (await shownFrame(page)) === parked + 1,
  );
  await page.locator(`.stage-frame[data-frame='${parked + 1}']`).waitFor();
}

async function circleThree(page, asset) {
  await page.getByRole("button", { name: /^Shots/ }).click();
  const before = await circled(asset);
  await page
    .getByRole("listbox", { name: "Proposals" })
    .getByRole("option")
    .first()
    .click();
  for (let n = 1; n <= 3; n += 1) {
    await page.keyboard.press("c");
    await page.waitForFunction(
      (many) => performance.getEntriesByName("verdict-to-paint").length >= many,
      n,
    );
  }
  await until(
    "three circled in the ledger",
    async () => (await circled(asset)) === before + 3,
  );
  const marks = page
    .getByRole("listbox", { name: "Proposals" })
    .getByRole("img", { name: "circled" });
  await until(
    "three circled in the list",
    async () => (await marks.count()) >= 3,
  );
  const items = page.locator(
    "[aria-label='Timeline items'] [data-state=circled]",
  );
  await until(
    "three circled on the timeline",
    async () => (await items.count()) >= 3,
  );
  return before + 3;
}

async function undoOne(page, asset, shots) {
  await page.keyboard.press("Control+z");
  await until(
    "one less in the ledger",
    async () => (await circled(asset)) === shots - 1,
  );
}

async function exportCircled(page) {
  await page.keyboard.press("Control+e");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^Shots/ }).check();
  await dialog.getByRole("radio", { name: /^EDL/ }).check();
  const arrives = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  const download = await arrives;
  const file = `${results}${download.suggestedFilename()}`;
  await download.saveAs(file);
  assert.match(readFileSync(file, "utf8"), /^TITLE:/m);
  await dialog.getByText(/read back and checked/).waitFor();
  await page.keyboard.press("Escape");
}

async function hearTheCommandLine(page, asset) {
  const open = await home.ask(
    "proposals",
    asset,
    "--kind",
    "shots",
    "--state",
    "open",
  );
  const last = open.at(-1);
  await home.ask("decide", last.id, "--reject");
  await page
    .locator(`[data-proposal="${last.id}"][data-state=rejected]`)
    .waitFor({ state: "attached", timeout: 5000 });
}

async function axeEverywhere(page) {
  for (const [key, name] of [
    ["Control+1", "library"],
    ["Control+3", "activity"],
    ["Control+2", "review"],
  ]) {
    await page.keyboard.press(key);
    await page
      .getByRole("navigation")
      .locator("[aria-current=page]", { hasText: new RegExp(name, "i") })
      .waitFor();
    await page.screenshot({ path: `${results}${name}.png` });
    assert.deepEqual(await axeFindings(page), [], `axe on the ${name} desk`);
  }
}

async function report(page) {
  const millis = await page.evaluate(() =>
    performance
      .getEntriesByName("verdict-to-paint")
      .map((entry) => entry.duration),
  );
  console.log(
    `verdict to paint: ${millis.map((value) => `${value.toFixed(1)} ms`).join(", ")} (goal: under 50 ms)`,
  );
}

async function stillThere(page, asset) {
  const shots = await circled(asset);
  assert.ok(shots >= 2, `${shots} shots are circled after the restart`);
  await page.getByRole("button", { name: /^Shots/ }).click();
  const marks = page
    .getByRole("listbox", { name: "Proposals" })
    .getByRole("img", { name: "circled" });
  await until(
    "the circled shots are listed",
    async () => (await marks.count()) >= 2,
  );
}
