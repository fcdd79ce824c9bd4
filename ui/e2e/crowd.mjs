// Two hundred jobs in the list, and a program that stops while somebody looks at it.
// Nothing is timed here: what must stay small is the work, so the work is counted.

import assert from "node:assert/strict";
import { join } from "node:path";
import { serve } from "./apart.mjs";
import { folder } from "./world.mjs";

const JOBS = 200;

/** A Platen that can be stopped and started again on its data and its port. */
export async function openCrowd() {
  const data = await folder();
  const place = join(data.path, "platen");
  let door = await serve(place, { sim: true });
  const again = async () => (door = await serve(place, { sim: true, port: door.port }));
  const close = async () => {
    await door.stop();
    await data.remove();
  };
  return Object.assign(door, { again, close });
}

export async function crowd(walk) {
  const { step, show, page, door, t, begin, away } = walk;
  let sn;
  let pictures = 0;
  page.on("request", (request) => (pictures += Number(new URL(request.url()).pathname.startsWith("/api/blob/"))));

  await step("two hundred jobs: what is far away costs nothing", async () => {
    const { printers } = await door.call("world.show");
    sn = printers[0].sn;
    await door.call("world.act", { sn, act: "go-offline" });
    const note = await door.upload("note.txt", Buffer.from("Hello, paper.\n"));
    for (let job = 0; job < JOBS; job += 1) await door.call("print.start", { document: note.document, printer: sn, ref: `crowd-${job}` });
    // Handed over: from here on none of them changes by itself.
    const still = (job) => job.page && job.state === "sent";
    await door.until("all handed over", async () => (await door.call("jobs.list", { limit: JOBS })).every(still));
    await begin();
    await t("nav-jobs").click();
    const rows = page.locator("article[data-testid^='job-']");
    await page.waitForFunction((count) => document.querySelectorAll("article[data-testid^='job-']").length === count, JOBS);
    await page.locator("article .picture:is(img)").first().waitFor();
    assert.ok(pictures < 40, `pictures of what is in sight only: ${pictures}`);
    await show("1-jobs");
    await rows.last().scrollIntoViewIfNeeded();
    await rows.last().locator("img").waitFor();
    assert.ok(pictures < 100, `and those on the way: ${pictures}`);
  });

  await step("one job that changes redraws its own row alone", async () => {
    await t("nav-printers").click();
    await page.locator(`[data-testid="printer-card-${sn}"][data-connection="offline"]`).waitFor();
    await t("nav-jobs").click();
    await page.waitForFunction((count) => document.querySelectorAll("article[data-testid^='job-']").length === count, JOBS);
    await page.evaluate(() => {
      globalThis.touched = new Set();
      const watch = new MutationObserver((changes) => {
        for (const { target } of changes) {
          const row = (target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement)?.closest("article");
          if (row) globalThis.touched.add(row.dataset.testid);
        }
      });
      watch.observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true, characterData: true });
    });
    const { printers } = await door.call("world.show");
    const note = await door.upload("one-more.txt", Buffer.from("Hello again.\n"));
    const { jobId } = await door.call("print.start", { document: note.document, printer: printers[1].sn });
    await page.locator(`[data-testid="job-${jobId}"][data-state="done"]`).waitFor();
    const touched = await page.evaluate(() => [...globalThis.touched]);
    // Ages may move on in the meantime; that is text of those few rows that are in sight.
    const others = touched.filter((one) => one !== `job-${jobId}`);
    assert.ok(others.length < 10, `${others.length} other rows were touched`);
  });

  await step("the program stops: it says so, and what was known stays", async () => {
    await t("nav-printers").click();
    away.now = true;
    await door.stop();
    await page.locator('[data-link="reconnecting"]').waitFor();
    await t(`printer-card-${sn}`).waitFor();
    await show("2-reconnecting");
    await t(`printer-card-${sn}`).getByRole("link").first().click();
    await t("printer-refresh").click();
    await page.locator('main [data-code="door_unreachable"]').waitFor();
    await show("3-not-answering");
  });

  await step("it runs again with another token: the page asks for it, and goes on", async () => {
    const again = await door.again();
    await t("pair-input").waitFor();
    away.now = false;
    await show("4-pair");
    await t("pair-input").fill(again.url);
    await t("pair-button").click();
    await t("unbind").waitFor();
    await t("nav-jobs").click();
    await page.waitForFunction((count) => document.querySelectorAll("article[data-testid^='job-']").length === count, JOBS);
  });
}
