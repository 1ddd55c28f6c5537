// Draws the grease-pencil ring: one stroke round the take, pressed harder on the way down, its end crossing its beginning.
// Writes the outline used by the marks, the logo and the application icons.
// Run from ui/: node scripts/pencil.mjs
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";

/** Outline of the stroke as an SVG path in a square of `size`, `weight` the mean line width. */
function ring(size, weight, from = -2.25, turns = 1.13) {
  const centre = size / 2;
  const steps = 72;
  const outer = [];
  const inner = [];
  for (let i = 0; i <= steps; i += 1) {
    const t = i / steps;
    const angle = from + t * turns * 2 * Math.PI;
    // A hand makes neither a circle nor a closed one: it is flatter at the top, drifts outwards and overshoots.
    const wobble = 1 + 0.022 * Math.sin(2 * angle + 0.9) + 0.014 * Math.sin(3 * angle + 2.1);
    const drift = 1.0 - 0.17 * Math.max(0, 1 - t / 0.16) ** 1.4 + 0.13 * Math.max(0, (t - 0.84) / 0.16) ** 1.3;
    const radius = (size / 2 - weight * 0.5) * 0.885 * wobble * drift;
    const press = 0.55 + 0.55 * Math.sin(Math.PI * Math.min(1, t * 1.02)) ** 0.6 + 0.12 * Math.sin(2 * angle - 0.6);
    const taper = Math.min(1, t / 0.05, (1 - t) / 0.1);
    const half = (weight / 2) * press * (0.25 + 0.75 * Math.sqrt(Math.max(0, taper)));
    const at = (r) => [centre + r * Math.cos(angle), centre + r * 0.985 * Math.sin(angle)];
    outer.push(at(radius + half));
    inner.push(at(radius - half));
  }
  const points = [...outer, ...inner.reverse()];
  const show = ([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`;
  return `M${points.map(show).join("L")}Z`;
}

const icons = new URL("../../assets/icons/", import.meta.url).pathname;
const shell = new URL("../../src-tauri/icons/", import.meta.url).pathname;
const served = new URL("../public/", import.meta.url).pathname;
for (const folder of [icons, shell, served]) mkdirSync(folder, { recursive: true });

const pencil = "#ff6a3d";
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64"><title>Circle Take</title><path fill="${pencil}" d="${ring(64, 6.6)}"/></svg>\n`;
writeFileSync(`${icons}logo.svg`, logo);
writeFileSync(`${served}logo.svg`, logo);

const tile = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512"><title>Circle Take</title><rect x="16" y="16" width="480" height="480" rx="104" fill="#1c1c1c"/><rect x="17.5" y="17.5" width="477" height="477" rx="102.5" fill="none" stroke="#3a3a3a" stroke-width="3"/><path transform="translate(66 66)" fill="${pencil}" d="${ring(380, 38)}"/></svg>\n`;
writeFileSync(`${icons}icon.svg`, tile);
for (const size of [32, 128, 256, 512]) {
  execFileSync("rsvg-convert", [
    "-w",
    `${size}`,
    "-h",
    `${size}`,
    `${icons}icon.svg`,
    "-o",
    `${icons}icon-${size}.png`,
  ]);
}
copyFileSync(`${icons}icon-512.png`, `${shell}icon.png`);

writeFileSync(
  new URL("../src/design/pencil.ts", import.meta.url),
  `/** The grease-pencil ring in a 20 by 20 box, drawn by scripts/pencil.mjs. */\nexport const PENCIL_RING =\n  "${ring(20, 2.3)}";\n`,
);
