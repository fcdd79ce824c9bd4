// `npm run bench`: the figures that the README gives, measured on this machine with release builds. Not a test: nothing
// here passes or fails, because times belong to a machine.
//
// Measured are the whole ways that a person or a program goes: the command line with its start, the door with its HTTP.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { build } from "./build.mjs";
import { Refusal, ROOT, task } from "./children.mjs";
import { setup } from "./setup.mjs";

const ROUNDS = 11;
const JOBS = 100;
const [WIDE, TALL] = [4000, 3000];

const sorted = (values) => [...values].sort((a, b) => a - b);
/** The smallest value that a share of all does not exceed. */
const quantile = (values, share) => sorted(values)[Math.max(0, Math.ceil(share * values.length) - 1)];
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

/** The photo as a camera gives it: JPEG, made by the browser from our own pixels. */
async function jpeg() {
  const [{ openBrowser }, { photo }] = await Promise.all([import("../ui/e2e/browser.mjs"), import("../ui/e2e/photo.mjs")]);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.route("**/*", (route) => {
      const picture = new URL(route.request().url()).pathname === "/photo.png";
      return route.fulfill(picture ? { contentType: "image/png", body: photo(WIDE, TALL) } : { contentType: "text/html", body: "" });
    });
    await page.goto("http://photo.invalid/");
    const base64 = await page.evaluate(async () => {
      const picture = await createImageBitmap(await (await fetch("/photo.png")).blob());
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      canvas.getContext("2d").drawImage(picture, 0, 0);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
      let text = "";
      for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
      return btoa(text);
    });
    return Buffer.from(base64, "base64");
  } finally {
    await browser.close();
  }
}

/** Wall and processor time of a command, in ms, by the shell's own `time`. */
function timed(command, args) {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$@"';
  const answer = spawnSync("bash", ["-c", script, "bash", command, ...args], { encoding: "utf8", env: { ...env, LC_ALL: "C" } });
  if (answer.status !== 0) throw new Refusal(`${command}: ${answer.stderr}`);
  const [wall, user, system] = answer.stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { wall: wall * 1000, cpu: (user + system) * 1000 };
}

async function lap(work) {
  const began = performance.now();
  const result = await work();
  return { span: performance.now() - began, result };
}

const rows = [];
const row = (what, figure, how) => rows.push({ what, figure, how });

function rendering(binary, folder, file) {
  const args = ["render", file, "--width", "384", "--lang", "escpos", "--dither", "floyd-steinberg", "-o", join(folder, "out.prn")];
  timed(binary, args); // the file comes from memory from now on
  const runs = Array.from({ length: ROUNDS }, () => timed(binary, args));
  const middle = (key) => ms(quantile(runs.map((run) => run[key]), 0.5));
  const how = "platen render photo.jpg --width 384 --lang escpos --dither floyd-steinberg -o out.prn";
  row("12 MP JPEG to PRN, processor time, median", middle("cpu"), how);
  row("12 MP JPEG to PRN, wall time, median", middle("wall"), how);
}

async function doorway(photoFile) {
  env.PLATEN_PROFILE = "release";
  const { openWorld } = await import("../ui/e2e/world.mjs");
  const door = await openWorld();
  try {
    const [{ sn }] = await door.call("printers.list");

    const large = await door.upload("photo.jpg", photoFile);
    const ask = (brightness) => lap(() => door.call("preview.render", { document: large.document, printer: sn, options: { dither: "floyd-steinberg", brightness } }));
    const first = await ask(0);
    const later = [];
    for (let round = 1; round <= ROUNDS; round += 1) later.push((await ask(round * 3)).span);
    const how = 'POST /api/call {"method":"preview.render"}';
    row("12 MP JPEG, first preview", ms(first.span), how);
    row("12 MP JPEG, preview after a slider moved, median", ms(quantile(later, 0.5)), how);

    const note = await door.upload("note.txt", Buffer.from("Hello, paper.\n"));
    const spans = [];
    for (let job = 0; job < JOBS; job += 1) {
      spans.push((await lap(() => door.call("print.start", { document: note.document, printer: sn, ref: `bench-${job}` }))).span);
    }
    const asked = `POST /api/call {"method":"print.start"}, ${JOBS} jobs one after another`;
    row("a job is accepted (durable), median", ms(quantile(spans, 0.5)), asked);
    row("a job is accepted (durable), 99 of 100 within", ms(quantile(spans, 0.99)), asked);
  } finally {
    await door.close();
  }
}

await task(async () => {
  await setup("test");
  await build({ window: false });
  const folder = mkdtempSync(join(tmpdir(), "platen-bench-"));
  try {
    const photo = await jpeg();
    const file = join(folder, "photo.jpg");
    writeFileSync(file, photo);
    rendering(join(ROOT, "target/release/platen"), folder, file);
    await doorway(photo);
    console.log(`\n${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}; photo ${WIDE} × ${TALL}, ${(photo.length / 1e6).toFixed(1)} MB; ${ROUNDS} rounds\n`);
    console.log("| what | figure | command |\n|---|---|---|");
    for (const { what, figure, how } of rows) console.log(`| ${what} | ${figure} | \`${how}\` |`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
