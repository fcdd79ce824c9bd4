// A person with a keyboard alone. Each stop must show where the focus is (WCAG 2.4.7).

const MOST_STOPS = 120;

export function keyboard(page) {
  const press = (key) => page.keyboard.press(key);

  /** Presses Tab until the focus is on `selector`; says which stops there were when it never gets there. */
  async function tabTo(selector) {
    await page.locator(selector).first().waitFor();
    const stops = [];
    for (let presses = 0; presses < MOST_STOPS; presses += 1) {
      const stop = await page.evaluate((selector) => {
        const here = document.activeElement;
        // A card may wear the ring of the link that covers it.
        let ring = false;
        for (let one = here; one && one !== document.body; one = one.parentElement) {
          const { outlineStyle, outlineWidth } = getComputedStyle(one);
          ring ||= outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
        }
        return { there: here.matches(selector), ring, name: here.dataset.testid ?? `${here.tagName} ${here.textContent.trim().slice(0, 30)}` };
      }, selector);
      if (stop.there && stop.ring) return;
      if (stop.there) throw new Error(`the focus on ${selector} cannot be seen`);
      stops.push(stop.name);
      await press("Tab");
    }
    throw new Error(`Tab never reaches ${selector}; it goes ${stops.slice(0, 40).join(" → ")}`);
  }

  /** Opens the file chooser of the focused button and takes `file`; the chooser itself belongs to the system. */
  async function choose(file) {
    const choosing = page.waitForEvent("filechooser");
    // Listening begins in the browser; its answer to a later question says that it has.
    await Promise.race([choosing, page.evaluate(() => null)]);
    await press("Enter");
    await (await choosing).setFiles(file);
  }

  return { press, tabTo, choose, type: (text) => page.keyboard.type(text) };
}
