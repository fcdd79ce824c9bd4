// What the bench is measured against, installed apart from the product: Debian's programs by apt, and everything else in
// a folder below `target`, with the versions that stand in the files of this folder.

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "../children.mjs";
import { packages } from "../setup.mjs";

/** Where the peers live. */
export const HOME = join(ROOT, "target/bench");
const HERE = join(ROOT, "xtask/bench");

const PROGRAMS = [
  "cups-filters",
  "fonts-noto-cjk",
  "fonts-noto-core",
  "ghostscript",
  "imagemagick",
  "libjpeg-turbo-progs",
  "librsvg2-bin",
  "libvips-tools",
  "mupdf-tools",
  "pango1.0-tools",
  "poppler-utils",
  "python3-venv",
];
const RESVG = "0.49.0";

export const PYTHON = join(HOME, "venv/bin/python");
export const NODE_PEER = join(HOME, "npm/receipt.mjs");
export const RESVG_PROGRAM = join(HOME, "cargo/bin/resvg");
export const ESCPOS_PROGRAM = join(HOME, "escpos/release/escpos-crate");

/** Installs what is missing. A part that is as wanted already is left alone. */
export async function installPeers() {
  await packages(PROGRAMS);
  mkdirSync(HOME, { recursive: true });
  await once("venv", readFileSync(join(HERE, "requirements.txt"), "utf8"), async () => {
    await run("python3", ["-m", "venv", join(HOME, "venv")]);
    await run(PYTHON, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", join(HERE, "requirements.txt")]);
  });
  await once("npm", readFileSync(join(HERE, "peers/package.json"), "utf8"), async () => {
    cpSync(join(HERE, "peers/package.json"), join(HOME, "npm/package.json"));
    await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", join(HOME, "npm")]);
  });
  cpSync(join(HERE, "peers/receipt.mjs"), NODE_PEER);
  await once("resvg", RESVG, () => run("cargo", ["install", "resvg", "--version", RESVG, "--locked", "--root", join(HOME, "cargo"), "--target-dir", join(HOME, "cargo/target")]));
  const crate = join(HERE, "peers/escpos-crate");
  await once("escpos", readFileSync(join(crate, "Cargo.toml"), "utf8"), () => run("cargo", ["build", "--release", "--manifest-path", join(crate, "Cargo.toml"), "--target-dir", join(HOME, "escpos")]));
}

/** Runs `work` unless it was done for the same `wish` before. */
async function once(name, wish, work) {
  const mark = join(HOME, `${name}.done`);
  if (existsSync(mark) && readFileSync(mark, "utf8") === wish) return;
  mkdirSync(join(HOME, name), { recursive: true });
  await work();
  writeFileSync(mark, wish);
}
