// How the desk feels on a film of three hours with a hundred thousand items: opening it, stepping, paging, zooming from the whole
// film to one frame, panning, selecting with a rectangle and by click, verdicts; and what it takes of memory. The film and its items
// come in as a person's would. A measurement, not a test: it fails nothing. Needs `ffmpeg`.
//
//   CIRCLETAKE_BIN=target/debug/circletake node long.bench.mjs [HOME [PICTURE.png]]
//
// A HOME that is named is filled once and kept: taking the film in takes a quarter of an hour.
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { heard, hold, listen } from "./feel.mjs";
import { Home, launch, openDesk, requireProgram } from "./program.mjs";

const FILM_SECS = 10_800;
/** Of each of two languages; a file holds no more than fifty thousand. */
const CUES = 47_000;
const MARKERS = 300;
const SHOT_SECS = 2;

/** A minute of shots that all look different, thirty of them, over and over. */
async function makeFilm(folder) {
  const [size, shots] = ["s=160x90:r=25", 60 / SHOT_SECS];
  const looks = [
    () => `testsrc2=${size}`,
    (i) => `mandelbrot=${size}:start_scale=${(i + 1) / 10}`,
    () => `smptebars=${size}`,
    (i) => `gradients=${size}:seed=${i}`,
    (i) => `life=${size}:seed=${i}:mold=10`,
  ];
  const sources = Array.from({ length: shots }, (_, i) =>
    looks[i % looks.length](i),
  );
  const turned = sources.map(
    (_, i) => `[${i}:v]format=yuv420p,hue=h=${(i * 37) % 360},setsar=1[v${i}]`,
  );
  const joined = `${sources.map((_, i) => `[v${i}]`).join("")}concat=n=${shots}:v=1[v]`;
  const minute = join(folder, "minute.mp4");
  const film = join(folder, "three hours.mp4");
  const ffmpeg = (...args) =>
    promisify(execFile)("ffmpeg", ["-v", "error", "-y", ...args]);
  await ffmpeg(
    ...sources.flatMap((source) => [
      "-f",
      "lavfi",
      "-t",
      String(SHOT_SECS),
      "-i",
      source,
    ]),
    ...["-f", "lavfi", "-t", "60", "-i", "sine=f=300:b=2"],
    ...[
      "-filter_complex",
      [...turned, joined].join(";"),
      "-map",
      "[v]",
      "-map",
      `${shots}:a`,
    ],
    ...[
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-crf",
      "30",
      "-g",
      "250",
      "-c:a",
      "aac",
      "-b:a",
      "48k",
      minute,
    ],
  );
  await ffmpeg(
    "-stream_loop",
    String(FILM_SECS / 60 - 1),
    "-i",
    minute,
    "-c",
    "copy",
    film,
  );
  return film;
}

/** Cues one after the other through the whole film. */
function cues(language) {
  const clock = (millis) =>
    new Date(millis).toISOString().slice(11, 23).replace(".", ",");
  const step = (FILM_SECS * 1000) / CUES;
  const cue = (_, i) =>
    `${i + 1}\n${clock(i * step)} --> ${clock((i + 0.9) * step)}\nLine ${i + 1} ${language}\n`;
  return Array.from({ length: CUES }, cue).join("\n");
}

async function fill(home) {
  const folder = mkdtempSync(join(tmpdir(), "circletake-long-"));
  try {
    const { done } = await home.ask(
      "ingest",
      "--proxies-only",
      await makeFilm(folder),
    );
    await addCues(home, done[0].asset, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function addCues(home, asset, folder) {
  for (const language of ["en", "de"]) {
    const file = join(folder, `${language}.srt`);
    writeFileSync(file, cues(language));
    await home.ask("import", asset, file);
  }
}

/** Resident memory in MB that a process does not share, and its part of what it shares. */
function memory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Math.round(Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024);
}

/** The page's own process: the largest renderer among those this one has started. */
function pageMemory() {
  const renderers = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/cmdline`)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(
        "--type=renderer",
      );
    } catch {
      return false;
    }
  });
  return Math.max(0, ...renderers.map((pid) => memory(pid)));
}

/** Notes how long the program took for each address of a kind. */
function answers(page, part) {
  const taken = [];
  const note = async (request) => {
    if (!request.url().includes(part)) return;
    const { responseEnd } = request.timing();
    if (responseEnd > 0) taken.push(responseEnd);
  };
  page.on("requestfinished", note);
  return {
    say(what) {
      page.off("requestfinished", note);
      const sorted = taken.sort((a, b) => a - b);
      const at = (share) =>
        sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(0) ?? "no";
      console.log(
        `  ${what}: ${sorted.length}, the middle one ${at(0.5)} ms, the longest ${at(1)} ms`,
      );
    },
  };
}

/** What `act` does, as the hand feels it, and how long the timeline's pictures for it took. */
async function measured(page, what, sent, act) {
  const pictures = answers(page, "/stage/timeline.png");
  const layouts = answers(page, "/api/timeline");
  await listen(page);
  await act();
  await heard(page, what, sent);
  await page.waitForLoadState("networkidle");
  pictures.say("pictures");
  layouts.say("layouts");
}

async function seedMarkers(page, asset) {
  await page.evaluate(
    async ([asset, count, frames]) => {
      const ask = (name, request) =>
        fetch(`/api/${name}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(request),
        }).then((answer) => answer.json());
      const { markers } = await ask("markers", { asset });
      for (let i = markers.length; i < count; i += 1) {
        await ask("put_marker", {
          asset,
          frame: Math.floor((i * frames) / count),
          note: `Note ${i}`,
        });
      }
    },
    [asset, MARKERS, FILM_SECS * 25],
  );
}

