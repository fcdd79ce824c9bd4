// The first day with a printer of one's own: nothing is there yet, the profile has a mistake, the serial number too, the
// code is not the one on the paper; then it prints, and everything happens to it that happens to printers.

import assert from "node:assert/strict";
import { photo } from "./photo.mjs";
import { drawn } from "./scene.mjs";

// Tall: at the printer's own speed there is time to make trouble while it prints.
const LONG = { name: "hills.png", mimeType: "image/png", buffer: photo(400, 1900) };
const file = (name, text) => ({ name, mimeType: "application/toml", buffer: Buffer.from(text) });
const told = (page, code) => page.locator(`main [data-code="${code}"]`).first().waitFor();

export async function firstDay(walk) {
  const { step, show, page, door, t, begin, focusIs } = walk;
  const { platform } = door;
  const { sn, code } = platform.printers.find((one) => one.wantsCode);
  const job = () => t("job-progress").getAttribute("data-job");
  const state = (id, state) => page.locator(`[data-testid="job-${id}"][data-state="${state}"]`).waitFor();
  const handIn = async () => {
    await t("file-input").setInputFiles(LONG);
    return drawn(page);
  };
  /** Presses Print and waits until the printer has it. */
  const printing = async () => {
    await t("print-button").click();
    const id = await job();
    await state(id, "sent");
    return id;
  };

  await step("empty, it invites", async () => {
    await begin();
    await t("add-printer").waitFor();
    await t("world-start").waitFor();
    await show("1-printers");
    await t("nav-print").click();
    await focusIs("h1");
    await show("2-print");
    await t("nav-jobs").click();
    await show("3-jobs");
  });

  await step("without a profile it says what is missing and leads there", async () => {
    await t("nav-printers").click();
    await t("add-printer").click();
    await t("sn-input").fill(sn);
    await t("bind-next").click();
    await told(page, "profile_missing");
    await focusIs("#sn[aria-invalid=true]");
    await show("4-no-profile");
    await page.locator('[data-code="profile_missing"] a').click();
    await t("profile-input").waitFor({ state: "attached" });
    await focusIs("h1");
  });

  await step("a wrong profile is refused with its line, a right one is used", async () => {
    const lines = door.profile.split("\n");
    const at = lines.findIndex((line) => line.startsWith("port = "));
    const wrong = lines.with(at, lines[at].replace("port", "prot")).join("\n");
    await t("profile-input").setInputFiles(file("mistake.toml", wrong));
    await told(page, "profile_invalid");
    assert.match(await t("exact").textContent(), new RegExp(`Line ${at + 1}\\b`));
    await show("5-profile-wrong");
    await t("profile-input").setInputFiles(file("letter.txt", "Dear customer"));
    await page.locator("main [role=alert]").waitFor();
    await t("profile-input").setInputFiles(file("shop.toml", door.profile));
    await t("profile").waitFor();
    await page.locator('[data-testid="check-platform"][data-status="ok"]').waitFor();
    await show("6-profile");
  });

  await step("a serial number that nobody knows, then a wrong code, then the right one", async () => {
    await t("nav-printers").click();
    await t("add-printer").click();
    await t("sn-input").fill("SIM000000000");
    await t("bind-next").click();
    await told(page, "bind_refused");
    await show("7-unknown");
    await t("sn-input").fill(sn);
    await t("bind-next").click();
    await focusIs("#code");
    await t("code-input").fill(code === "000000" ? "111111" : "000000");
    await t("bind-next").click();
    await told(page, "verification_code_wrong");
    await focusIs("#code[aria-invalid=true]");
    await show("8-code-wrong");
    await t("code-input").fill(code);
    await t("bind-next").click();
    await t("added-show").waitFor();
    await show("9-added");
    await t("name-input").fill("ร้านกาแฟริมคลอง");
    await t("added-show").click();
    await t("unbind").waitFor();
    assert.equal((await door.call("printer.show", { sn })).name, "ร้านกาแฟริมคลอง", "the name is kept without a button of its own");
    await page.locator("h1", { hasText: "ร้านกาแฟริมคลอง" }).waitFor();
  });

  let id;
  await step("out of paper in the middle: it says why, and goes on with new paper", async () => {
    await t("print-here").click();
    const shown = await handIn();
    id = await printing();
    await platform.act(sn, "paper-out");
    await told(page, "out_of_paper");
    assert.equal((await door.call("job.show", { jobId: id })).state, "sent", "the job stays");
    await show("10-paper-out");
    await platform.act(sn, "load-paper");
    await state(id, "done");
    const [sheet] = await platform.sheets(sn);
    assert.equal(sheet.sha256, shown);
  });

  await step("stopped at the printer: the job says so, and a notice", async () => {
    await t("back-to-page").click();
    await drawn(page);
    id = await printing();
    await platform.act(sn, "stop-print");
    await state(id, "cancelled");
    await t("notices").getByText("ร้านกาแฟริมคลอง").waitFor();
    await show("11-stopped");
    await t("notices").getByRole("button").click();
    assert.equal(await t("notices").textContent(), "");
  });

  await step("offline: the job waits, and nobody has to watch it", async () => {
    await platform.act(sn, "go-offline");
    await t("back-to-page").click();
    await door.until("offline", async () => (await door.call("printer.show", { sn })).connection === "offline");
    await drawn(page);
    await t("print-button").click();
    id = await job();
    await show("12-waits");
    await t("print-another").click();
    await t("file-pick").waitFor();
    await t("nav-printers").click();
    await page.locator(`[data-testid="printer-card-${sn}"][data-connection="offline"]`).waitFor();
    await show("13-offline");
    await t(`printer-card-${sn}`).getByRole("link").first().click();
    await told(page, "offline");
    await show("14-offline");
    await platform.act(sn, "come-online");
    await t("nav-jobs").click();
    await state(id, "done");
  });

  await step("restart: asked first, then told", async () => {
    await t("nav-printers").click();
    await t(`printer-card-${sn}`).getByRole("link").first().click();
    await t("restart").click();
    await t("confirm").waitFor();
    await show("15-restart");
    await page.keyboard.press("Escape");
    await focusIs('[data-testid="restart"]');
    await t("restart").click();
    await t("confirm").click();
    await t("notices").getByText("ร้านกาแฟริมคลอง").waitFor();
    await show("16-restarting");
    await page.locator('[data-testid="printer-state"].chip-good').waitFor();
  });

  await step("beside it, try without a printer", async () => {
    await t("nav-printers").click();
    await t("add-printer").click();
    await t("world-start").click();
    const near = page.locator('[data-testid^="near-SIM"]');
    await near.first().waitFor();
    assert.equal(await near.count(), 2);
    await show("17-beside");
  });
}
