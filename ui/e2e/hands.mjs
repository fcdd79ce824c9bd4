// Every way to hand something in: dropped, pasted, chosen, written, scanned; names that are long or run the other way;
// pages as tall as pages can be; what cannot be printed. And two windows that show the same.

import assert from "node:assert/strict";
import jsQR from "jsqr";
import { photo } from "./photo.mjs";
import { drawn } from "./scene.mjs";

/** A `DataTransfer` in the page. */
const carry = (page, items) =>
  page.evaluateHandle((items) => {
    const carried = new DataTransfer();
    for (const { name, type, bytes, text } of items) {
      if (text !== undefined) carried.setData("text/plain", text);
      else carried.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type }));
    }
    return carried;
  }, items);

const picture = (name, bytes) => ({ name, type: "image/png", bytes: bytes.toString("base64") });

async function drop(target, page, items) {
  const dataTransfer = await carry(page, items);
  for (const kind of ["dragenter", "dragover"]) await target.dispatchEvent(kind, { dataTransfer });
  return { release: () => target.dispatchEvent("drop", { dataTransfer }) };
}

async function paste(page, items) {
  const carried = await carry(page, items);
  await page.evaluate((clipboardData) => {
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }, carried);
}

/** What a camera reads on this part of the screen. */
async function scan(page, part) {
  const png = await part.screenshot();
  const { data, width, height } = await page.evaluate(async (png) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0))]));
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    return { data: Array.from(pen.getImageData(0, 0, bitmap.width, bitmap.height).data), width: bitmap.width, height: bitmap.height };
  }, png.toString("base64"));
  return { png, text: jsQR(Uint8ClampedArray.from(data), width, height)?.data };
}

