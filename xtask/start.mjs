// `npm start`: builds what is needed and opens Platen with the simulated world.
//
// With a display the window opens; without one the browser door is served and its address printed.
//
//   npm start -- [--port N] [--serve]
//     --port N   the browser door's port; a free one when left out
//     --serve    the browser door even where there is a display
//
// State lives in PLATEN_DATA, or in platen-demo beside the user's other data.

import { mkdirSync } from "node:fs";
import { constants, homedir } from "node:os";
import { join } from "node:path";
import { argv, env } from "node:process";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { Refusal, ROOT, start, task } from "./children.mjs";
import { hasDisplay, setup } from "./setup.mjs";

function wishes() {
  try {
    const { values } = parseArgs({ args: argv.slice(2), options: { port: { type: "string" }, serve: { type: "boolean" } } });
    return values;
  } catch (error) {
    throw new Refusal(`${error.message}\nUsage: npm start -- [--port N] [--serve]`);
  }
}

await task(async () => {
  const { port, serve } = wishes();
  const window = hasDisplay() && !serve && port === undefined;
  await setup(window ? "build" : "run");
  await build({ window });

  const data = env.PLATEN_DATA || join(env.XDG_DATA_HOME || join(homedir(), ".local/share"), "platen-demo");
  mkdirSync(data, { recursive: true });
  console.log(`\nPlaten keeps its state in ${data}\n`);

  const release = join(ROOT, "target/release");
  const child = window
    ? start(join(release, "platen-window"), ["--sim"], { env: { ...env, PLATEN_DATA: data } })
    : start(join(release, "platen"), ["--data", data, "serve", "--sim", ...(port === undefined ? [] : ["--port", port])]);
  const { code, signal } = await child.ended;
  return code ?? 128 + constants.signals[signal];
});
