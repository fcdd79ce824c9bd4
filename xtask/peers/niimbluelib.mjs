// Niimbot's language as @mmote/niimbluelib writes and reads it, compared with ours: pictures, not bytes.
//
//   niimbluelib.mjs WORK PLATEN LIBRARY
//
// WORK/list.tsv has a line for each printer file: family, model, printer file, and the page that it must show (PBM).
// Theirs to ours: the library encodes the page with the print task of the dialect, and `PLATEN decode` has to see its
// dots. Ours to theirs: the library takes our file apart, every packet must be what it would have written itself, and
// the rows in them must be the page. The last line is `N passed, N failed`.
//
// Deliberately absent: B21 L2B, for which this version of the library has no task, and models of a dialect that was seen
// already. A dialect of which there is nothing to read fails.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { argv } from "node:process";

const [work, platen, library] = argv.slice(2);
const lib = createRequire(join(library, "x.js"))("@mmote/niimbluelib");

/** Our dialect, and the library's name for it. */
const TASKS = {
  niimbot: "B1",
  "niimbot-d110": "D110",
  "niimbot-d11": "D11_V1",
  "niimbot-h1s": "H1S",
  "niimbot-v4": "D110M_V4",
  "niimbot-b21": "B21_V1",
};

/** A PBM of the binary kind: width, height, packed rows, 1 is black. */
function page(file) {
  const bytes = readFileSync(file);
  const head = /^P4\s(\d+)\s(\d+)\s/.exec(bytes.subarray(0, 40).toString("latin1"));
  const [width, height] = [Number(head[1]), Number(head[2])];
  return { width, height, stride: Math.ceil(width / 8), rows: bytes.subarray(head[0].length) };
}

/** What the library asks of a picture: a canvas. */
function canvas({ width, height, stride, rows }) {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (rows[y * stride + (x >> 3)] & (0x80 >> (x & 7))) data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, getContext: () => ({ getImageData: () => ({ data, width, height }) }) };
}

/** The bytes that the library sends for a page. */
async function theirs(task, shown) {
  const sent = [];
  const client = {
    sendPacketWaitResponse: async (packet) => (sent.push(packet.toBytes()), packet),
    getModelMetadata: () => ({ printheadPixels: shown.width }),
  };
  const abstraction = new lib.Abstraction(client);
  abstraction.printEnd = async () => {
    sent.push(lib.PacketGenerator.printEnd().toBytes());
    return true;
  };
  const print = new lib.printTasks[task](abstraction, { totalPages: 1, density: 2 });
  await print.printInit();
  await print.printPage(lib.ImageEncoder.encodeCanvas(canvas(shown), "top"), 1);
  await print.printEnd();
  return Buffer.concat(sent);
}

/** The rows in our file, as the library takes it apart. */
function read(prn, { height, stride }) {
  const rows = Buffer.alloc(stride * height);
  // Some of our conversation's packets need a byte in front, which is not the packet's.
  const packets = lib.PacketParser.parsePacketBundle(new Uint8Array(prn));
  const again = Buffer.concat(packets.map((packet) => packet.toBytes()));
  if (!again.equals(prn)) throw new Error("the library would write its packets otherwise");
  const id = lib.RequestCommandId;
  let next = 0;
  for (const { command, data } of packets) {
    if (![id.PrintEmptyRow, id.PrintBitmapRow, id.PrintBitmapRowIndexed].includes(command)) continue;
    const from = (data[0] << 8) | data[1];
    const line = Buffer.alloc(stride);
    if (command === id.PrintBitmapRow) line.set(data.subarray(6));
    if (command === id.PrintBitmapRowIndexed) {
      for (let at = 6; at < data.length; at += 2) {
        const x = (data[at] << 8) | data[at + 1];
        line[x >> 3] |= 0x80 >> (x & 7);
      }
    }
    const repeat = command === id.PrintEmptyRow ? data[2] : data[5];
    if (from !== next) throw new Error(`row ${from} comes where ${next} should`);
    for (let y = from; y < from + repeat; y += 1) line.copy(rows, y * stride);
    next = from + repeat;
  }
  if (next !== height) throw new Error(`${next} rows, not ${height}`);
  return rows;
}

/** What our decoder sees in a file. */
function decoded(file, model) {
  const said = execFileSync(platen, ["--json", "decode", file, "--model", model, "-o", `${file}.png`], { encoding: "utf8", maxBuffer: 1 << 28 });
  return JSON.parse(said.trim().split("\n").at(-1));
}

const tally = { passed: 0, failed: 0 };
async function check(what, test) {
  try {
    await test();
    tally.passed += 1;
  } catch (error) {
    tally.failed += 1;
    console.log(`${what}: ${error.message}`);
  }
}

const models = new Map();
for (const line of readFileSync(join(work, "list.tsv"), "utf8").split("\n")) {
  const [family, model, prn, pbm] = line.split("\t");
  const task = TASKS[family];
  if (task === undefined || (models.get(family) ?? model) !== model) continue;
  models.set(family, model);
  const shown = page(pbm);
  await check(`${task} to ours: ${prn}`, async () => {
    const file = `${prn}.theirs`;
    writeFileSync(file, await theirs(task, shown));
    const { sha256, width, height } = decoded(file, model);
    const wanted = createHash("sha256").update(shown.rows).digest("hex");
    if (sha256 !== wanted) throw new Error(`we see another picture of ${width} × ${height}, not of ${shown.width} × ${shown.height}`);
  });
  await check(`ours to ${task}: ${prn}`, async () => {
    if (!read(readFileSync(prn), shown).equals(shown.rows)) throw new Error("the library's packets hold another picture");
  });
}
for (const family of Object.keys(TASKS).filter((family) => !models.has(family))) {
  tally.failed += 1;
  console.log(`there is no ${family} file in ${work}`);
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
