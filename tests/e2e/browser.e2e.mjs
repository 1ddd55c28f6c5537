// The main job in a real browser: open the demo film, see frames move, circle three proposals by keyboard, undo one,
// export, restart, still there. Run from the repository: CIRCLETAKE_BIN=… node tests/e2e/browser.e2e.mjs
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  axeFindings,
  Home,
  launch,
  openDesk,
  openEmptyDesk,
  requireProgram,
} from "./program.mjs";
import { connectAndGoBack } from "./lakes.mjs";
import { dragCue } from "./timeline.mjs";

requireProgram();
const SIZES = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
];
const DESKS = [
  ["Control+1", "library"],
  ["Control+3", "activity"],
  ["Control+2", "review"],
];
const DIALOGS = [
  ["Control+k", "palette"],
  ["?", "keys"],
  ["Control+,", "settings"],
  ["Control+e", "export"],
  ["b", "bulk"],
  ["Control+Shift+L", "lakes"],
];

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
  await step("drag a cue's edge", () => dragCue(page, home, asset, until));
  await step("the timeline's picture follows", () => pictureFollows(page));
  await step("export", () => exportCircled(page));
  await step("the command line's verdict shows", () =>
    hearTheCommandLine(page, asset),
  );
  await step("bind another key", () => bindAnotherKey(page));
  await step("axe on every desk", () => axeEverywhere(page));
  await step("axe on an empty lake", () => axeEmpty());
  await step("bring files in", () => uploadFiles(page));
  await step("connect another lake, and go back", () =>
    connectAndGoBack(page, home, axeHere),
  );
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
  // Every fault that was put into the film is found in it.
  const faults = await home.ask("proposals", asset, "--kind", "qc");
  for (const fault of ["Black", "Flashing", "Frozen", "Loud passage"])
    assert.ok(
      faults.some(({ title }) => title.startsWith(fault)),
      `${fault} is not among ${faults.map(({ title }) => title).join(", ")}`,
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

/** What the timeline's picture shows, as one number. */
function timelinePicture(page) {
  return page.evaluate(() => {
    const picture = document.querySelector(".stage-timeline");
    if (!picture?.naturalWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, level) => (sum * 31 + level) % 4294967291, 7);
  });
}

/** A verdict that stays, and its undo: the same part of the timeline, drawn anew each time. */
async function pictureFollows(page) {
  const open = page
    .getByRole("listbox", { name: "Proposals" })
    .getByRole("option")
    .filter({ has: page.getByRole("img", { name: "undecided" }) });
  await open.first().click();
  await page.waitForTimeout(1000);
  const before = await timelinePicture(page);
  assert.ok(before !== null, "the timeline has a picture");
  await page.keyboard.press("Shift+C");
  await until(
    "the circle is drawn on the timeline",
    async () => (await timelinePicture(page)) !== before,
  );
  await page.keyboard.press("Control+z");
  await until(
    "the timeline is drawn as before",
    async () => (await timelinePicture(page)) === before,
  );
}

async function exportCircled(page) {
  await page.keyboard.press("Control+e");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^Shots/ }).check();
  await dialog.getByRole("radio", { name: /^EDL/ }).check();
  const downloads = [];
  page.on("download", (download) => downloads.push(download));
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  await dialog.getByText(/read back and checked/).waitFor();
  // An EDL shortens the reel's name, and says so in a list beside it that the dialog shows too.
  await dialog
    .getByRole("list", { name: "What could not be carried" })
    .waitFor();
  await until("the cut and its losses", () => downloads.length === 2);
  const names = downloads.map((download) => download.suggestedFilename());
  assert.equal(names[1], `${names[0]}.losses.json`);
  for (const [i, says] of [/^TITLE:/m, /"losses"/].entries()) {
    const file = `${results}${names[i]}`;
    await downloads[i].saveAs(file);
    assert.match(readFileSync(file, "utf8"), says);
  }
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

/** Every desk and every dialog, at two sizes of window and in all three themes. */
async function axeEverywhere(page) {
  const before = page.viewportSize();
  for (const theme of ["light", "contrast", "dark"]) {
    await chooseTheme(page, theme);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await axeDesks(page, `${theme} ${size.width}`, DIALOGS);
      await page.keyboard.press("f");
      await page.getByRole("toolbar", { name: "Full-screen viewer" }).waitFor();
      await axeHere(page, `full-screen viewer, ${theme} ${size.width}`);
      await page.keyboard.press("Escape");
      await page.getByRole("navigation", { name: "Desks" }).waitFor();
    }
  }
  await page.setViewportSize(before);
}

/** The same in a lake that holds nothing yet. */
async function axeEmpty() {
  const empty = new Home();
  const emptyPage = await openEmptyDesk(browser, await empty.serve());
  try {
    for (const size of SIZES) {
      await emptyPage.setViewportSize(size);
      await axeDesks(emptyPage, `empty ${size.width}`, DIALOGS.slice(0, 3));
    }
    assert.deepEqual(emptyPage.faults, []);
  } finally {
    await emptyPage.context().close();
    await empty.remove();
  }
}

