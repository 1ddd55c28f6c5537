// The real desk window, driven through WebDriver. WebDriver's own pictures leave the native stage out, so what the stage
// shows is taken from the X server. TAURI_DRIVER names the driver; WebKitWebDriver and Xvfb are on the PATH.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Builder, By, Capabilities, Key, until } from "selenium-webdriver";

export const RESULTS = join(dirname(fileURLToPath(import.meta.url)), "results");
export const SCREEN = { width: 1440, height: 900 };
/** Making and ingesting the demo film on a busy machine. */
const FILM_MILLIS = 600_000;
export const SOON_MILLIS = 30_000;

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
export async function screen() {
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
export async function drive(env) {
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

export async function open(port, binary, args) {
  const wanted = new Capabilities({
    browserName: "wry",
    "tauri:options": { application: binary, args },
  });
  const driver = await new Builder()
    .usingServer(`http://127.0.0.1:${port}/`)
    .withCapabilities(wanted)
    .build();
  await driver.manage().setTimeouts({ script: SOON_MILLIS });
  return driver;
}

/** The same command the page uses. */
export async function call(driver, name, request = {}) {
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
export function grab(display, { x, y, width, height }, file) {
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
export function changed(a, b) {
  assert.equal(a.length, b.length);
  let count = 0;
  for (let at = 0; at < a.length; at += 1)
    if (Math.abs(a[at] - b[at]) > 12) count += 1;
  return count / a.length;
}

/** How many different colours there are: an undrawn or flat surface has one or two. */
export function colours(pixels) {
  const seen = new Set();
  for (let at = 0; at + 2 < pixels.length; at += 3)
    seen.add((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
  return seen.size;
}

export const rectOf = ([x, y, width, height]) => ({ x, y, width, height });

/** Waits until `ask` gives something. */
export async function until_(driver, words, ask, millis = SOON_MILLIS) {
  return driver.wait(async () => (await ask()) || null, millis, words);
}

export async function ready(driver) {
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

export async function press(driver, ...keys) {
  await driver
    .actions({ async: true })
    .sendKeys(...keys)
    .perform();
}

export async function review(driver) {
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

/** Ends what was started here, the last first. */
export function endAll() {
  for (const child of started.reverse()) child.kill();
}
