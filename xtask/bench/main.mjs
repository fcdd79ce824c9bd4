// `npm run bench`: Platen beside what people use today, on this machine, with release builds. Not a test: nothing here
// passes or fails, because times belong to a machine. The ratios are what the README quotes.
//
//   npm run bench [-- --rounds N] [-- --only WORDS]
//
// Peers are installed apart from the product (`peers.mjs`), the documents are made (`corpus.py`), commands run in turn
// (`measure.py`). Results: a table here and `target/bench/result.json`.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { argv } from "node:process";
import { spawnSync } from "node:child_process";
import { Refusal, ROOT, run, task } from "../children.mjs";
import { setup } from "../setup.mjs";
import { measureDoor } from "./door.mjs";
import { measureHostile } from "./hostile.mjs";
import { airRows, flatRows } from "./memory.mjs";
import { HOME, installPeers, PYTHON } from "./peers.mjs";
import { works } from "./works.mjs";

const HERE = join(ROOT, "xtask/bench");
const CORPUS = join(HOME, "corpus");
const OUT = join(HOME, "out");

function option(name, fallback) {
  const at = argv.indexOf(name);
  return at < 0 ? fallback : argv[at + 1];
}

/** Runs a program and gives what it printed. */
function asked(command, args, input) {
  const answer = spawnSync(command, args, { encoding: "utf8", cwd: ROOT, input, maxBuffer: 64 << 20, stdio: ["pipe", "pipe", "inherit"] });
  if (answer.status !== 0) throw new Refusal(`${[command, ...args].join(" ")}: exit code ${answer.status}`);
  return answer.stdout;
}
const lines = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));

async function corpus() {
  const recipe = readFileSync(join(HERE, "corpus.py"), "utf8");
  const mark = join(HOME, "corpus.done");
  try {
    if (readFileSync(mark, "utf8") === recipe) return;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  await run(PYTHON, [join(HERE, "corpus.py"), CORPUS, join(ROOT, "crates/render/fonts")]);
  writeFileSync(mark, recipe);
}

const figure = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));

function table({ work, goals, commands }, results) {
  const [ours, ...peers] = results;
  if (ours.error) throw new Refusal(`${work}: ${ours.error}`);
  console.log(`\n### ${work}\n\n| program | CPU ms | wall ms | peak MiB | CPU against ours | goal |\n|---|---:|---:|---:|---:|---|`);
  console.log(`| **platen** | ${figure(ours.cpu)} | ${figure(ours.wall)} | ${figure(ours.peak)} | 1 | |`);
  for (const peer of peers) {
    const { note } = commands.find(({ name }) => name === peer.name);
    const name = note ? `${peer.name} (${note})` : peer.name;
    if (peer.error) {
      console.log(`| ${name} | failed: ${peer.error.replaceAll(/\s+/g, " ").slice(0, 80)} | | | | |`);
      continue;
    }
    const ratio = peer.cpu / ours.cpu;
    const goal = goals[peer.name];
    const said = goal === undefined ? "" : `${goal} ${ratio >= goal ? "reached" : "**not reached**"}`;
    console.log(`| ${name} | ${figure(peer.cpu)} | ${figure(peer.wall)} | ${figure(peer.peak)} | ${ratio.toFixed(ratio < 10 ? 2 : 1)} | ${said} |`);
  }
}

/** A table of what is measured without a peer. */
function rows(title, all) {
  console.log(`\n### ${title}\n\n| what | figure | command |\n|---|---|---|`);
  for (const { what, figure: said, how } of all) console.log(`| ${what} | ${said} | \`${how}\` |`);
}

await task(async () => {
  const rounds = Number(option("--rounds", "7"));
  const only = option("--only", "");
  if (!Number.isInteger(rounds) || rounds < 1) throw new Refusal("--rounds takes a number of rounds, for example 7.");
  await setup("test");
  await run("npm", ["run", "--silent", "build:ui"]);
  // All at once: apart, their libraries would be built once more with other features.
  const crates = ["cli", "render", "engine", "sim", "corpus"].flatMap((name) => ["-p", `platen-${name}`]);
  const programs = ["platen", "corpus"].flatMap((name) => ["--bin", name]);
  const examples = ["kernels", "first_band", "flat", "first_byte", "ble_rate"].flatMap((name) => ["--example", name]);
  await run("cargo", ["build", "--release", "--locked", ...crates, ...programs, ...examples]);
  await installPeers();
  await corpus();
  mkdirSync(OUT, { recursive: true });

  const all = works({ platen: join(ROOT, "target/release/platen"), corpus: CORPUS, out: OUT, scripts: join(HERE, "peers") });
  const chosen = all.filter(({ work }) => work.includes(only));
  const saved = { machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`, rounds, works: [] };
  console.log(`${saved.machine}; medians of ${rounds} rounds in turn`);
  for (const row of chosen) {
    const commands = row.commands.map(({ name, argv: words }) => ({ name, argv: words }));
    const results = lines(asked(PYTHON, [join(HERE, "measure.py")], JSON.stringify({ rounds, commands })));
    table(row, results);
    saved.works.push({ work: row.work, results });
  }
  if (only === "") {
    const example = (name) => join(ROOT, "target/release/examples", name);
    console.log("\n### Kernels\n\n| kernel | ns a pixel, least | median |\n|---|---:|---:|");
    saved.kernels = lines(asked(example("kernels"), ["--json"]));
    for (const { kernel, page, depth, min, median } of saved.kernels) {
      console.log(`| ${kernel}, ${page}${depth > 1 ? `, ${depth} bits` : ""} | ${min.toFixed(3)} | ${median.toFixed(3)} |`);
    }

    saved.firstBand = lines(asked(example("first_band"), [join(CORPUS, "photo12.jpg")]))[0];
    const { first, whole } = saved.firstBand;
    console.log(`\nFirst band of 24 rows of the 12-megapixel JPEG: ${first.toFixed(2)} ms of ${whole.toFixed(2)} ms (${((100 * first) / whole).toFixed(1)} %), in process.`);

    saved.flat = lines(asked(example("flat"), []));
    rows("Memory and first bytes, the whole way", flatRows(saved.flat));
    saved.air = lines(asked(example("ble_rate"), [])).at(-1);
    saved.firstByte = lines(asked(example("first_byte"), [])).at(-1);
    rows("Over simulated Bluetooth", airRows(saved.air, saved.firstByte));

    console.log("\n### Tones and bytes\n\n| what | figure |\n|---|---|");
    saved.quality = lines(asked(PYTHON, [join(HERE, "quality.py"), join(ROOT, "target/release/platen"), CORPUS, OUT]));
    for (const { what, figure: said } of saved.quality) console.log(`| ${what} | ${said} |`);

    saved.doors = await measureDoor(readFileSync(join(CORPUS, "photo12.jpg")));
    const hostile = join(HOME, "hostile");
    await run(join(ROOT, "target/release/corpus"), ["hostile", hostile]);
    const files = await measureHostile(hostile);
    saved.slowest = files.slow;
    saved.doors.push(...files.rows);
    rows("Doors", saved.doors);
  }
  writeFileSync(join(HOME, "result.json"), `${JSON.stringify(saved, null, 2)}\n`);
});
