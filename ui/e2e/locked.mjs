// A PDF that opens with a password: the page asks, says when the password is wrong, and goes on with the right one.
//
// The PDF is written here (security handler of revision 2, RC4 with 40 bits; ISO 32000-1, 7.6.3), so that no file whose
// inside nobody can read has to lie in the tree.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dots } from "./browser.mjs";
import { drawn } from "./scene.mjs";

const PADDING = Buffer.from("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a", "hex");
const PASSWORD = "open sesame 7";

const md5 = (...parts) => createHash("md5").update(Buffer.concat(parts)).digest();
const padded = (password) => Buffer.concat([Buffer.from(password, "latin1"), PADDING]).subarray(0, 32);

function rc4(key, data) {
  const box = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let i = 0, j = 0; i < 256; i += 1) {
    j = (j + box[i] + key[i % key.length]) & 255;
    [box[i], box[j]] = [box[j], box[i]];
  }
  let [i, j] = [0, 0];
  return Buffer.from(data).map((byte) => {
    i = (i + 1) & 255;
    j = (j + box[i]) & 255;
    [box[i], box[j]] = [box[j], box[i]];
    return byte ^ box[(box[i] + box[j]) & 255];
  });
}

/** One page of 72 × 72 pt with a black square on it, locked with `password`. */
export function lockedPdf(password) {
  const id = Buffer.from("0123456789abcdef0123456789abcdef", "hex");
  const allowed = Buffer.alloc(4);
  allowed.writeInt32LE(-4);
  const owner = rc4(md5(padded(password)).subarray(0, 5), padded(password));
  const key = md5(padded(password), owner, allowed, id).subarray(0, 5);
  const user = rc4(key, PADDING);
  const number = 4;
  const content = rc4(md5(key, Buffer.from([number, 0, 0, 0, 0])).subarray(0, 10), Buffer.from("0 g 18 18 36 36 re f"));
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] /Contents 4 0 R >>",
    Buffer.concat([Buffer.from(`<< /Length ${content.length} >>\nstream\n`), content, Buffer.from("\nendstream")]),
    `<< /Filter /Standard /V 1 /R 2 /O <${owner.toString("hex")}> /U <${user.toString("hex")}> /P -4 >>`,
  ];
  let file = Buffer.from("%PDF-1.4\n");
  const places = objects.map((body, index) => {
    const at = file.length;
    file = Buffer.concat([file, Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(body), Buffer.from("\nendobj\n")]);
    return at;
  });
  const rows = places.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const hex = id.toString("hex");
  const tail = `xref\n0 ${places.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${places.length + 1} /Root 1 0 R /Encrypt 5 0 R /ID [<${hex}> <${hex}>] >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.concat([file, Buffer.from(tail)]);
}

export async function locked(walk) {
  const { step, show, page, door, t, begin, focusIs } = walk;
  let sn;

  await step("a locked document asks for its password", async () => {
    await begin();
    ({ sn } = (await door.call("world.show")).printers[0]);
    await t(`printer-card-${sn}`).waitFor();
    await page.goto(`${door.origin}/#/print/${sn}`);
    await t("file-input").setInputFiles({ name: "secret.pdf", mimeType: "application/pdf", buffer: lockedPdf(PASSWORD) });
    await focusIs('[data-testid="password-input"]');
    await show("1-asks");
  });

  await step("left without it, nothing is printed, and the way back is there", async () => {
    await page.keyboard.press("Escape");
    await t("password-input").waitFor({ state: "detached" });
    await focusIs("h1");
    assert.equal(await t("print-button").getAttribute("aria-disabled"), "true");
    await show("2-locked");
    await t("password-ask").click();
    await focusIs('[data-testid="password-input"]');
  });

  await step("a wrong password is told in place; the right one shows the page", async () => {
    await t("password-input").fill("not this");
    await page.keyboard.press("Enter");
    await page.locator('[data-testid="password-input"][aria-invalid="true"]').waitFor();
    await focusIs('[data-testid="password-input"]');
    await show("3-wrong");
    await t("password-input").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await drawn(page);
    await focusIs("h1");
    await show("4-open");
  });

  await step("and it prints: the paper is what was shown", async () => {
    const shown = await drawn(page);
    const preview = t("preview-image");
    const seen = await dots(page, preview);
    assert.deepEqual(seen, { size: await preview.getAttribute("data-dots"), sha256: shown });
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    const job = await door.jobEnd(id);
    assert.equal(job.state, "done", job.detail);
    await page.locator(`[data-testid="job-${id}"][data-state="done"]`).waitFor();
    const sheets = await door.sheets(sn, job);
    assert.deepEqual(sheets.map((sheet) => sheet.sha256), [shown]);
    assert.deepEqual(await dots(page, await door.blob(sheets[0].handle)), seen);
  });
}
