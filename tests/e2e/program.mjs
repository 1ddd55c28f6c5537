// Starts the real program on a home of its own and opens its desk in a real browser.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const ui = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = ui("playwright-core");
const AXE = ui.resolve("axe-core/axe.min.js");
const PROGRAM = process.env.CIRCLETAKE_BIN;
const START_MILLIS = 60_000;
const DEMO_MILLIS = 600_000;
/** A film of three hours. */
const INGEST_MILLIS = 7_200_000;

/** The program to test; without one the test is not run, and in CI that is an error. */
export function requireProgram() {
  if (PROGRAM) return;
  console.log("not run: CIRCLETAKE_BIN does not name the program");
  process.exit(process.env.CI === "true" ? 1 : 0);
}

/** A home that is thrown away at the end, unless it is a folder that was named. */
export class Home {
  #folder;
  #kept;
  #server = null;

  constructor(folder) {
    this.#kept = folder !== undefined;
    this.#folder = folder ?? mkdtempSync(join(tmpdir(), "circletake-e2e-"));
  }

  /** Where it is. */
  get folder() {
    return this.#folder;
  }

  /** The process that serves, while it does. */
  get pid() {
    return this.#server?.pid;
  }

  /** Runs a command of the program and answers its JSON. */
  async ask(...command) {
    const longest = command[0] === "ingest" ? INGEST_MILLIS : DEMO_MILLIS;
    const options = { maxBuffer: 512 << 20, timeout: longest };
    const { stdout } = await promisify(execFile)(
      PROGRAM,
      ["--home", this.#folder, "--json", ...command],
      options,
    );
    return JSON.parse(stdout);
  }

  /** Serves the desk; answers the address with its one-time token. */
  async serve() {
    this.#server = spawn(PROGRAM, ["--home", this.#folder, "serve"], {
      stdio: ["ignore", "pipe", "inherit"],
      // Nothing of a test goes into the keychain of who runs it.
      env: {
        ...process.env,
        DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus",
      },
    });
    const lines = createInterface({ input: this.#server.stdout });
    const late = AbortSignal.timeout(START_MILLIS);
    for await (const [line] of on(lines, "line", late)) {
      const address = /https?:\/\/127\.0\.0\.1:\d+\/\S*/.exec(line)?.[0];
      if (address) return address;
    }
    throw new Error("the program printed no address");
  }

  /** Stops the server as a person would, and waits until it is gone. */
  async stop() {
    if (!this.#server || this.#server.exitCode !== null) return;
    const gone = once(this.#server, "exit");
    this.#server.kill("SIGINT");
    await gone;
  }

  async remove() {
    await this.stop();
    if (!this.#kept) rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function* on(emitter, name, signal) {
  const { on: iterate } = await import("node:events");
  yield* iterate(emitter, name, { signal, close: ["close"] });
}

/** A Chromium without a window: the one CHROMIUM names, else Debian's. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--headless=new",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

/** Opens the address and waits until the Review desk shows proposals and a picture. */
export async function openDesk(
  browser,
  address,
  { size = { width: 1600, height: 980 }, hints = false } = {},
) {
  const page = await newPage(browser, size, hints);
  await page.goto(address);
  await page.getByRole("listbox", { name: "Proposals" }).waitFor();
  await page.locator(".stage-frame").waitFor();
  await page.locator("[aria-label='Timeline items'] button").first().waitFor();
  await page.evaluate(() => document.fonts.ready);
  return page;
}

/** Opens the address of a lake that holds nothing yet. */
export async function openEmptyDesk(browser, address) {
  const page = await newPage(browser, { width: 1280, height: 720 }, false);
  await page.goto(address);
  await page.getByText("Nothing here yet").waitFor();
  await page.evaluate(() => document.fonts.ready);
  return page;
}

export async function newPage(browser, size, hints) {
  const context = await browser.newContext({
    viewport: size,
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) =>
    page.faults.push(`error in the page: ${error.message}`),
  );
  page.on("console", (message) => {
    // A picture that a newer one overtook answers 409; the browser reports that by itself.
    if (message.type() === "error" && !message.text().includes("409"))
      page.faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  if (!hints)
    await page.addInitScript(() => localStorage.setItem("hints.seen", "yes"));
  return page;
}

/** What axe finds on the page, in words. */
export async function axeFindings(page) {
  // The policy of the page forbids foreign scripts, so axe comes in through the debugger.
  const { readFileSync } = await import("node:fs");
  await page.evaluate(readFileSync(AXE, "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations.map(
    (found) =>
      `${found.id} (${found.impact}): ${found.help}: ${found.nodes.map((node) => node.target.join(" ")).join("; ")}`,
  );
}
