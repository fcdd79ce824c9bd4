// `npm test`: every ring from the inside out; the first one that fails ends the run.
//
//   npm test -- [--only NAME | --from NAME]
//
// All rings share one build: the dev profile, one target folder, and one selection of crates and features, because
// another selection means other features of the libraries below, and those would be built again. The last line is
// `N passed, N failed`.

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { argv, env } from "node:process";
import { parseArgs } from "node:util";
import { Refusal, ROOT, task, watch } from "./children.mjs";
import { setup } from "./setup.mjs";

const ALL = ["--workspace", "--features", "platen-window/custom-protocol", "--locked"];
const XTASK = join(ROOT, "target/debug/xtask");
const GENERATED = join(ROOT, "ui/src/lib/generated");

// More threads than cores only make time-outs of real brokers and browsers more likely.
const shared = { ...env, RUST_TEST_THREADS: env.RUST_TEST_THREADS ?? String(Math.min(4, availableParallelism())) };

/** A ring of programs, each of which is one check unless it counts its own. */
const programs = (...lines) => async (tally) => {
  for (const [command, ...args] of lines) {
    const before = tally.passed + tally.failed;
    const code = await watch(command, args, (line) => count(line, tally), { env: shared });
    const counted = tally.passed + tally.failed > before;
    if (!counted) tally[code === 0 ? "passed" : "failed"] += 1;
    // A program that dies after good news has failed all the same.
    if (code !== 0 && tally.failed === 0) tally.failed += 1;
    if (code !== 0) return;
  }
};

const RINGS = [
  ["setup", async (tally) => {
    await setup("test");
    tally.passed += 1;
  }],
  ["format", programs(["cargo", "fmt", "--all", "--check"])],
  // The window carries the UI inside, so the UI comes first.
  ["ui", programs(["npm", "run", "--silent", "build:ui"], ["npm", "run", "--silent", "check:ui"], ["npm", "run", "--silent", "test:ui"])],
  ["build", programs(["cargo", "build", ...ALL, "--all-targets"])],
  ["arrows", programs([XTASK, "check-deps"])],
  ["contract", contract],
  ["clippy", programs(["cargo", "clippy", ...ALL, "--all-targets", "--", "-D", "warnings"])],
  ["rust", programs(["cargo", "test", ...ALL])],
  // Other people's decoders; they come with it.
  ["peers", programs(["node", "xtask/peers.mjs"])],
  ["walk", programs(["node", "ui/e2e/walk.mjs"], ["node", "ui/e2e/corners.mjs"], ["node", "ui/e2e/foreign.mjs"])],
  ["window", programs(["node", "ui/e2e/window.mjs"])],
];

/** What a line says about passed and failed tests: cargo, Vitest, and the walks. */
function count(line, tally) {
  const cargo = /^test result: \w+\. (\d+) passed; (\d+) failed/.exec(line);
  const vitest = /^\s*Tests\s+(?:(\d+) failed \| )?(?:(\d+) passed)?/.exec(line);
  const walk = /^(\d+) passed, (\d+) failed$/.exec(line);
  const [passed, failed] = cargo ? [cargo[1], cargo[2]] : vitest ? [vitest[2], vitest[1]] : walk ? [walk[1], walk[2]] : [0, 0];
  tally.passed += Number(passed ?? 0);
  tally.failed += Number(failed ?? 0);
}

/** The generated TypeScript must be what the Rust contract gives. */
async function contract(tally) {
  const read = () => readdirSync(GENERATED).sort().map((name) => [name, readFileSync(join(GENERATED, name), "utf8")]);
  const before = JSON.stringify(read());
  await programs([XTASK, "gen"])(tally);
  if (JSON.stringify(read()) === before) return;
  console.error("ui/src/lib/generated was not what the contract gives. It is now: commit it.");
  tally.failed += 1;
}

function wishes() {
  const names = RINGS.map(([name]) => name);
  const known = (name) => {
    if (names.includes(name)) return names.indexOf(name);
    throw new Refusal(`Unknown ring '${name}'; one of ${names.join(", ")}.`);
  };
  try {
    const { values } = parseArgs({ args: argv.slice(2), options: { only: { type: "string" }, from: { type: "string" } } });
    if (values.only !== undefined) return RINGS.slice(known(values.only), known(values.only) + 1);
    return RINGS.slice(values.from === undefined ? 0 : known(values.from));
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(`${error.message}\nUsage: npm test -- [--only NAME | --from NAME]`);
  }
}

function minutes(span) {
  const seconds = Math.round(span / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

await task(async () => {
  const all = { passed: 0, failed: 0 };
  const table = [];
  for (const [name, ring] of wishes()) {
    console.log(`\n=== ${name}`);
    const tally = { passed: 0, failed: 0 };
    const began = Date.now();
    try {
      await ring(tally);
    } catch (error) {
      console.error(error instanceof Refusal ? error.message : error);
      tally.failed += 1;
    }
    all.passed += tally.passed;
    all.failed += tally.failed;
    table.push(`${tally.failed ? "FAILED" : "ok    "} ${name.padEnd(14)} ${minutes(Date.now() - began).padStart(6)}  ${tally.passed} passed, ${tally.failed} failed`);
    console.log(`=== ${table.at(-1)}`);
    if (tally.failed) break;
  }
  console.log(`\n${table.join("\n")}\n\n${all.passed} passed, ${all.failed} failed`);
  return all.failed ? 1 : 0;
});
