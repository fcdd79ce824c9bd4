// A document of several pages: looking at each, choosing some of them, several on one sheet, and every page on paper.

import assert from "node:assert/strict";
import { drawn } from "./scene.mjs";

const LINES = Array.from({ length: 40 }, (_, line) => `${line + 1}. น้ำตาล 糖 sugar`).join("\n");

export async function pages(walk) {
  const { step, show, page, door, t, begin, focusIs } = walk;
  const preview = t("preview-image");
  const small = t("thumbs").locator("label");
  const other = async (sha) => {
    await page.locator(`[data-testid="preview-image"]:not([data-sha256="${sha}"])`).waitFor();
    return drawn(page);
  };
  let sn;
  let count;

  await step("a long text on labels has several pages, small ones beside the large one", async () => {
    await begin();
    ({ sn } = (await door.call("world.show")).printers[0]);
    await t(`printer-card-${sn}`).waitFor();
    await page.goto(`${door.origin}/#/print/${sn}`);
    await t("file-input").setInputFiles({ name: "list.txt", mimeType: "text/plain", buffer: Buffer.from(LINES) });
    await drawn(page);
    await t("option-preset-label").click();
    await t("thumbs").waitFor();
    await small.first().locator("img").waitFor();
    count = await small.count();
    assert.ok(count > 4, `${count} pages`);
    await show("1-pages");
  });

  await step("the arrow keys turn the pages, and it is said which one it is", async () => {
    const first = await drawn(page);
    await t("thumb-1").focus();
    await page.keyboard.press("ArrowRight");
    const second = await other(first);
    assert.equal(await preview.getAttribute("data-page"), "2");
    await focusIs('[data-testid="thumb-2"]');
    await page.getByRole("status").filter({ hasText: String(count) }).waitFor();
    await t("page-after").click();
    await other(second);
    assert.equal(await preview.getAttribute("data-page"), "3");
    await show("2-third");
  });

  await step("what is no list of pages is said, and changes nothing", async () => {
    const before = await drawn(page);
    await t("option-more-page").click();
    for (const wrong of ["3-1", `${count + 1}-`]) {
      await t("option-pages").fill(wrong);
      await page.locator('[data-testid="option-pages"][aria-invalid="true"]').waitFor();
    }
    await show("3-wrong-pages");
    assert.equal(await drawn(page), before);
  });

  await step("two of the pages, then both on one label", async () => {
    const third = await drawn(page);
    await t("option-pages").fill("2、3");
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="thumbs"] label').length === 2);
    assert.equal(await drawn(page), third, "the third page is the last now");
    await t("option-per-sheet").selectOption("2");
    await t("thumbs").waitFor({ state: "detached" });
    await other(third);
    await show("4-two-on-one");
    await t("option-per-sheet").selectOption("1");
    await t("thumbs").waitFor();
  });

  await step("every page lands on paper as it was shown", async () => {
    const shown = [];
    for (const [at, turn] of [[1, "page-before"], [2, "page-after"]]) {
      if (await t(turn).isEnabled()) await t(turn).click();
      await page.locator(`[data-testid="preview-image"][data-page="${at}"]`).waitFor();
      shown.push(await drawn(page));
    }
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    const job = await door.jobEnd(id);
    assert.equal(job.state, "done", job.detail);
    const sheets = await door.sheets(sn, job);
    assert.deepEqual(sheets.map((sheet) => sheet.sha256), shown);
    await show("5-done");
  });
}
