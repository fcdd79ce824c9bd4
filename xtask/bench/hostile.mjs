// Fault F23 as a user would feel it: every hostile file of the corpus is handed in at the door and previewed, one after
// another, while somebody else at the same door asks for the list of jobs, again and again.
//
// Told are the longest document, what the other one waited, and the largest child (promise CT-1: 1 GiB of memory, and an
// answer within 250 ms). Not a test: times belong to a machine, and this one is measured while nothing else runs.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as pause } from "node:timers/promises";

const EVERY = 20;

const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const quantile = (sorted, share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];

/** What a file below /proc says; nothing where its process has ended meanwhile. */
function look(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(error.code)) return "";
    throw error;
  }
}

/** The most memory that the children of `pid` have had so far, in kibibytes; by their ids. Linux only. */
function lookAtChildren(pid, most) {
  // A child belongs to the thread that started it.
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) => look(`/proc/${pid}/task/${thread}/children`).split(" "));
  for (const child of children.filter(Boolean)) {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(look(`/proc/${child}/status`))?.[1];
    if (peak) most.set(child, Math.max(most.get(child) ?? 0, Number(peak)));
  }
}

/** Rows of `{ what, figure, how }`, and `slow`: the files that took longest. */
export async function measureHostile(folder) {
  env.PLATEN_PROFILE = "release";
  const { openWorld } = await import("../../ui/e2e/world.mjs");
  const door = await openWorld();
  const codes = new Map();
  const [waits, memory, spans] = [[], new Map(), []];
  let done = false;
  const other = async () => {
    while (!done) {
      const began = performance.now();
      await door.call("jobs.list");
      waits.push(performance.now() - began);
      lookAtChildren(door.pid, memory);
      await pause(EVERY);
    }
  };
  const hostile = async () => {
    try {
      const [{ sn }] = await door.call("printers.list");
      for (const name of readdirSync(folder)) {
        const bytes = readFileSync(join(folder, name));
        const began = performance.now();
        let ended = "printed";
        try {
          const { document } = await door.upload(name, bytes);
          await door.call("preview.render", { document, printer: sn });
        } catch (error) {
          if (!error.code) throw error;
          ended = error.code;
        }
        spans.push({ name, span: performance.now() - began, ended });
        codes.set(ended, (codes.get(ended) ?? 0) + 1);
      }
    } finally {
      done = true;
    }
  };
  try {
    await Promise.all([hostile(), other()]);
  } finally {
    done = true;
    await door.close();
  }
  waits.sort((a, b) => a - b);
  const slow = spans.sort((a, b) => b.span - a.span).slice(0, 5);
  const how = "POST /api/documents and preview.render, file after file";
  const asked = `POST /api/call {"method":"jobs.list"} meanwhile, ${waits.length} times`;
  const rows = [
    { what: `${spans.length} hostile files: ${[...codes].map(([code, count]) => `${code} ${count}`).join(", ")}; the longest`, figure: `${ms(slow[0].span)} (${slow[0].name})`, how },
    { what: "others are answered meanwhile, median", figure: ms(quantile(waits, 0.5)), how: asked },
    { what: "others are answered meanwhile, 99 of 100 within", figure: ms(quantile(waits, 0.99)), how: asked },
    { what: "others are answered meanwhile, longest (250 ms are promised)", figure: ms(waits.at(-1)), how: asked },
    { what: "memory of the largest child (1024 MiB are allowed)", figure: `${(Math.max(0, ...memory.values()) / 1024).toFixed(0)} MiB of ${memory.size} children seen`, how: "VmHWM in /proc" },
  ];
  return { rows, slow };
}
