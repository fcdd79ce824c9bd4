// `npm run fuzz -- SECONDS [--only TARGET]`: every reader of foreign bytes under libFuzzer, for SECONDS in all.
//
// Works with the stable compiler: the flags below are LLVM's own. One program contains all targets; each gets an equal
// part of the time, a folder of beginnings made anew (target/fuzz/seeds) and one that grows from run to run
// (target/fuzz/corpus). An input that crashes, hangs or wants more than a gibibyte is written to target/fuzz/found, and
// the run fails and says how to feed it again. Put it into crates/corpus/crashes/<target>/ when it is mended: then it is a test.

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { argv, env } from "node:process";
import { parseArgs } from "node:util";
import { ask, Refusal, ROOT, run, start, task } from "./children.mjs";

const USAGE = "Usage: npm run fuzz -- SECONDS [--only TARGET]";
const FOLDER = join(ROOT, "target/fuzz");
const COVERAGE = ["level=4", "inline-8bit-counters", "pc-table", "trace-compares"];
const FLAGS = [
  "-Cpasses=sancov-module",
  ...COVERAGE.map((what) => `-Cllvm-args=-sanitizer-coverage-${what}`),
  "-Ccodegen-units=1",
  "-Coverflow-checks=yes",
];

function wishes() {
  try {
    const { values, positionals } = parseArgs({ args: argv.slice(2), allowPositionals: true, options: { only: { type: "string" } } });
    const seconds = Number(positionals[0]);
    if (positionals.length !== 1 || !(seconds >= 1)) throw new Error(USAGE);
    return { seconds, only: values.only };
  } catch (error) {
    throw new Refusal(error.message === USAGE ? USAGE : `${error.message}\n${USAGE}`);
  }
}

await task(async () => {
  const { seconds, only } = wishes();
  const host = /^host: (.+)$/m.exec(ask("rustc", ["-vV"]) ?? "")?.[1];
  if (!host) throw new Refusal("The fuzzer needs Rust.");
  // With a target of its own the flags stay away from build scripts.
  const build = ["build", "--release", "--locked", "--package", "platen-corpus", "--features", "libfuzzer", "--target", host];
  const rustflags = { ...env, CARGO_TARGET_DIR: FOLDER, CARGO_ENCODED_RUSTFLAGS: FLAGS.join("\u001f") };
  await run("cargo", [...build, "--bin", "fuzz"], { env: rustflags });
  const seeds = join(FOLDER, "seeds");
  await run("cargo", ["run", "--quiet", "--locked", "--package", "platen-corpus", "--bin", "corpus", "--", "seeds", seeds]);
  const targets = readdirSync(seeds).filter((name) => only === undefined || name === only);
  if (targets.length === 0) throw new Refusal(`There is no target '${only}'; one of ${readdirSync(seeds).join(", ")}.`);
  const each = Math.max(1, Math.floor(seconds / targets.length));
  const failed = [];
  let passed = 0;
  for (const target of targets) {
    const [grown, found] = ["corpus", "found"].map((name) => join(FOLDER, name, target));
    for (const folder of [grown, found]) mkdirSync(folder, { recursive: true });
    console.log(`\n=== ${target}, ${each} s`);
    const limits = [`-max_total_time=${each}`, "-timeout=20", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0"];
    const words = [...limits, `-artifact_prefix=${found}/`, grown, join(seeds, target)];
    const known = new Set(readdirSync(found));
    const program = join(FOLDER, host, "release/fuzz");
    const { code, signal } = await start(program, words, { env: { ...env, PLATEN_FUZZ: target } }).ended;
    if (code === 0) {
      passed += 1;
      continue;
    }
    failed.push(`${target}: ${signal ?? `exit code ${code}`}`);
    for (const name of readdirSync(found).filter((name) => !known.has(name))) {
      failed.push(`  again with: PLATEN_FUZZ=${target} ${program} ${join(found, name)}`);
    }
  }
  console.log(`\n${passed} passed, ${targets.length - passed} failed`);
  for (const line of failed) console.error(line);
  return failed.length ? 1 : 0;
});