async function run(page) {
  const strip = page.locator("#timeline-strip");
  const box = await strip.boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const list = page.getByRole("listbox", { name: "Proposals" });
  await list.focus();
  await hold(page, "ArrowDown", 60, 33);
  await hold(page, "PageDown", 40, 33);
  await page.mouse.move(middle.x, middle.y);
  const wheel = async (times, across, down, ctrl) => {
    if (ctrl) await page.keyboard.down("Control");
    for (let i = 0; i < times; i += 1) {
      await page.mouse.wheel(across, down);
      await page.waitForTimeout(16);
    }
    if (ctrl) await page.keyboard.up("Control");
  };
  await page.keyboard.press("Shift+z");
  await measured(page, "zoomed from the whole film to one frame", 120, () =>
    wheel(120, 0, -60, true),
  );
  await measured(page, "panned over single frames", 120, () =>
    wheel(120, 60, 0, false),
  );
  await measured(page, "zoomed back", 120, () => wheel(120, 0, 60, true));
  await page.mouse.move(box.x + 400, middle.y);
  await wheel(40, 0, -60, true);
  await measured(page, "panned over minutes", 120, () =>
    wheel(120, 60, 0, false),
  );
  await page.locator("body").press("Shift+z");
  await page.waitForLoadState("networkidle");
  await measured(page, "a rectangle over the whole film", 60, async () => {
    // Between the lanes, where no item is.
    await page.mouse.move(box.x + 110, box.y + box.height - 4);
    await page.mouse.down();
    for (let i = 1; i <= 60; i += 1) {
      await page.mouse.move(
        box.x + 110 + ((box.width - 160) * i) / 60,
        box.y + box.height - 4 - ((box.height - 40) * i) / 60,
      );
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
  });
  console.log(
    `  ${await page.getByRole("heading", { name: /selected|undecided/ }).textContent()}`,
  );
  await page.keyboard.press("Escape");
  const items = page.locator("[aria-label='Timeline items'] button");
  await measured(page, "clicked on items", 12, async () => {
    for (let i = 0; i < 12; i += 1) {
      const at = await items
        .nth(Math.floor((i * (await items.count())) / 12))
        .boundingBox();
      if (at) await page.mouse.click(at.x + at.width / 2, at.y + at.height / 2);
      await page.waitForTimeout(200);
    }
  });
  const rows = answers(page, "/api/proposals");
  const written = answers(page, "/api/decide");
  await list.focus();
  await measured(page, "verdicts", 10, async () => {
    for (let i = 0; i < 10; i += 1) {
      await page.keyboard.press(i % 2 ? "r" : "c");
      await page.waitForTimeout(250);
    }
    await page.waitForTimeout(2500);
  });
  written.say("written");
  rows.say("lists read again");
}

requireProgram();
const home = new Home(process.argv[2]);
let browser;
try {
  if ((await home.ask("assets")).length === 0) await fill(home);
  const [asset] = await home.ask("assets");
  const address = await home.serve();
  browser = await launch();
  const begun = performance.now();
  const page = await openDesk(browser, address);
  console.log(`opened in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  await seedMarkers(page, asset.id);
  const again = performance.now();
  await page.reload();
  await page.locator("[aria-label='Timeline items'] button").first().waitFor();
  console.log(
    `and once more, the program warm, in ${((performance.now() - again) / 1000).toFixed(1)} s`,
  );
  await page.waitForLoadState("networkidle");
  const { tally } = asset;
  console.log(
    `${tally.open + tally.circled + tally.rejected + tally.conflict} proposals and ${MARKERS} markers`,
  );
  await run(page);
  console.log(
    `memory: the page ${pageMemory()} MB, the program ${memory(home.pid)} MB`,
  );
  if (process.argv[3]) {
    await page.locator("body").press("Shift+z");
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: process.argv[3] });
  }
  for (const fault of page.faults) console.log(fault);
} finally {
  await browser?.close();
  await home.remove();
}
