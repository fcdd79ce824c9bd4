// `npm run test:crash`: a thousand kills at random moments, judged by the paper. PLATEN_CRASH_ROUNDS says how many.

import { env } from "node:process";
import { run, task } from "./children.mjs";
import { setup } from "./setup.mjs";

await task(async () => {
  await setup("test");
  const rounds = env.PLATEN_CRASH_ROUNDS || "1000";
  console.log(`${rounds} rounds`);
  await run("cargo", ["test", "--locked", "-p", "platen-cli", "--test", "crash", "--", "--nocapture"], {
    env: { ...env, PLATEN_CRASH_ROUNDS: rounds },
  });
});
