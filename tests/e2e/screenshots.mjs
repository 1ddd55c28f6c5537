// Takes the README's pictures from the real thing. Run: CIRCLETAKE_BIN=… node tests/e2e/screenshots.mjs FOLDER
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Home, launch, openDesk, requireProgram } from "./program.mjs";

requireProgram();
const folder = process.argv[2];
if (!folder) {
  console.error(
    "Say where the pictures should go: node tests/e2e/screenshots.mjs FOLDER",
  );
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const home = new Home();
const browser = await launch();
try {
  await home.ask("demo");
  const page = await openDesk(browser, await home.serve());
  for (const key of ["c", "c", "r"]) {
    const given = await page.evaluate(
      () => performance.getEntriesByName("verdict-to-paint").length,
    );
    await page.keyboard.press(key);
    await page.waitForFunction(
      (n) => performance.getEntriesByName("verdict-to-paint").length > n,
      given,
    );
  }
  for (const [key, name] of [
    ["Control+2", "review"],
    ["Control+1", "library"],
    ["Control+3", "activity"],
  ]) {
    await page.keyboard.press(key);
    await page
      .getByRole("navigation")
      .locator("[aria-current=page]", { hasText: new RegExp(name, "i") })
      .waitFor();
    await page
      .waitForLoadState("networkidle", { timeout: 3000 })
      .catch(() => undefined);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
} finally {
  await browser.close();
  await home.remove();
}
