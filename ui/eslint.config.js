import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** The direction of the desk's folders: each may import only what stands to its right. */
const layers = {
  "src/features": ["views"],
  "src/state": ["features", "views", "actions"],
  "src/design": ["features", "views", "state", "actions", "backend"],
  "src/backend": ["features", "views", "state", "actions", "design"],
};

export default ts.config(
  { ignores: ["dist/", "src/backend/generated/"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  {
    rules: {
      "no-undef": "off",
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // Derived maps and sets are replaced whole, never changed in place; where one is, it is a Svelte one.
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
  { files: ["scripts/**", "*.config.*"], rules: { "no-console": "off" } },
  {
    files: ["src/**"],
    ignores: ["src/backend/**"],
    rules: {
      "no-restricted-globals": ["error", { name: "fetch", message: "Only src/backend knows HTTP." }],
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@tauri-apps/*"], message: "Only src/backend knows Tauri." }] },
      ],
    },
  },
  ...Object.entries(layers).map(([folder, above]) => ({
    files: [`${folder}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: above.map((name) => `**/${name}/**`), message: "This folder must not see that one." },
            ...(folder === "src/backend"
              ? []
              : [{ group: ["@tauri-apps/*"], message: "Only src/backend knows Tauri." }]),
            ...(folder === "src/features"
              ? [{ group: ["../*/*", "!../../*", "!../../**"], message: "Features do not import each other." }]
              : []),
          ],
        },
      ],
    },
  })),
);
