// A lake in a bucket is connected by hand, step by step, and the desk goes back to its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const KEY = "EDITORKEY";
const SECRET = "a-secret-that-must-lie-nowhere";

/** A folder served as a bucket on this machine. */
class ServedLake {
  #folder = mkdtempSync(join(tmpdir(), "circletake-lake-"));
  #server = null;

  async start() {
    this.#server = spawn(
      process.env.CIRCLETAKE_BIN,
      ["lake", "serve", this.#folder],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: {
          ...process.env,
          CIRCLETAKE_LAKE_KEY: KEY,
          CIRCLETAKE_LAKE_SECRET: SECRET,
        },
      },
    );
    const lines = createInterface({ input: this.#server.stdout });
    for await (const line of lines) {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url) return url;
    }
    throw new Error("the lake printed no address");
  }

  async remove() {
    if (this.#server && this.#server.exitCode === null) {
      const gone = once(this.#server, "exit");
      this.#server.kill("SIGINT");
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Connects the lake by its wizard, opens it, and goes back to the lake of the home. */
export async function connectAndGoBack(page, home, axeHere) {
  const lake = new ServedLake();
  const faultsBefore = page.faults.length;
  try {
    const endpoint = await lake.start();
    await page.keyboard.press("Control+Shift+L");
    await page.getByRole("button", { name: "Connect a lake…" }).click();
    const dialog = page.getByRole("dialog", { name: "Connect a lake" });
    await dialog.getByLabel("Address of the bucket").fill("s3://lake");
    await dialog.getByText("Another S3 server than AWS's").click();
    await dialog.getByLabel("Endpoint").fill("http://media.example");
    await dialog.getByText(/is not encrypted/).waitFor();
    await dialog.getByLabel("Endpoint").fill(endpoint);
    await dialog.getByText(`s3://lake at ${endpoint}`).waitFor();
    await axeHere(page, "where the lake is");
    await page.keyboard.press("Enter");
    await dialog.getByRole("radio", { name: "Access keys" }).click();
    await dialog.getByLabel("Access key id").fill(KEY);
    await axeHere(page, "how to sign in");
    await page.keyboard.press("Enter");
    // The program was started without a keychain.
    await dialog.getByRole("button", { name: "Do without" }).click();
    await dialog.getByLabel("Secret access key").fill("wrong");
    await page.keyboard.press("Enter");
    // The keys are not asked at the token service of a store that is not AWS's: the store itself says no.
    await dialog
      .getByRole("button", { name: "Continue without knowing" })
      .waitFor();
    await dialog.getByRole("button", { name: "Back" }).click();
    await dialog.getByRole("button", { name: "Sign in anew" }).click();
    await dialog.getByRole("button", { name: "Do without" }).click();
    await dialog.getByLabel("Secret access key").fill(SECRET);
    await page.keyboard.press("Enter");
    await dialog.getByText("It is empty: you begin a new lake").waitFor();
    const rights = dialog.getByRole("region", { name: "You" });
    assert.equal(await rights.getByText("allowed", { exact: true }).count(), 9);
    await axeHere(page, "what one may do");
    await page.keyboard.press("Enter");
    await dialog.getByText(/is closed in good order/).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("lake is open.").waitFor();
    await page.getByText("Nothing here yet").waitFor();
    assert.ok(!(await page.content()).includes(SECRET));
    assert.deepEqual(secretsIn(home.folder), []);

    await page.keyboard.press("Control+Shift+L");
    await page.getByRole("button", { name: /^Embedded lake/ }).click();
    await page.getByText("Embedded lake is open.").waitFor();
    await page
      .locator("[aria-label='Timeline items'] button")
      .first()
      .waitFor();
    // What was typed wrong on purpose, and what the page asked of the lake before just as it went.
    const during = page.faults.splice(faultsBefore);
    const left = during.filter(
      (fault) => !/status of 40[034] .*\/api\//.test(fault),
    );
    page.faults.push(...left);
  } finally {
    await lake.remove();
  }
}

/** Files of a home in which the secret can be read. */
function secretsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(SECRET));
}
