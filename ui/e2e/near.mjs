// What is near as a person meets it: everything in one list, a pocket printer that prints without any network, a printer
// fresh from the box that gets its Wi-Fi (with a wrong password first) and prints its test label, another on a cable, and
// a look inside for a technician.

import assert from "node:assert/strict";
import { photo } from "./photo.mjs";
import { drawn } from "./scene.mjs";

const PICTURE = { name: "hills.png", mimeType: "image/png", buffer: photo(300, 220) };

/** A device of the simulated air, by its name. */
async function near(door, name) {
  return door.until(`${name} near`, async () => {
    const { devices } = await door.call("nearby.list");
    return devices.find((one) => one.name === name);
  });
}

export async function bluetooth(walk) {
  const { step, show, page, door, t, begin } = walk;
  let printer;

  await step("everything near is in one list, with what to do about it", async () => {
    await begin();
    await t("nav-printers").click();
    await t("add-printer").first().click();
    await t("near-devices").waitFor();
    const one = await near(door, "MPT-II");
    await t(`add-${one.id}`).waitFor();
    const box = await near(door, "Improv Printer");
    await t(`setup-${box.id}`).waitFor();
    await show("1-near");
    await t("near-why").click();
    await page.locator('[data-code="held_by_another"]').waitFor();
    await show("2-why");
  });

  await step("a pocket printer is added and asked who it is", async () => {
    const one = await near(door, "MPT-II");
    await t(`add-${one.id}`).click();
    await t("device-model").waitFor();
    await show("3-model");
    await t("device-add").click();
    await t("unbind").waitFor();
    const all = await door.call("printers.list");
    printer = all.find((row) => row.channel === "ble");
    assert.ok(printer, "there is a printer on Bluetooth");
    await show("4-added");
  });

  await step("it prints, and is done only when the printer said so", async () => {
    await t("print-here").click();
    await t("file-input").setInputFiles(PICTURE);
    await drawn(page);
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    await page.locator(`[data-testid="job-${id}"][data-state="done"]`).waitFor();
    await show("5-done");
  });

  await step("a printer that nobody knows: a test strip, three questions, and it is one of ours", async () => {
    await t("nav-printers").click();
    await t("add-printer").first().click();
    const one = await near(door, "No name 58");
    await t("near-others").click();
    await t(`strip-${one.id}`).waitFor();
    await show("5a-unknown");
    await t(`strip-${one.id}`).click();
    await t("strip-bars").waitFor({ timeout: 60_000 });
    await show("5b-came-out");
    assert.equal(await t("nav-printers").getAttribute("aria-current"), "page");
    // The questions stay where they are when somebody looks at something else meanwhile.
    await t("nav-printers").click();
    await t("add-printer").first().click();
    await t("near-others").click();
    await t(`strip-${one.id}`).click();
    await t("strip-bars").click();
    await t("strip-whole-2").waitFor();
    await show("5c-whole");
    await t("strip-whole-2").click();
    await t("strip-black").waitFor();
    await show("5d-black");
    await t("strip-black").click();
    await t("strip-done").waitFor({ timeout: 60_000 });
    await show("5e-done");
    const { model, printer: sn } = await door.call("strip.show");
    assert.deepEqual([model.id, model.widthDots, model.own], ["own-no-name-58", 384, true]);
    await t("strip-print").click();
    await t("file-input").setInputFiles(PICTURE);
    await drawn(page);
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    await page.locator(`[data-testid="job-${id}"][data-state="done"]`).waitFor({ timeout: 60_000 });
    const job = await door.call("job.show", { jobId: id });
    assert.equal(job.printer, sn);
  });

  await step("a printer fresh from the box: a wrong password is refused, and nothing else is lost", async () => {
    await t("nav-printers").click();
    await t("add-printer").first().click();
    const box = await near(door, "Improv Printer");
    await t(`setup-${box.id}`).click();
    await t("networks").waitFor();
    await show("6-networks");
    await t("network-home").click();
    await t("wifi-password").waitFor();
    await show("7-password");
    await t("wifi-password").fill("not the password");
    await t("setup-join").click();
    await page.locator('[data-code="setup_network_refused"]').waitFor();
    await show("8-refused");
  });

  await step("with the right one it joins, is bound, and prints its test label", async () => {
    await t("wifi-password").fill("correct horse");
    await t("setup-join").click();
    await t("setup-done").waitFor();
    assert.equal(await t("setup-done").getAttribute("data-confirmed"), "true");
    await show("9-done");
    const [sheet] = await door.until("the test label", async () => {
      const sheets = await door.call("world.paper", { sn: "SIM-IMPROV-1" });
      return sheets.length > 0 ? sheets : null;
    });
    assert.equal(sheet.width, 384);
    const box = (await door.call("printers.list")).find((one) => one.sn === "SIM-IMPROV-1");
    assert.ok(box, "it is one of the printers now");
  });

  await step("a printer on a cable gets its Wi-Fi the same way", async () => {
    await t("nav-printers").click();
    await t("add-printer").first().click();
    const cable = await near(door, "Cable Printer");
    await t("near-own-network").click();
    await show("10-ways");
    await t(`setup-${cable.id}`).click();
    await t("network-home").click();
    await t("wifi-password").fill("correct horse");
    await t("setup-join").click();
    await t("setup-done").waitFor();
    assert.equal(await t("setup-done").getAttribute("data-confirmed"), "true");
  });

  await step("a technician looks inside: services, frames by name, a recording", async () => {
    await t("nav-settings").click();
    await t("go-diagnostics").click();
    const one = await near(door, "GT01");
    await t(`look-${one.id}`).click();
    await t("gatt-open").click();
    await t("gatt-tree").waitFor();
    await t("trace-start").click();
    await t("trace-stop").waitFor();
    await t("write-hex").fill("51 78 a3 00 01 00 00 00 ff");
    await t("write-send").click();
    await t("frames").locator("li.down").first().waitFor();
    await show("11-frames");
    const [file] = await Promise.all([page.waitForEvent("download"), t("trace-stop").click()]);
    assert.match(file.suggestedFilename(), /\.case$/);
  });
}
