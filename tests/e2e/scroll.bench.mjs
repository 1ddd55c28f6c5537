// How the list of proposals feels with ten thousand of them: arrow keys held down, pages, and the wheel, in a real browser on
// the real program. Says how long each input took to its next picture. A measurement, not a test: it fails nothing.
//
//   CIRCLETAKE_BIN=target/debug/circletake node scroll.bench.mjs [COUNT]
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heard, hold, listen } from "./feel.mjs";
import { Home, launch, openDesk, requireProgram } from "./program.mjs";

const COUNT = Number(process.argv[2] ?? 10_000);

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
