// The real desk window, driven by keyboard.
//
//   node window.e2e.mjs BINARY

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { By, Key } from "selenium-webdriver";
import {
  RESULTS,
  SCREEN,
  SOON_MILLIS,
  call,
  changed,
  colours,
  drive,
  endAll,
  grab,
  open,
  press,
  ready,
  review,
  rectOf,
  screen,
  until_,
} from "./window.mjs";

const BINARY = resolve(process.argv[2] ?? "target/debug/circletake-desk");

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

/** A film that follows the one in the viewer, here itself a second later, through jumps, steps and play. */
async function comparesFilms(driver, asset) {
  const tie = { viewed: asset.id, viewed_frame: 0, frame: 24 };
  const film = { asset: asset.id, original: false, ...tie };
  const both = (goal) => async () => {
    const { last_frame, beside_frame } = await call(driver, "stage_facts");
    return last_frame === goal && beside_frame === goal + 24;
  };
  await call(driver, "stage_compare", { film });
  for (const goal of [100, 40, 41]) {
    await call(driver, "transport", { act: "seek", value: goal });
    await until_(driver, `both films at ${goal}`, both(goal));
  }
  await press(driver, Key.ARROW_RIGHT);
  await until_(driver, "both films a frame on", both(42));
  await press(driver, " ");
  await until_(
    driver,
    "both films play",
    async () => (await call(driver, "stage_facts")).beside_frame > 90,
  );
  await press(driver, " ");
  await until_(driver, "both films stand together", async () => {
    const { last_frame, beside_frame } = await call(driver, "stage_facts");
    return beside_frame === last_frame + 24;
  });
  await call(driver, "stage_compare", {});
  await until_(
    driver,
    "the other film is gone",
    async () => (await call(driver, "stage_facts")).beside_frame === null,
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
async function run(display, home) {
  const env = {
    ...process.env,
    DISPLAY: display,
    RUST_BACKTRACE: "1",
    // The run breaks the stage's device, which nobody else may.
    CIRCLETAKE_TESTING: "1",
  };
  delete env.WAYLAND_DISPLAY;
  const port = await drive(env);

  let driver = await open(port, BINARY, ["--home", home]);
  try {
    const asset = await ready(driver);
    await review(driver);
    const facts = await call(driver, "stage_facts");
    console.log(
      `presenter: ${facts.presenter}${facts.given_up.length ? ` (given up: ${facts.given_up.join("; ")})` : ""}`,
    );
    await told(driver, async () => {
      await framesMove(driver, display);
      await comparesFilms(driver, asset);
      await detaches(driver, display);
      await losesTheDevice(driver, () => circleThreeAndUndoOne(driver, asset));
      await framesMove(driver, display);
    });
    grab(display, { x: 0, y: 0, ...SCREEN }, "window-review.png");
  } finally {
    await driver.quit();
  }

  driver = await open(port, BINARY, ["--home", home]);
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
  endAll();
  rmSync(home, { recursive: true, force: true });
}
process.exitCode = status;
