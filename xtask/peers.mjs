// The independent decoders: other people's programs read our printer files, and a scanner's library reads our codes.
//
//   npm test -- --only peers
//
// What is needed is installed under target/peers, apart from the product: a Python environment with the packages of
// xtask/peers/requirements.txt, the packages of xtask/peers/package.json, and the program xtask/peers, which has a lock
// file of its own. Needs target/debug/corpus, which writes the printer files, and target/debug/platen, which reads those
// of others.

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

const LIBRARY = join(FOLDER, "node");

async function library() {
  const lock = "package-lock.json";
  const [wanted, have] = [join(ROOT, "xtask/peers", lock), join(LIBRARY, "installed.json")];
  if (existsSync(have) && readFileSync(have, "utf8") === readFileSync(wanted, "utf8")) return;
  mkdirSync(LIBRARY, { recursive: true });
  for (const name of ["package.json", lock]) copyFileSync(join(ROOT, "xtask/peers", name), join(LIBRARY, name));
  // Only what it computes is wanted: nothing of it is built.
  await run("npm", ["ci", "--silent", "--ignore-scripts", "--prefix", LIBRARY]);
  copyFileSync(wanted, have);
}

await task(async () => {
  const corpus = join(TARGET, "debug/corpus");
  if (!existsSync(corpus)) throw new Refusal("target/debug/corpus is not built: cargo build -p platen-corpus");
  const platen = join(TARGET, "debug/platen");
  if (!existsSync(platen)) throw new Refusal("target/debug/platen is not built: cargo build -p platen-cli");
  await python();
  await library();
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
    ["node", join(ROOT, "xtask/peers/niimbluelib.mjs"), work, platen, LIBRARY],
  ]) {
    const { code } = await start(command, args).ended;
    failed += code === 0 ? 0 : 1;
  }
  return failed;
});
