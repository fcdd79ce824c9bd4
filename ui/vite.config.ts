// How the web UI is built: messages are compiled, then everything goes to ui/dist.
// The brand is chosen by the environment variable PLATEN_BRAND (a folder of brands/).
// Deliberately absent: a development proxy. The UI is always served by the door it talks to, so that the
// Host and Origin rules of that door hold in development too.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const brand = here(`../brands/${process.env["PLATEN_BRAND"] ?? "default"}`);

/** The brand's name for the program, from brand.toml: the title before the first answer of the engine. */
function brandName(): string {
  const found = /^name\s*=\s*"([^"]+)"/m.exec(readFileSync(`${brand}/brand.toml`, "utf8"));
  if (!found?.[1]) throw new Error(`${brand}/brand.toml has no name`);
  return found[1];
}

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [
    // The tests find the messages compiled: the plugin would keep their process alive.
    process.env["VITEST"]
      ? null
      : paraglideVitePlugin({
          project: here("./project.inlang"),
          outdir: here("./src/lib/paraglide"),
          strategy: ["globalVariable", "baseLocale"],
          emitReadme: false,
        }),
    svelte(),
    { name: "brand-name", transformIndexHtml: (html) => html.replaceAll("%BRAND_NAME%", brandName()) },
  ],
  resolve: { alias: { $brand: brand, $lib: here("./src/lib"), $parts: here("./src/parts") } },
  build: {
    outDir: here("./dist"),
    emptyOutDir: true,
    target: ["es2022", "chrome123", "safari17.5", "firefox121"],
    // No data: URLs and no inline anything: the doors send a strict content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
