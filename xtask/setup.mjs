// What the tasks need on this machine: Debian packages, Rust, and the packages of npm.
//
//   node xtask/setup.mjs [run|build|test]
//
// On Debian and its relatives missing packages are installed (as root, or with sudo when it asks no password); elsewhere
// they are named. Rust is checked and never installed: which toolchain a machine has is its owner's choice.

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { argv, env, getuid } from "node:process";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { ask, Refusal, ROOT, run, task } from "./children.mjs";

const RUST = [1, 95];
const NODE = [20, 19];

const PROGRAM = ["build-essential", "pkg-config", "libdbus-1-dev"];
const WINDOW = ["libwebkit2gtk-4.1-dev", "file"];
const TESTS = [
  "chromium", // the walk in the browser
  "xvfb", // a display for the window
  "xauth",
  "webkit2gtk-driver", // drives the window
  "mosquitto", // the real broker
  "dbus",
  "fonts-noto-core", // Thai
  "fonts-noto-cjk", // Chinese
  "git",
  "python3-venv", // the independent decoders
  "libcups2", // reads our PWG raster
];

/** What each purpose needs. `run` on a machine without a display does not need WebKit. */
export const GROUPS = {
  run: hasDisplay() ? [...PROGRAM, ...WINDOW] : PROGRAM,
  build: [...PROGRAM, ...WINDOW],
  test: [...PROGRAM, ...WINDOW, ...TESTS],
};

/** Whether a window can be shown. */
export function hasDisplay() {
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Makes this machine ready for `purpose`. */
export async function setup(purpose) {
  node();
  await packages(GROUPS[purpose]);
  rust(purpose === "test" ? ["clippy", "fmt"] : []);
  await modules();
}

function older(version, [major, minor]) {
  const [, one = "0", two = "0"] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(one) < major || (Number(one) === major && Number(two) < minor);
}

function node() {
  if (older(process.versions.node, NODE)) {
    throw new Refusal(`Platen needs Node ${NODE.join(".")} or newer; this is ${process.versions.node}.`);
  }
}

function installed(name) {
  return ask("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name]) === "installed";
}

/** Installs what is missing of these Debian packages. */
export async function packages(names) {
  if (process.platform !== "linux") return;
  if (!ask("dpkg-query", ["--version"]) || !ask("apt-get", ["--version"])) {
    console.log(`Not a Debian system. Make sure that these or their equals are here: ${names.join(" ")}`);
    return;
  }
  const missing = names.filter((name) => !installed(name));
  if (missing.length === 0) return;
  const apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=600"];
  if (getuid() !== 0) {
    if (spawnSync("sudo", ["-n", "true"]).status !== 0) {
      throw new Refusal(`Packages are missing. Install them as root:\n\n  apt-get install ${missing.join(" ")}\n`);
    }
    apt.unshift("sudo", "-n");
  }
  console.log(`Installing ${missing.join(" ")}`);
  const [command, ...args] = apt;
  await run(command, [...args, "update", "-qq"]);
  await run(command, [...args, "install", "-y", "-qq", "--no-install-recommends", ...missing]);
}

function rust(components) {
  const usual = join(homedir(), ".cargo", "bin");
  if (!ask("cargo", ["--version"]) && existsSync(join(usual, "cargo"))) env.PATH = `${usual}${delimiter}${env.PATH}`;
  const version = ask("rustc", ["--version"]);
  if (!version || !ask("cargo", ["--version"])) {
    throw new Refusal(`Platen needs Rust ${RUST.join(".")} or newer, and there is none here. See https://rust-lang.org/tools/install`);
  }
  if (older(version, RUST)) {
    throw new Refusal(`Platen needs Rust ${RUST.join(".")} or newer; this is ${version}.`);
  }
  for (const component of components) {
    if (!ask("cargo", [component, "--version"])) throw new Refusal(`The tests need cargo ${component}; add it to your Rust.`);
  }
}

/** npm keeps what it installed in a lock file of its own; whatever the project's says must be there, and nothing else. */
function modulesMatch() {
  const wanted = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
  let there;
  try {
    there = JSON.parse(readFileSync(join(ROOT, "node_modules/.package-lock.json"), "utf8")).packages;
  } catch {
    return false; // absent or half written
  }
  const same = (name) => there[name]?.version === wanted[name]?.version;
  // Packages for other systems stand in the lock file and are rightly not installed.
  const needed = Object.keys(wanted).filter((name) => name !== "" && !wanted[name].optional);
  return needed.every(same) && Object.keys(there).every(same);
}

async function modules() {
  // Not `npm ci`: it refuses a lock file in which the builds for other systems are missing, and a registry may lack
  // them. This installs the locked versions and leaves the lock file alone.
  if (!modulesMatch()) await run("npm", ["install", "--no-save"]);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await task(async () => {
    const purpose = argv[2] ?? "build";
    if (!(purpose in GROUPS)) throw new Refusal(`Unknown purpose '${purpose}'; one of ${Object.keys(GROUPS).join(", ")}.`);
    await setup(purpose);
    console.log(`Ready to ${purpose}.`);
  });
}
