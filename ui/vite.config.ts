import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  plugins: [svelte()],
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  build: {
    target: "es2022",
    // Fonts and pictures stay files: the content security policy has no data: for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: devServer() },
  // Generous, because the machine may be building at the same time; what never comes to pass still fails.
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    setupFiles: ["src/state/testing.ts"],
    testTimeout: 60_000,
  },
});

/** `CIRCLETAKE_URL=http://127.0.0.1:port npm run dev` puts the development build in front of a running `circletake serve`. */
function devServer(): Record<string, string> {
  const target = process.env["CIRCLETAKE_URL"];
  return target ? { "/api": target, "/events": target, "/media": target, "/stage": target, "/exports": target } : {};
}
