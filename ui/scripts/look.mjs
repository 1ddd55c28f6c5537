// Looks at the desk as a person would, against the painted mock: takes a screenshot of every desk and popup.
// With --check it also runs axe on each and fails when it finds something.
// Run from ui/: node scripts/look.mjs [--check] [--out FOLDER]
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const { values } = parseArgs({ options: { check: { type: "boolean" }, out: { type: "string" } } });
const out = values.out;
if (out) mkdirSync(out, { recursive: true });
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const press = (key) => (page) => page.keyboard.press(key);
const wide = { width: 1600, height: 980 };
const small = { width: 1280, height: 720 };
const scenes = [
  { name: "review", size: wide },
  { name: "review-small", size: small },
  {
    name: "review-decided",
    size: wide,
    act: async (page) => {
      for (const key of ["c", "c", "r", "Shift+C"]) await page.keyboard.press(key);
      await page.getByText("Why", { exact: true }).click();
    },
  },
  { name: "review-edit", size: wide, act: press("e") },
  { name: "review-light", size: wide, theme: "light" },
  { name: "review-contrast", size: wide, theme: "contrast" },
  { name: "review-many", size: wide, mock: "many" },
  { name: "review-refused", size: wide, mock: "refuse", act: press("c") },
  { name: "review-empty", size: small, mock: "empty" },
  { name: "library", size: wide, hash: "library" },
  { name: "library-small", size: small, hash: "library" },
  { name: "activity", size: wide, hash: "activity" },
  { name: "palette", size: wide, act: press("Control+k") },
  { name: "keys", size: wide, act: press("?") },
  { name: "settings", size: small, act: press("Control+,") },
  { name: "export", size: small, act: press("Control+e") },
  { name: "bulk", size: small, act: press("b") },
];

const server = await createServer({ server: { port: 0, host: "127.0.0.1" }, logLevel: "error" });
await server.listen();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--headless=new"],
});
let faults = 0;
try {
  for (const scene of scenes) faults += await look(scene);
} finally {
  await browser.close();
  await server.close();
}
console.log(faults === 0 ? `${scenes.length} scenes looked at, nothing found` : `${faults} findings`);
process.exitCode = faults === 0 ? 0 : 1;

async function look(scene) {
  const page = await browser.newPage({ viewport: scene.size });
  let found = 0;
  const complain = (text) => {
    found += 1;
    console.log(`${scene.name}: ${text}`);
  };
  page.on("pageerror", (error) => complain(`error in the page: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && complain(`console: ${message.text()}`));
  const { port } = server.httpServer.address();
  await page.goto(`http://127.0.0.1:${port}/?mock=${scene.mock ?? ""}#/${scene.hash ?? "review"}`);
  await page.locator("main").waitFor();
  const hasList = (scene.hash ?? "review") === "review" && scene.mock !== "empty";
  if (hasList) {
    await page.locator("[aria-label='Timeline items'] button").first().waitFor();
    await page.locator(".stage-frame").waitFor();
  } else {
    await page.waitForLoadState("networkidle");
  }
  await page.evaluate(() => document.fonts.ready);
  if (scene.theme) await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), scene.theme);
  if (scene.act) await scene.act(page);
  await page.evaluate(() => new Promise((done) => setTimeout(done, 350)));
  if (out) await page.screenshot({ path: `${out}/${scene.name}.png` });
  if (values.check) {
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => window.axe.run(document));
    for (const violation of violations) {
      complain(`axe ${violation.id} (${violation.impact}): ${violation.help}`);
      for (const node of violation.nodes.slice(0, 3)) console.log(`    ${node.target.join(" ")}  ${node.failureSummary?.split("\n")[1] ?? ""}`);
    }
  }
  await page.close();
  return found;
}