export async function hands(walk) {
  const { step, show, page, door, t, begin, focusIs, another } = walk;
  let sn;
  let other;
  const title = page.locator(".document .title");

  await step("drop a file on a printer's card", async () => {
    await begin();
    const { printers } = await door.call("world.show");
    sn = printers.find((one) => !one.wantsCode).sn;
    other = printers.find((one) => one.wantsCode).sn;
    const card = t(`printer-card-${sn}`);
    const held = await drop(card, page, [picture("meadow.png", photo(300, 200))]);
    await show("1-over-card");
    await held.release();
    await drawn(page);
    await focusIs("h1");
    assert.equal(await t("printer-select").inputValue(), sn);
    assert.equal(await title.textContent(), "meadow.png");
    await show("2-dropped");
  });

  await step("drop another file on the page, two at once", async () => {
    const before = await drawn(page);
    const held = await drop(page.locator("main"), page, [picture("hills.png", photo(320, 240)), picture("second.png", photo(50, 50))]);
    await held.release();
    await page.locator(`[data-testid="preview-image"]:not([data-sha256="${before}"])`).waitFor();
    assert.equal(await title.textContent(), "hills.png");
    await t("notices").getByRole("button").waitFor();
    await show("3-first-of-two");
    await t("notices").getByRole("button").click();
  });

  await step("paste a picture, then text", async () => {
    await t("document-clear").click();
    await focusIs("h1");
    await paste(page, [picture("image.png", photo(200, 160))]);
    await drawn(page);
    assert.equal(await title.textContent(), "image.png");
    await t("document-clear").click();
    await paste(page, [{ text: "Two cups\nthree spoons\nน้ำตาลหนึ่งช้อน" }]);
    await drawn(page);
    await t("option-text-size").waitFor();
    await show("4-pasted-text");
  });

  await step("write a note, and leave the dialog with Escape", async () => {
    await t("document-clear").click();
    await t("write-note").click();
    await focusIs("[role=dialog] *");
    await show("5-note");
    await page.keyboard.press("Escape");
    await focusIs('[data-testid="write-note"]');
    await t("write-note").click();
    await t("note-text").fill("Back at three.");
    await t("note-use").click();
    await drawn(page);
    await focusIs("h1");
  });

  await step("names that are long, or run the other way, stay in their place", async () => {
    const names = [`${"a very long name that nobody typed by hand ".repeat(5)}.png`, "قائمة المشتريات (٢).png", "invoice\u202Egnp.exe.png", "<b>bold&amp;<i>.png"];
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      for (const [at, name] of names.entries()) {
        await t("file-input").setInputFiles({ name, mimeType: "image/png", buffer: photo(200, 100 + 10 * at) });
        await page.waitForFunction((start) => document.querySelector(".document .title")?.textContent.startsWith(start), name.slice(0, 3));
        await drawn(page);
        await show(`6-name-${at}-${width}`);
      }
    }
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    await page.locator(`[data-testid="job-${id}"][data-state="done"]`).waitFor();
    await show("7-name-done");
    await t("print-another").click();
  });

  await step("as tall as a page can be: every zoom shows dots, and stays where it was", async () => {
    await t("file-input").setInputFiles({ name: "scroll.png", mimeType: "image/png", buffer: photo(384, 29_000) });
    await drawn(page);
    await show("8-tall");
    const desk = page.getByRole("region", { name: "Preview" });
    await t("zoom-dots").click();
    await desk.evaluate((one) => (one.scrollTop = one.scrollHeight / 2));
    await desk.focus();
    for (let presses = 0; presses < 8; presses += 1) await page.keyboard.press("+");
    await page.locator('[data-testid="preview-image"][data-scale="8"]').waitFor();
    const where = await desk.evaluate((one) => (one.scrollTop + one.clientHeight / 2) / one.scrollHeight);
    assert.ok(Math.abs(where - 0.5) < 0.01, `the middle stays in the middle: ${where}`);
    const tones = await tonesOf(page, await desk.screenshot());
    assert.ok(tones.dark > 0.02 && tones.light > 0.2, `dots are there: ${JSON.stringify(tones)}`);
    await show("9-zoomed");
    await page.keyboard.press("0");
    await page.locator('[data-testid="zoom-fit"][aria-pressed="true"]').waitFor();
  });

  await step("what cannot be printed is told, and the page before stays", async () => {
    const before = await drawn(page);
    await t("file-input").setInputFiles({ name: "contract.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n") });
    await page.locator("main [role=alert]").waitFor();
    assert.equal(await drawn(page), before);
    await show("10-refused");
    await t("document-clear").click();
    await t("file-input").setInputFiles({ name: "tower.png", mimeType: "image/png", buffer: photo(30, 40_000) });
    await page.locator("main [role=alert]").first().waitFor();
    await show("11-too-tall");
  });

  await step("the share code is what a camera reads, and what adding takes: a picture, then a pasted one", async () => {
    await page.goto(`${door.origin}/#/printers/${sn}`);
    await t("share").click();
    const code = page.getByRole("dialog").getByRole("img");
    await code.waitFor();
    await show("12-share");
    const { png, text } = await scan(page, code);
    assert.equal(text, (await door.call("printer.share", { sn })).text);
    await page.keyboard.press("Escape");
    await focusIs('[data-testid="share"]');
    await page.setViewportSize({ width: 1440, height: 900 });

    const add = async (hand) => {
      await t("unbind").click();
      await t("confirm").click();
      await t("add-printer").waitFor();
      await focusIs("h1");
      await t("add-printer").click();
      await t("sn-input").waitFor();
      await hand();
      await t("added-show").click();
      await t("unbind").waitFor();
    };
    await add(() => t("qr-input").setInputFiles({ name: "label.png", mimeType: "image/png", buffer: png }));
    await add(() => paste(page, [picture("image.png", png)]));
    await page.goto(`${door.origin}/#/add`);
    await t("qr-input").setInputFiles({ name: "sky.png", mimeType: "image/png", buffer: photo(200, 200) });
    await page.locator("main [role=alert]").waitFor();
    await focusIs("#sn");
    await show("13-no-code");
  });

  await step("a second window shows the same at the same time", async () => {
    const second = await another({ width: 768 });
    const there = (id) => second.page.getByTestId(id);
    await second.page.goto(door.url);
    await there(`printer-card-${sn}`).waitFor();
    await page.goto(`${door.origin}/#/printers/${sn}`);
    await t("edit").click();
    await t("edit-name").fill("Till at the door");
    await t("edit-save").click();
    await there(`printer-card-${sn}`).getByText("Till at the door").waitFor();
    await t("print-here").click();
    await t("file-input").setInputFiles(({ name: "both.png", mimeType: "image/png", buffer: photo(200, 200) }));
    await drawn(page);
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    await there("nav-jobs").click();
    await second.page.locator(`[data-testid="job-${id}"][data-state="done"]`).waitFor();
    await there("nav-settings").click();
    await there("theme-select").selectOption("dark");
    await page.locator('html[data-theme="dark"]').waitFor();
    await show("14-second", { on: second });
    await page.goto(`${door.origin}/#/printers/${other}`);
    await door.call("printer.unbind", { sn: other });
    await page.locator("main h1").waitFor();
    await t("unbind").waitFor({ state: "detached" });
    await show("15-gone");
  });
}

/** Shares of dark and light pixels in a picture. */
function tonesOf(page, png) {
  return page.evaluate(async (png) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0))]));
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    const { data } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
    let [dark, light] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] < 60) dark += 4 / data.length;
      if (data[at] > 245) light += 4 / data.length;
    }
    return { dark, light };
  }, png.toString("base64"));
}
