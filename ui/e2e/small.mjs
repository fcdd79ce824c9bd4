// Windows that are small because the eye wants things large: 200 % zoom on a desk (720 px at two pixels each), and the
// 320 px of WCAG 1.4.10. Nothing scrolls sideways, nothing is cut off, nothing lies on top of what has the focus.

import { photo } from "./photo.mjs";
import { drawn } from "./scene.mjs";

const SIZES = [
  ["zoomed", { width: 720, height: 450 }],
  ["narrow", { width: 320, height: 640 }],
];

export async function small(walk) {
  const { step, page, show, door, begin, t, focusIs } = walk;
  const go = async (hash) => {
    await page.goto(`${door.origin}/${hash}`);
    await page.locator("main h1").first().waitFor();
  };

  await step("everything is there", async () => {
    await begin();
    const { printers } = await door.call("world.show");
    for (const { sn } of printers) await t(`printer-card-${sn}`).waitFor();
    walk.sn = printers[0].sn;
    await door.call("world.act", { sn: printers[1].sn, act: "paper-out" });
    await door.until("it says so", async () => (await door.call("printer.show", { sn: printers[1].sn })).problems[0]);
  });

  for (const [name, size] of SIZES) {
    await step(`every screen at ${size.width} px`, async () => {
      await page.setViewportSize(size);
      await go("#/printers");
      await show(`${name}-1-printers`);
      await go(`#/printers/${walk.sn}`);
      await t("unbind").waitFor();
      await show(`${name}-2-printer`);
      await t("share").click();
      await page.getByRole("dialog").getByRole("img").waitFor();
      await show(`${name}-3-share`);
      await page.keyboard.press("Escape");
      await t("unbind").click();
      await t("confirm").waitFor();
      await show(`${name}-4-confirm`);
      await page.keyboard.press("Escape");
      await go("#/add");
      await show(`${name}-5-add`);
      await go(`#/print/${walk.sn}`);
      await t("file-input").setInputFiles({ name: "hills.png", mimeType: "image/png", buffer: photo(500, 400) });
      await drawn(page);
      for (const group of ["page", "tone", "finish"]) await t(`option-more-${group}`).click();
      await t("compare").click();
      await t("compare-slider").waitFor();
      await show(`${name}-6-print`);
      await t("crop").click();
      await t("crop-left").waitFor();
      await t("crop-numbers").click();
      await show(`${name}-6-crop`);
      await page.keyboard.press("Escape");
      await t("document-clear").click();
      await show(`${name}-7-hand`);
      await go("#/jobs");
      await show(`${name}-8-jobs`);
      await go("#/settings");
      await page.locator('[data-testid^="check-"]').first().waitFor();
      await show(`${name}-9-settings`);
    });
  }

  await step("what has the focus is never hidden by what floats (WCAG 2.4.11)", async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    await go(`#/print/${walk.sn}`);
    await t("file-input").setInputFiles({ name: "hills.png", mimeType: "image/png", buffer: photo(500, 400) });
    await drawn(page);
    await t("option-more-finish").click();
    await t("option-more-tone").click();
    await focusIs("summary");
    for (let stops = 0; stops < 14; stops += 1) {
      await page.keyboard.press("Tab");
      const hidden = await page.evaluate(() => {
        const here = document.activeElement;
        if (here === document.body) return null; // Past the last stop.
        const { left, top, width, height } = here.getBoundingClientRect();
        const at = document.elementFromPoint(left + width / 2, top + height / 2);
        return at && (here.contains(at) || at.contains(here) || at.closest("label")) ? null : `${here.id || here.dataset.testid || here.tagName} at ${Math.round(top)} px is below ${at?.tagName}.${at?.className}`;
      });
      if (hidden) throw new Error(hidden);
    }
  });
}
