// `npm run gen`: writes what is made from the Rust contract (ui/src/lib/generated).

import { run, task } from "./children.mjs";

await task(() => run("cargo", ["xtask", "gen"]));
