// `npm run build`: the programs, ready to ship: target/release/platen and target/release/platen-window.

import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { run, task } from "./children.mjs";
import { setup } from "./setup.mjs";

/** Builds the UI, then the command line, then (`window`) the window; both carry the UI inside. */
export async function build({ window }) {
  await run("npm", ["run", "--silent", "build:ui"]);
  await run("cargo", ["build", "--release", "--locked", "-p", "platen-cli"]);
  if (window) {
    await run("cargo", ["build", "--release", "--locked", "-p", "platen-window", "--features", "custom-protocol"]);
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await task(async () => {
    await setup("build");
    await build({ window: true });
    console.log("\ntarget/release/platen and target/release/platen-window are ready.");
  });
}
