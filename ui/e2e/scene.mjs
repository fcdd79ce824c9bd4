// One page, one Platen, and what must hold on every screen of a walk; more than `inspect` asks: every target is large
// enough for a finger (WCAG 2.5.8), and nothing is announced without end.

import { join } from "node:path";
import { inspect, openPage, RESULTS } from "./browser.mjs";
import { Stopped } from "./tally.mjs";

/** What the browser itself writes when the door refuses: the page has told the person already. */
const REFUSAL = /Failed to load resource: the server responded with a status of 4\d\d/;
/** And when there is no door. */
const NO_DOOR = /Failed to load resource: net::ERR_|console: Fetch API cannot load/;

/** Targets smaller than 24 × 24 px. Links within a sentence may be smaller; what is hidden is nobody's target. */
function smallTargets(page) {
  return page.evaluate(() => {
    const targets = document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=switch], [role=radio], [tabindex='0']");
    const small = [];
    for (const one of targets) {
      if (one.closest(".hidden, .skip, [aria-hidden=true], [inert]") || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const { width, height } = one.getBoundingClientRect();
      // A card's link is as large as its card.
      const { content, width: w, height: h } = getComputedStyle(one, "::after");
      const covers = content !== "none" && parseFloat(w) >= 24 && parseFloat(h) >= 24;
      if (!covers && (width < 24 || height < 24)) small.push(`${one.tagName} ${one.dataset.testid ?? one.className}: ${Math.round(width)} × ${Math.round(height)} px`);
    }
    return small;
  });
}

/**
 * Plays one walk. `open` gives the Platen (with `close`); `work` gets everything that a walk needs. `show(name)` inspects
 * the screen; what a person has been told about a refusal or a closed door is no fault of the page then.
 */
export async function play(browser, tally, { open, ...one }) {
  const door = await open();
  const pages = [];
  /** Set while the walk keeps the door shut. */
  const away = { now: false };
  const another = async (more = {}) => {
    const opened = await openPage(browser, { ...one, ...more, origin: door.origin });
    const { wrong } = opened;
    const excused = (line) => REFUSAL.test(line) || (away.now && NO_DOOR.test(line));
    wrong.push = (...lines) => Array.prototype.push.apply(wrong, lines.filter((line) => !excused(line)));
    pages.push(opened);
    return opened;
  };
  try {
    const opened = await another();
    const { page } = opened;
    const show = async (name, { on = opened } = {}) => {
      await inspect(on, `${one.name}-${name}`);
      const small = await smallTargets(on.page);
      if (small.length > 0) throw new Error(`${name}: too small to hit:\n  ${small.join("\n  ")}`);
    };
    /** The name of what has the focus. */
    const focused = (on = page) =>
      on.evaluate(() => {
        const here = document.activeElement;
        return here?.dataset.testid ?? here?.id ?? here?.tagName ?? "";
      });
    const focusIs = async (what, on = page) => {
      await on.waitForFunction((what) => document.activeElement?.matches(what), what).catch(async (error) => {
        throw new Error(`the focus should be on ${what} and is on ${await focused(on)} (${error.message.split("\n")[0]})`);
      });
    };
    try {
      await one.work({
        ...one,
        door,
        page,
        another,
        show,
        away,
        focusIs,
        t: (id) => page.getByTestId(id),
        step: (name, work) => tally.step(one.name, name, work),
        begin: async () => {
          await door.call("settings.change", { language: one.language, theme: one.theme });
          await page.goto(door.url);
          await page.locator(`html[lang="${one.language}"][data-theme="${one.theme}"]`).waitFor();
        },
      });
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      await page.screenshot({ path: join(RESULTS, `${one.name}-FAILED.png`) });
    }
  } finally {
    for (const { close } of pages) await close();
    await door.close();
  }
}

/** The SHA-256 of the preview, once it is drawn. */
export async function drawn(page) {
  const picture = page.getByTestId("preview-image");
  await picture.waitFor();
  await page.locator('figure[aria-busy="false"]').waitFor();
  return picture.getAttribute("data-sha256");
}
