// A printer that has more than dots and one side: its choices are there, those of others are not, and its sheets are
// what was shown.

import assert from "node:assert/strict";
import { photo } from "./photo.mjs";
import { drawn } from "./scene.mjs";

const PICTURE = { name: "plan.png", mimeType: "image/png", buffer: photo(300, 200) };

export async function office(walk) {
  const { step, show, page, door, t, begin } = walk;
  const { platform } = door;
  const desk = platform.printers.find((one) => one.model.startsWith("office-"));
  const till = platform.printers.find((one) => !one.wantsCode && one !== desk);
  const openAll = async () => {
    for (const fold of ["option-more-page", "option-more-tone"]) await t(fold).evaluate((head) => (head.parentElement.open = true));
  };

  await step("a receipt printer offers neither greys nor colours nor backs", async () => {
    await door.call("profile.use", { toml: door.profile });
    for (const one of [desk, till]) assert.equal((await door.call("printer.bind", { sn: one.sn, model: one.model, name: one.model })).stage, "bound");
    await begin();
    await t(`printer-card-${till.sn}`).getByTestId("print-here").click();
    await t("file-input").setInputFiles(PICTURE);
    await drawn(page);
    await openAll();
    await t("option-brightness").waitFor();
    assert.equal(await t("option-depth").count(), 0);
    assert.equal(await t("option-duplex").count(), 0);
  });

  let dots;
  await step("an office printer offers all of them, and the page follows", async () => {
    await t("printer-select").selectOption(desk.sn);
    await t("option-depth").waitFor();
    dots = await drawn(page);
    await show("1-dots");
    await t("option-depth").selectOption("8");
    await page.waitForFunction((before) => document.querySelector("[data-testid=preview-image]")?.dataset.sha256 !== before, dots);
    await drawn(page);
    assert.equal(await t("option-dither").count(), 0, "with 256 greys nothing is left to dither");
    await t("option-duplex").selectOption("long-edge");
    const greys = await drawn(page);
    await show("2-greys");
    await t("option-depth").selectOption("24");
    await page.waitForFunction((before) => document.querySelector("[data-testid=preview-image]")?.dataset.sha256 !== before, greys);
    await drawn(page);
    await show("3-colour");
  });

  await step("what was shown is on the sheet", async () => {
    const shown = await drawn(page);
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    assert.equal((await door.jobEnd(id)).state, "done");
    const [sheet] = await platform.sheets(desk.sn);
    assert.equal(sheet.sha256, shown);
    await show("4-printed");
  });

  await step("the receipt printer gets dots again", async () => {
    await t("print-another").click();
    await t("printer-select").selectOption(till.sn);
    await t("file-input").setInputFiles(PICTURE);
    await drawn(page);
    assert.equal(await t("option-depth").count(), 0);
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    assert.equal((await door.jobEnd(id)).state, "done");
  });
}