async function axeDesks(page, where, dialogs) {
  for (const [key, name] of DESKS) {
    await page.keyboard.press(key);
    await page
      .getByRole("navigation")
      .locator("[aria-current=page]", { hasText: new RegExp(name, "i") })
      .waitFor();
    if (name === "activity")
      await page
        .getByRole("region", { name: "Engines and diagnostics" })
        .getByRole("listitem")
        .first()
        .waitFor();
    await axeHere(page, `${name} desk, ${where}`);
  }
  for (const [key, name] of dialogs) {
    await page.keyboard.press(key);
    await page.getByRole("dialog").waitFor();
    await axeHere(page, `${name}, ${where}`);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
}

async function axeHere(page, where) {
  await page.evaluate(
    () =>
      new Promise((next) =>
        requestAnimationFrame(() => requestAnimationFrame(next)),
      ),
  );
  const found = await axeFindings(page);
  if (found.length > 0)
    await page.screenshot({ path: `${results}axe-failed.png` });
  assert.deepEqual(found, [], `axe: ${where}`);
}

async function chooseTheme(page, theme) {
  await page.evaluate(
    (wanted) =>
      fetch("/api/set_settings", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ theme: wanted }),
      }),
    theme,
  );
  await page.locator(`html[data-theme=${theme}]`).waitFor();
}

/** Brings a film and something that is none in through the page: the one comes, the other is refused with its reason. */
async function uploadFiles(page) {
  await page.keyboard.press("Control+1");
  const chosen = page.waitForEvent("filechooser");
  await page
    .getByRole("region", { name: "Assets" })
    .getByRole("button", { name: /Add files/ })
    .first()
    .click();
  const film = await smallFilm();
  await (
    await chosen
  ).setFiles([
    {
      name: ".hidden.mov",
      mimeType: "video/quicktime",
      buffer: Buffer.from("x"),
    },
    { name: "Second take.mp4", mimeType: "video/mp4", buffer: film },
  ]);
  await page.getByText(/^\.hidden\.mov was not taken in/).waitFor();
  await page.keyboard.press("Control+3");
  const jobs = page.getByRole("region", { name: "Jobs", exact: true });
  await jobs.getByText(/not taken in/).waitFor();
  await page.keyboard.press("Control+1");
  await page
    .getByRole("button", { name: /^Second take/ })
    .getByText(/nothing proposed|open|all decided/)
    .waitFor({ timeout: 120_000 });
  await page.getByRole("button", { name: "Close this notice" }).first().click();
  // The browser reports the refusal by itself, as it should: once.
  const refusals = page.faults.filter((fault) => fault.includes("400"));
  assert.equal(refusals.length, 1);
  page.faults = page.faults.filter((fault) => !refusals.includes(fault));
  await page.keyboard.press("Control+2");
}

/** Another key for circling, found by the keyboard alone; it holds after it is saved, and goes back. */
async function bindAnotherKey(page) {
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keys" });
  await dialog.getByRole("searchbox").fill("circle");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.keyboard.press("r");
  await dialog.getByText(/already “Reject”/).waitFor();
  await dialog.getByRole("button", { name: "Leave it there" }).click();
  await dialog.getByRole("button", { name: "Add a key" }).click();
  await page.keyboard.press("F9");
  await dialog.getByRole("button", { name: "Save keys" }).click();
  await dialog.getByText(/hold from now on/).waitFor();
  await page.keyboard.press("Escape");
  const verdicts = await page.evaluate(
    () => performance.getEntriesByName("verdict-to-paint").length,
  );
  await page.keyboard.press("F9");
  await page.waitForFunction(
    (n) => performance.getEntriesByName("verdict-to-paint").length > n,
    verdicts,
  );
  await page.keyboard.press("Control+z");
  await page.keyboard.press("?");
  await dialog.getByRole("button", { name: "Reset all" }).click();
  await dialog.getByRole("button", { name: "Save keys" }).click();
  await dialog.getByText(/hold from now on/).waitFor();
  await page.keyboard.press("Escape");
}

/** Three seconds of a moving picture. */
async function smallFilm() {
  const folder = mkdtempSync(join(tmpdir(), "circletake-e2e-film-"));
  try {
    const file = join(folder, "film.mp4");
    const picture = [
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=320x180:rate=24:duration=3",
    ];
    await promisify(execFile)("ffmpeg", [
      "-v",
      "error",
      ...picture,
      "-pix_fmt",
      "yuv420p",
      file,
    ]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
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
  // A browser asks for this by itself at times; a missing one is a fault in its log.
  const icon = await page.request.get(new URL("/favicon.ico", page.url()).href);
  assert.equal(icon.status(), 200);
  const shots = await circled(asset);
  assert.ok(shots >= 2, `${shots} shots are circled after the restart`);
  // The desk begins with the newest film, which is the one that was brought in last.
  await page.getByRole("button", { name: /^First Light/ }).click();
  await page.getByRole("button", { name: /^Shots/ }).click();
  const marks = page
    .getByRole("listbox", { name: "Proposals" })
    .getByRole("img", { name: "circled" });
  await until(
    "the circled shots are listed",
    async () => (await marks.count()) >= 2,
  );
}
