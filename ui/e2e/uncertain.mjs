// A job that nobody can tell about, for real: the platform took it and its answer got lost, and this platform offers no
// list of jobs to look it up in. Only the person can say; until then what comes after it waits.

import assert from "node:assert/strict";
import { photo } from "./photo.mjs";
import { drawn } from "./scene.mjs";

const PICTURE = { name: "山.png", mimeType: "image/png", buffer: photo(300, 200) };

export async function uncertain(walk) {
  const { step, show, page, door, t, begin, focusIs } = walk;
  const { platform, line } = door;
  const { sn } = platform.printers.find((one) => !one.wantsCode);
  const row = (id, state) => page.locator(`[data-testid="job-${id}"][data-state="${state}"]`);
  const sheets = async () => (await platform.sheets(sn)).length;
  let lost;

  await step("the answer gets lost: the person is asked", async () => {
    await door.call("profile.use", { toml: door.profile });
    assert.equal((await door.call("printer.bind", { sn, name: "收银台" })).stage, "bound");
    await begin();
    await t(`printer-card-${sn}`).getByTestId("print-here").click();
    await t("file-input").setInputFiles(PICTURE);
    await drawn(page);
    line.lose();
    await t("print-button").click();
    lost = await t("job-progress").getAttribute("data-job");
    await row(lost, "uncertain").waitFor();
    await t("resolve-done").waitFor();
    await show("1-asked");
  });

  let second;
  await step("what comes after it waits, and says for what", async () => {
    await t("print-another").click();
    await t("file-input").setInputFiles({ ...PICTURE, name: "水.png" });
    await drawn(page);
    await t("print-button").click();
    second = await t("job-progress").getAttribute("data-job");
    await page.locator('[data-code="job_uncertain"]').waitFor();
    await show("2-held");
    await page.locator('[data-code="job_uncertain"] a').click();
    await row(lost, "uncertain").waitFor();
    await show("3-jobs");
    await t("nav-printers").click();
    await show("4-printers");
    await t("nav-jobs").click();
    assert.ok(["waiting", "ready"].includes((await door.call("job.show", { jobId: second })).state));
  });

  await step("“It is printed”: it is done, and the next one goes on", async () => {
    await row(lost, "uncertain").getByTestId("resolve-done").click();
    await row(lost, "done").waitFor();
    await focusIs("h1");
    await row(second, "done").waitFor();
    assert.equal(await sheets(), 2, "each is on paper once");
    await show("5-done");
  });

  await step("“Print again”: it comes once more, marked as such", async () => {
    line.lose();
    await row(second, "done").getByTestId("job-again").click();
    const asked = page.locator('[data-testid^="job-"][data-state="uncertain"]');
    await asked.waitFor();
    await asked.getByTestId("resolve-reprint").click();
    await asked.waitFor({ state: "detached" });
    await door.until("everything is on paper", async () => (await door.call("jobs.list")).every((job) => job.state === "done"));
    assert.equal(await sheets(), 4, "the lost one and its reprint");
    await page.locator('[data-testid="nav-jobs"] .count').waitFor({ state: "detached" });
    await show("6-again");
  });
}
