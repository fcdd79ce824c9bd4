// The independent decoders: other people's programs read our printer files, and a scanner's library reads our codes.
//
//   npm test -- --only peers
//
// What is needed is installed under target/peers, apart from the product: a Python environment with the packages of
// xtask/peers/requirements.txt, and the program xtask/peers, which has a lock file of its own. Needs a built
// target/debug/corpus, which writes the printer files.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { Refusal, ROOT, run, start, task } from "./children.mjs";

const TARGET = env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const FOLDER = join(TARGET, "peers");
const PYTHON = join(FOLDER, "python/bin/python");
const WANTED = join(ROOT, "xtask/peers/requirements.txt");
const HAVE = join(FOLDER, "python/installed.txt");

async function python() {
  const wanted = readFileSync(WANTED, "utf8");
  if (existsSync(HAVE) && readFileSync(HAVE, "utf8") === wanted) return;
  await run("python3", ["-m", "venv", "--clear", join(FOLDER, "python")], { missing: "The peers need python3 with venv." });
  await run(PYTHON, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", WANTED]);
  writeFileSync(HAVE, wanted);
}

await task(async () => {
  const corpus = join(TARGET, "debug/corpus");
  if (!existsSync(corpus)) throw new Refusal("target/debug/corpus is not built: cargo build -p platen-corpus");
  await python();
  // One of the two asks for a newer compiler than it needs.
  const manifest = join(ROOT, "xtask/peers/Cargo.toml");
  await run("cargo", ["build", "--quiet", "--locked", "--ignore-rust-version", "--manifest-path", manifest, "--target-dir", FOLDER]);
  const work = join(FOLDER, "work");
  rmSync(work, { recursive: true, force: true });
  await run(corpus, ["peers", work]);
  let failed = 0;
  for (const [command, ...args] of [
    [join(FOLDER, "debug/peers"), join(work, "list.tsv")],
    [PYTHON, join(ROOT, "xtask/peers/peers.py"), work],
  ]) {
    const { code } = await start(command, args).ended;
    failed += code === 0 ? 0 : 1;
  }
  return failed;
});
