// The timeline under the hand: a cue's edge is dragged to the playhead, once given up with Escape, once let go, then undone.
import assert from "node:assert/strict";

const ITEMS = "[aria-label='Timeline items'] button";
/** So far short of the playhead the pointer stops: what is left the edge snaps. */
const SHORT_PX = 5;

/** The first cue, as the ledger has it. */
async function cueOf(home, asset) {
  const cues = await home.ask("proposals", asset, "--kind", "cues");
  return cues.sort((a, b) => a.start_frame - b.start_frame)[0];
}

function range({ start_frame, end_frame, state }) {
  return { start_frame, end_frame, state };
}

async function playheadX(page) {
  const box = await page.locator(".strip > .playhead").boundingBox();
  return box.x + box.width / 2;
}

async function shownFrame(page) {
  return Number(
    await page
      .locator("[role=slider][aria-label=Playhead]")
      .getAttribute("aria-valuenow"),
  );
}

/** Presses on the end of the cue and drags it until just before the playhead. */
async function dragToPlayhead(page, cue) {
  const item = await page
    .locator(`${ITEMS}[data-proposal='${cue.id}']`)
    .boundingBox();
  const y = item.y + item.height / 2;
  await page.mouse.move(item.x + item.width - 2, y);
  await page.mouse.down();
  await page.mouse.move(item.x + item.width + 8, y, { steps: 3 });
  await page.mouse.move((await playheadX(page)) - SHORT_PX, y, { steps: 5 });
  await page.locator(`[data-ghost='${cue.id}']`).waitFor();
  await page.locator(".lanes > .snap").waitFor();
}

/** Runs the scene; `until` waits for what must come to pass. */
export async function dragCue(page, home, asset, until) {
  const before = await cueOf(home, asset);
  assert.equal(before.state, "open", "the first cue is undecided");
  await page
    .locator(`${ITEMS}[data-proposal='${before.id}']`)
    .click({ position: { x: 3, y: 6 } });
  await until(
    "the playhead stands on the cue",
    async () => (await shownFrame(page)) === before.start_frame,
  );
  const beyond = Math.ceil((before.end_frame - before.start_frame) / 10) + 1;
  for (let n = 0; n < beyond; n += 1)
    await page.keyboard.press("Shift+ArrowRight");
  const playhead = before.start_frame + 10 * beyond;
  await until(
    "the playhead stands beyond it",
    async () => (await shownFrame(page)) === playhead,
  );
  // The view grows about the playhead, and the cue's end must stay in it.
  for (let n = 0; n < 2; n += 1) await page.keyboard.press("Control+=");
  await page.locator(".scale", { hasText: /^0\./ }).waitFor();

  await dragToPlayhead(page, before);
  await page.keyboard.press("Escape");
  await page.locator("[data-ghost]").waitFor({ state: "detached" });
  await page.mouse.up();
  assert.deepEqual(
    range(await cueOf(home, asset)),
    range(before),
    "Escape leaves it as it was",
  );

  await dragToPlayhead(page, before);
  await page.mouse.up();
  await until("the edge stands on the playhead, to the frame", async () => {
    const now = await cueOf(home, asset);
    return now.end_frame === playhead && now.state === "circled";
  });
  assert.equal((await cueOf(home, asset)).start_frame, before.start_frame);
  await page
    .locator(`${ITEMS}[data-proposal='${before.id}'][data-state='circled']`)
    .waitFor();
  await page.locator("[data-ghost]").waitFor({ state: "detached" });

  await page.keyboard.press("Control+z");
  await until("one undo takes all of it back", async () => {
    const now = range(await cueOf(home, asset));
    return JSON.stringify(now) === JSON.stringify(range(before));
  });
  await page.keyboard.press("Shift+Z");
}
