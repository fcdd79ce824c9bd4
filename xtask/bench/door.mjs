// What a door costs: the preview behind a slider, and the acceptance of a job, over HTTP as a program would ask.

import { env } from "node:process";

const ROUNDS = 11;
const JOBS = 100;

const sorted = (values) => [...values].sort((a, b) => a - b);
/** The smallest value that a share of all does not exceed. */
const quantile = (values, share) => sorted(values)[Math.max(0, Math.ceil(share * values.length) - 1)];
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

async function lap(work) {
  const began = performance.now();
  const result = await work();
  return { span: performance.now() - began, result };
}

/** Rows of `{ what, figure, how }`, measured with the photo of the corpus. */
export async function measureDoor(photoFile) {
  const rows = [];
  const row = (what, figure, how) => rows.push({ what, figure, how });
  env.PLATEN_PROFILE = "release";
  const { openWorld } = await import("../../ui/e2e/world.mjs");
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
  return rows;
}
