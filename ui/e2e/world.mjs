// A Platen of its own for one walk: `platen serve` with the simulated world, in a folder that goes away afterwards.

import { mkdtemp, rm } from "node:fs/promises";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { env } from "node:process";
import { end, Refusal, ROOT, start } from "../../xtask/children.mjs";
import { Door, PATIENCE } from "./door.mjs";

/** A program that the tests built. */
export function built(name) {
  const path = join(ROOT, "target", env.PLATEN_PROFILE ?? "debug", name);
  if (!existsSync(path)) throw new Refusal(`${path} is not there. Build it first: npm test -- --only build`);
  return path;
}

const folders = new Set();
const AWAY = { recursive: true, force: true, maxRetries: 5 };
// When a walk is broken off, its programs end first (see `task`), then what they wrote goes.
process.once("exit", () => folders.forEach((path) => rmSync(path, AWAY)));

/** An empty folder, and how to take it away. */
export async function folder() {
  const path = await mkdtemp(join(tmpdir(), "platen-walk-"));
  folders.add(path);
  const remove = async () => {
    await rm(path, AWAY);
    folders.delete(path);
  };
  return { path, remove };
}

/** The first line that a child prints, as JSON. */
export async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const late = AbortSignal.timeout(PATIENCE);
  return new Promise((resolve, reject) => {
    lines.once("line", (line) => {
      // Whatever else it prints is read and dropped, so that the pipe never fills.
      lines.on("line", () => {});
      try {
        resolve(JSON.parse(line));
      } catch {
        reject(new Error(`not JSON: ${line}`));
      }
    });
    lines.once("close", () => reject(new Error("it ended before it said where it listens")));
    late.addEventListener("abort", () => reject(new Error("it did not say where it listens")), { once: true });
  });
}

/** Opens a world. Call `close` in every case. */
export async function openWorld() {
  const data = await folder();
  const child = start(built("platen"), ["--data", data.path, "serve", "--sim", "--json", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const close = async () => {
    await end(child);
    await data.remove();
  };
  try {
    const { url, token } = await firstLine(child);
    const { origin } = new URL(url);
    return Object.assign(new Door({ origin, token }), { url, origin, close, pid: child.pid });
  } catch (error) {
    await close();
    throw error;
  }
}
