// The real desk window, driven by keyboard through WebDriver. WebDriver's own pictures leave the native stage out, so what
// the stage shows is taken from the X server.
//
//   node window.e2e.mjs BINARY     (TAURI_DRIVER names the driver; WebKitWebDriver and Xvfb are on the PATH)

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Builder, By, Capabilities, Key, until } from "selenium-webdriver";

const BINARY = resolve(process.argv[2] ?? "target/debug/circletake-desk");
const RESULTS = join(dirname(fileURLToPath(import.meta.url)), "results");
const SCREEN = { width: 1440, height: 900 };
/** Making and ingesting the demo film on a busy machine. */
const FILM_MILLIS = 600_000;
const SOON_MILLIS = 30_000;

const started = [];

function start(program, args, options = {}) {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    ...options,
  });
  started.push(child);
  return child;
}

/** A virtual screen of our own; the server says which number it took. */
async function screen() {
  const server = start("Xvfb", [
    "-displayfd",
    "1",
    "-screen",
    "0",
    `${SCREEN.width}x${SCREEN.height}x24`,
    "-nolisten",
    "tcp",
  ]);
  const [said] = await new Promise((heard, failed) => {
    server.stdout.once("data", (data) => heard([String(data).trim()]));
    server.once("exit", () => failed(new Error("Xvfb did not start")));
  });
  return `:${said}`;
}

