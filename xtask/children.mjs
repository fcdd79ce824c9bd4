// The programs that the tasks start, and their end.
//
// Each child leads a process group of its own, so that what it starts (a test binary below `cargo test`, a web process
// below the window) ends with it, by id and never by name. Whatever way this process ends, its children end first.
// Deliberately absent: a shell. Arguments are passed as they are.

import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/** The project's root. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

// Longer than any of our programs takes to end in order.
const LAST_WORD = 20_000;
const running = new Set();

/** Something that the person in front of the terminal has to do; printed without a stack. */
export class Refusal extends Error {}

/** Sends `signal` to a child's group; a group that is gone already is what was wanted. */
function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Starts a program and returns at once. `options` are those of `spawn`; `missing` is what to say when there is no such
 * program. The returned child has `ended`, a promise of `{ code, signal }`.
 */
export function start(command, args = [], { missing, ...options } = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: "inherit", ...options, detached: true });
  running.add(child);
  child.ended = new Promise((resolve, reject) => {
    child.once("error", (error) => {
      running.delete(child);
      reject(error.code === "ENOENT" ? new Refusal(missing ?? `${command} is not installed.`) : error);
    });
    child.once("exit", (code, signal) => {
      running.delete(child);
      // What the child left behind in its group has nobody left to answer to.
      signalGroup(child, "SIGKILL");
      resolve({ code, signal });
    });
  });
  // Whoever awaits `ended` hears of a failure; that nobody does must not end this process.
  child.ended.catch(() => {});
  return child;
}

/** Ends a child: asks, waits, then insists. */
export async function end(child, signal = "SIGTERM") {
  if (!running.has(child)) return;
  signalGroup(child, signal);
  const insist = setTimeout(() => signalGroup(child, "SIGKILL"), LAST_WORD);
  try {
    await child.ended;
  } finally {
    clearTimeout(insist);
  }
}

/** Ends everything that still runs. */
export async function endAll() {
  await Promise.allSettled([...running].map((child) => end(child)));
}

/** Runs a program to its end; anything but success is an error that names it. */
export async function run(command, args = [], options = {}) {
  const { code, signal } = await start(command, args, options).ended;
  if (code !== 0) throw new Refusal(`${[command, ...args].join(" ")}: ${signal ?? `exit code ${code}`}`);
}

/**
 * Runs a program to its end, shows its output, and gives each line of it, without colours, to `onLine`.
 * Returns its exit code.
 */
export async function watch(command, args, onLine, options = {}) {
  const child = start(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  for (const [stream, out] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      out.write(text);
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) onLine(plain(line));
    });
    stream.on("end", () => rest && onLine(plain(rest)));
  }
  const closed = new Promise((resolve) => child.once("close", resolve));
  const { code } = await child.ended;
  await closed;
  return code ?? 1;
}

/** A line without colours. */
function plain(line) {
  return line.replace(/\u001b\[[0-9;]*m/g, "").trimEnd();
}

/** What a program says, or `null` when it cannot be run or fails. */
export function ask(command, args) {
  const answer = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  return answer.status === 0 ? answer.stdout.trim() : null;
}

/**
 * Runs a task as the whole of this process: children end with it, also on a signal; a `Refusal` is one sentence, any
 * other error keeps its stack. The task's number is the exit code.
 */
export async function task(work) {
  let stopping = null;
  const stop = (signal) => {
    stopping ??= endAll().finally(() => process.exit(128 + constants.signals[signal]));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal));
  // A last resort for ends that cannot wait, such as an error nobody caught.
  process.on("exit", () => {
    for (const child of running) signalGroup(child, "SIGKILL");
  });
  let code = 1;
  try {
    code = (await work()) ?? 0;
  } catch (error) {
    if (!stopping) console.error(error instanceof Refusal ? `\n${error.message}` : error);
  }
  await (stopping ?? endAll());
  process.exit(code);
}