function freePort() {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

async function reached(port, deadline = Date.now() + SOON_MILLIS) {
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/status`);
      if (answer.ok) return;
    } catch (refused) {
      if (Date.now() > deadline) throw refused;
    }
    await new Promise((next) => setTimeout(next, 100));
  }
}

/** tauri-driver with the environment the window gets. */
async function drive(env) {
  const [port, native] = [await freePort(), await freePort()];
  const program = process.env.TAURI_DRIVER ?? "tauri-driver";
  start(
    program,
    [
      "--port",
      String(port),
      "--native-port",
      String(native),
      "--native-driver",
      process.env.WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver",
    ],
    { env },
  );
  await reached(port);
  return port;
}

async function open(port, args) {
  const wanted = new Capabilities({
    browserName: "wry",
    "tauri:options": { application: BINARY, args },
  });
  const driver = await new Builder()
    .usingServer(`http://127.0.0.1:${port}/`)
    .withCapabilities(wanted)
    .build();
  await driver.manage().setTimeouts({ script: SOON_MILLIS });
  return driver;
}

/** The same command the page uses. */
async function call(driver, name, request = {}) {
  const answer = await driver.executeAsyncScript(
    (name, request, done) =>
      window.__TAURI_INTERNALS__.invoke("call", { name, request }).then(
        (value) => done({ value }),
        (fault) => done({ fault }),
      ),
    name,
    request,
  );
  assert.ok(!answer.fault, `${name}: ${JSON.stringify(answer.fault)}`);
  return answer.value;
}

/** What the screen shows in a rectangle, three bytes a pixel. */
function grab(display, { x, y, width, height }, file) {
  const area = `${width}x${height}+${x}+${y}`;
  if (file)
    execFileSync("import", [
      "-display",
      display,
      "-window",
      "root",
      "-crop",
      area,
      "+repage",
      join(RESULTS, file),
    ]);
  return execFileSync(
    "import",
    [
      "-display",
      display,
      "-window",
      "root",
      "-crop",
      area,
      "+repage",
      "-depth",
      "8",
      "rgb:-",
    ],
    { maxBuffer: 1 << 26 },
  );
}

/** The share of bytes that differ by more than grain. */
function changed(a, b) {
  assert.equal(a.length, b.length);
  let count = 0;
  for (let at = 0; at < a.length; at += 1)
    if (Math.abs(a[at] - b[at]) > 12) count += 1;
  return count / a.length;
}

/** How many different colours there are: an undrawn or flat surface has one or two. */
function colours(pixels) {
  const seen = new Set();
  for (let at = 0; at + 2 < pixels.length; at += 3)
    seen.add((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
  return seen.size;
}

const rectOf = ([x, y, width, height]) => ({ x, y, width, height });

/** Waits until `ask` gives something. */
async function until_(driver, words, ask, millis = SOON_MILLIS) {
  return driver.wait(async () => (await ask()) || null, millis, words);
}

async function ready(driver) {
  return until_(
    driver,
    "the demo film is made and ingested",
    async () => {
      const { assets } = await call(driver, "assets");
      return assets.find((asset) => asset.state === "ready");
    },
    FILM_MILLIS,
  );
}

async function press(driver, ...keys) {
  await driver
    .actions({ async: true })
    .sendKeys(...keys)
    .perform();
}

async function circled(driver, asset) {
  const { tally } = await call(driver, "proposals", { asset: asset.id });
  return tally.circled;
}

async function framesMove(driver, display) {
  const viewer = rectOf((await call(driver, "stage_facts")).viewer.place);
  const still = grab(display, viewer, "window-still.png");
  assert.ok(colours(still) > 500, "the viewer shows no picture");
  await press(driver, " ");
  const before = (await call(driver, "stage_facts")).viewer.drawn;
  await until_(
    driver,
    "the stage draws while playing",
    async () => (await call(driver, "stage_facts")).viewer.drawn >= before + 20,
  );
  const moving = grab(display, viewer, "window-moving.png");
  await press(driver, " ");
  assert.ok(
    changed(still, moving) > 0.01,
    "the picture on the screen does not move",
  );
  await until_(driver, "playing stops", async () => {
    const first = (await call(driver, "stage_facts")).viewer.drawn;
    return (await call(driver, "stage_facts")).viewer.drawn === first;
  });
}

/** The picture goes into a window of its own and comes back, and is drawn in both. */
async function detaches(driver, display) {
  const drawn = async () => (await call(driver, "stage_facts")).viewer.drawn;
  for (const detached of [true, false]) {
    const before = await drawn();
    await driver
      .actions({ async: true })
      .keyDown(Key.SHIFT)
      .sendKeys("f")
      .keyUp(Key.SHIFT)
      .perform();
    await until_(
      driver,
      detached ? "the viewer leaves" : "the viewer comes back",
      async () => {
        const facts = await call(driver, "stage_facts");
        return facts.detached === detached && facts.viewer.drawn > before;
      },
    );
    if (detached)
      grab(display, { x: 0, y: 0, ...SCREEN }, "window-detached.png");
  }
  const viewer = rectOf((await call(driver, "stage_facts")).viewer.place);
  assert.ok(
    colours(grab(display, viewer, "window-attached.png")) > 500,
    "the viewer came back empty",
  );
}

/** A driver that was reset: the stage asks for its device again and goes on, with the same presenter. */
async function losesTheDevice(driver, decide) {
  const before = await call(driver, "stage_facts");
  await call(driver, "stage_lose_device");
  await decide();
  await until_(driver, "the stage draws on a new device", async () => {
    const { losses, timeline, fault } = await call(driver, "stage_facts");
    return (
      losses === 1 && fault === null && timeline.drawn > before.timeline.drawn
    );
  });
  const after = await call(driver, "stage_facts");
  assert.equal(after.presenter, before.presenter);
}

async function circleThreeAndUndoOne(driver, asset) {
  assert.equal(await circled(driver, asset), 0);
  for (const wanted of [1, 2, 3]) {
    await press(driver, "c");
    await until_(
      driver,
      `${wanted} circled`,
      async () => (await circled(driver, asset)) === wanted,
    );
  }
  await driver
    .actions({ async: true })
    .keyDown(Key.CONTROL)
    .sendKeys("z")
    .keyUp(Key.CONTROL)
    .perform();
  await until_(
    driver,
    "one verdict is taken back",
    async () => (await circled(driver, asset)) === 2,
  );
}

/** What the desk tells the person: a run that failed says it too. */
async function notices(driver) {
  const said = await driver.findElements(
    By.css('[role="status"], [role="alert"]'),
  );
  return Promise.all(said.map((notice) => notice.getText()));
}

/** Where the keys went and what the desk said, when something did not come to pass. */
async function told(driver, work) {
  try {
    await work();
  } catch (error) {
    const focus = await driver.executeScript(
      "return document.activeElement?.outerHTML.slice(0, 200)",
    );
    console.error(`the desk said: ${JSON.stringify(await notices(driver))}`);
    console.error(`focus: ${focus}`);
    throw error;
  }
}

async function review(driver) {
  await driver
    .actions({ async: true })
    .keyDown(Key.CONTROL)
    .sendKeys("2")
    .keyUp(Key.CONTROL)
    .perform();
  const list = await driver.wait(
    until.elementLocated(By.css('section[aria-label="Proposals"]')),
    SOON_MILLIS,
  );
  await driver.wait(until.elementIsVisible(list), SOON_MILLIS);
  await until_(driver, "the stage shows the film", async () => {
    const { viewer, last_frame } = await call(driver, "stage_facts");
    return viewer.visible && viewer.drawn > 0 && last_frame !== null;
  });
}

async function run(display, home) {
  const env = { ...process.env, DISPLAY: display, RUST_BACKTRACE: "1" };
  delete env.WAYLAND_DISPLAY;
  const port = await drive(env);

  let driver = await open(port, ["--home", home]);
  try {
    const asset = await ready(driver);
    await review(driver);
    const facts = await call(driver, "stage_facts");
    console.log(
      `presenter: ${facts.presenter}${facts.given_up.length ? ` (given up: ${facts.given_up.join("; ")})` : ""}`,
    );
    await told(driver, async () => {
      await framesMove(driver, display);
      await detaches(driver, display);
      await losesTheDevice(driver, () => circleThreeAndUndoOne(driver, asset));
      await framesMove(driver, display);
    });
    grab(display, { x: 0, y: 0, ...SCREEN }, "window-review.png");
  } finally {
    await driver.quit();
  }

  driver = await open(port, ["--home", home]);
  try {
    const asset = await ready(driver);
    await review(driver);
    assert.equal(
      await circled(driver, asset),
      2,
      "verdicts were lost by the restart",
    );
    grab(display, { x: 0, y: 0, ...SCREEN }, "window-restarted.png");
  } finally {
    await driver.quit();
  }
}

mkdirSync(RESULTS, { recursive: true });
const home = mkdtempSync(join(tmpdir(), "circletake-window-"));
let status = 0;
try {
  const display = process.env.E2E_DISPLAY ?? (await screen());
  try {
    await run(display, home);
    console.log("window: passed");
  } catch (error) {
    status = 1;
    console.error(error);
    grab(display, { x: 0, y: 0, ...SCREEN }, "window-failed.png");
  }
} finally {
  for (const child of started.reverse()) child.kill();
  rmSync(home, { recursive: true, force: true });
}
process.exitCode = status;
