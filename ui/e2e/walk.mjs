// The main job in a real browser, as a person does it: find the printers, take one away and add it again with the code
// on its paper, hand in a photo, see it dot for dot, change how it looks, print, and find the very same dots on paper.
// In three languages, narrow and wide, light and dark; then once more with the keyboard alone; then with trouble.
//
//   node ui/e2e/walk.mjs [NAME…]      NAME as in the output, for example en-360
//
// Every screen on the way is inspected (`inspect`); its picture lies in ui/test-results.

import assert from "node:assert/strict";
import { join } from "node:path";
import { argv } from "node:process";
import { task } from "../../xtask/children.mjs";
import { dots, inspect, openBrowser, openPage, RESULTS } from "./browser.mjs";
import { keyboard } from "./keyboard.mjs";
import { photo } from "./photo.mjs";
import { Stopped, Tally } from "./tally.mjs";
import { openWorld } from "./world.mjs";

const WALKS = [
  { name: "en-360", language: "en", width: 360, theme: "light", work: mainJob },
  { name: "en-1440", language: "en", width: 1440, theme: "dark", work: mainJob },
  { name: "zh-CN-360", language: "zh-CN", width: 360, theme: "dark", work: mainJob },
  { name: "zh-CN-1440", language: "zh-CN", width: 1440, theme: "light", still: false, work: mainJob },
  { name: "th-360", language: "th", width: 360, theme: "light", still: false, work: mainJob },
  { name: "th-1440", language: "th", width: 1440, theme: "dark", work: mainJob },
  { name: "keyboard", language: "en", width: 1440, theme: "light", work: keyboardJob },
  { name: "trouble", language: "en", width: 360, theme: "dark", work: trouble },
];

const PICTURE = { name: "hills.png", mimeType: "image/png", buffer: photo(900, 700) };

/** What every walk starts from: both printers on the screen, in the language and the theme. */
async function arrive({ step, show, page, door, t, language, theme }) {
  return step("two simulated printers", async () => {
    await door.call("settings.change", { language, theme });
    await page.goto(door.url);
    const { printers } = await door.call("world.show");
    assert.equal(printers.length, 2);
    for (const { sn } of printers) await t(`printer-card-${sn}`).waitFor();
    await page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
    assert.ok(!page.url().includes("token"), "the token stays out of the address bar");
    await show("1-printers");
    const coded = printers.find((one) => one.wantsCode);
    assert.ok(coded, "one of the printers prints a code");
    return coded.sn;
  });
}

async function mainJob(walk) {
  const { step, show, page, door, t, language } = walk;
  const sn = await arrive(walk);

  await step("unbind a printer", async () => {
    await t(`printer-card-${sn}`).getByRole("link").first().click();
    await t("unbind").waitFor();
    await show("2-printer");
    await t("unbind").click();
    await t("confirm").waitFor();
    await show("3-confirm");
    await t("confirm").click();
    await t(`printer-card-${sn}`).waitFor({ state: "detached" });
    await t("add-printer").waitFor();
    assert.deepEqual((await door.call("printers.list")).filter((one) => one.sn === sn), []);
  });

  await step("add it by its serial number and the code on its paper", async () => {
    await t("add-printer").click();
    await t("sn-input").waitFor();
    await show("4-add");
    await t("sn-input").fill(sn);
    await t("bind-next").click();
    await t("code-input").waitFor();
    const code = await printedCode(door, sn);
    await show("5-code");
    await t("code-input").fill(code);
    await t("bind-next").click();
    await t("added-show").waitFor();
    await show("6-added");
    await t("added-show").click();
    await t("unbind").waitFor();
  });

  const preview = t("preview-image");
  await step("hand in a photo and see it", async () => {
    await t("print-here").click();
    await t("file-pick").waitFor();
    await show("7-hand");
    await t("file-input").setInputFiles(PICTURE);
    await preview.waitFor();
    await show("8-preview");
  });

  const changed = follow(page, preview);
  await step("every change shows in the preview", async () => {
    await changed(() => t("option-preset-photo").click());
    await changed(() => t("option-preset-label").click());
    await t("option-paper").waitFor();
    await changed(() => t("option-preset-lines").click());
    await t("option-paper").waitFor({ state: "hidden" });
    await t("option-more-tone").click();
    await changed(() => t("option-dither").selectOption("atkinson"));
    await changed(() => t("option-brightness").fill("25"));
    await changed(() => t("turn-right").click());
    await t("option-more-page").click();
    await t("option-more-finish").click();
    await show("9-options");
    for (const group of ["tone", "page", "finish"]) await t(`option-more-${group}`).click();
  });

  await step("grey and dots side by side", () => compareByKeyboard(walk));

  await step("a part of the page, by its edges", () => changed(() => cropByKeyboard(walk)));

  await step("print; the paper equals the preview, dot for dot", () => printAndCompare(walk, sn, () => t("print-button").click()));

  await step("the job is in the list, the sheet in the tray", async () => {
    const [job] = await door.call("jobs.list");
    await t("nav-jobs").click();
    await page.locator(`[data-testid="job-${job.jobId}"][data-state="done"]`).waitFor();
    await show("11-jobs");
    await t("nav-printers").click();
    await t(`printer-card-${sn}`).getByRole("link").first().click();
    const sheet = t(`sheet-${job.platformJobId}-1`);
    await sheet.scrollIntoViewIfNeeded();
    await sheet.locator("img").waitFor();
    const [paper] = await door.sheets(sn, job);
    assert.equal(await sheet.getAttribute("data-sha256"), paper.sha256);
    await show("12-paper");
  });

  await step("another language and theme", async () => {
    await t("nav-settings").click();
    await t("language-select").waitFor();
    await until(page, () => document.querySelector('[data-testid^="check-"]'));
    await show("13-settings");
    const other = language === "en" ? "th" : "en";
    const title = await page.title();
    await t("language-select").selectOption(other);
    await page.locator(`html[lang="${other}"]`).waitFor();
    await until(page, (before) => document.title !== before, title);
    await t("theme-select").selectOption(walk.theme === "dark" ? "light" : "dark");
    await page.locator(`html[data-theme="${walk.theme === "dark" ? "light" : "dark"}"]`).waitFor();
    await door.until("the choice is kept", async () => (await door.call("settings.show")).language === other);
    await show("14-settings-other");
  });
}

async function keyboardJob(walk) {
  const { step, show, page, door, t } = walk;
  const sn = await arrive(walk);
  const { tabTo, press, choose, type } = keyboard(page);
  const card = `[data-testid="printer-card-${sn}"] h2 a`;

  await step("unbind and add with the keyboard alone", async () => {
    await tabTo(card);
    await press("Enter");
    await t("unbind").waitFor();
    await tabTo('[data-testid="unbind"]');
    await press("Enter");
    await tabTo('[data-testid="confirm"]');
    await press("Enter");
    await t(`printer-card-${sn}`).waitFor({ state: "detached" });
    await tabTo('[data-testid="add-printer"]');
    await press("Enter");
    await tabTo('[data-testid="sn-input"]');
    await type(sn);
    await press("Enter");
    await t("code-input").waitFor();
    await tabTo('[data-testid="code-input"]');
    await type(await printedCode(door, sn));
    await press("Enter");
    await tabTo('[data-testid="added-print"]');
    await press("Enter");
  });

  await step("hand in, change and print with the keyboard alone", async () => {
    await tabTo('[data-testid="file-pick"]');
    await choose(PICTURE);
    const preview = t("preview-image");
    await preview.waitFor();
    const changed = follow(page, preview);
    await tabTo('[data-testid="turn-right"]');
    await changed(() => press("Enter"));
    await tabTo('[data-testid="option-preset-photo"]');
    await press("ArrowRight");
    await changed(() => press("Enter"));
    assert.equal(await t("option-preset-lines").getAttribute("data-state"), "on");
    await tabTo('[data-testid="option-more-tone"]');
    await press("Enter");
    await tabTo('[data-testid="option-brightness"]');
    await changed(() => press("PageUp"));
    await tabTo('[data-testid="option-dither"]');
    await changed(() => press("End"));
    assert.equal(await t("option-dither").inputValue(), "clustered");
    await tabTo('[data-testid="print-button"]');
    await printAndCompare(walk, sn, () => press("Enter"));
  });

  await step("leave with the keyboard alone", async () => {
    await tabTo('[data-testid="nav-settings"]');
    await press("Enter");
    await tabTo('[data-testid="theme-select"]');
    await press("End");
    await page.locator('html[data-theme="dark"]').waitFor();
    await show("settings");
  });
}

async function trouble(walk) {
  const { step, show, page, door, t } = walk;
  const sn = await arrive(walk);

  await step("a printer beside us is added with one click", async () => {
    const { printers } = await door.call("world.show");
    const plain = printers.find((one) => !one.wantsCode).sn;
    await door.call("printer.unbind", { sn: plain });
    await t(`near-${plain}`).click();
    await t("added-show").waitFor();
    assert.ok((await door.call("printers.list")).some((one) => one.sn === plain));
  });

  await step("out of paper: the printer says so, and what to do", async () => {
    await door.call("world.act", { sn, act: "paper-out" });
    await door.until("the printer reports it", async () => (await door.call("printer.show", { sn })).problems[0]);
    await t("nav-printers").click();
    await show("2-printers");
    await t(`printer-card-${sn}`).getByRole("link").first().click();
    await page.locator("[data-code]").first().waitFor();
    await show("3-printer");
  });

  await step("with new paper the waiting job is printed", async () => {
    await t("print-here").click();
    await t("file-input").setInputFiles(PICTURE);
    await t("preview-image").waitFor();
    await t("print-button").click();
    const id = await t("job-progress").getAttribute("data-job");
    await show("4-waits");
    await door.call("world.act", { sn, act: "load-paper" });
    const job = await door.jobEnd(id);
    assert.equal(job.state, "done", job.detail);
    await page.locator(`[data-testid="job-${id}"][data-state="done"]`).waitFor();
    await show("5-done");
  });

  await step("a wrong token lets nobody in, and the page says how", async () => {
    const stranger = await walk.another();
    const there = (id) => stranger.page.getByTestId(id);
    await stranger.page.goto(`${door.origin}/`);
    await there("pair-input").fill("not the address");
    await there("pair-button").click();
    await stranger.page.locator("#pair-trouble:not(:empty)").waitFor();
    await inspect(stranger, `${walk.name}-6-pair`);
    await there("pair-input").fill(door.url);
    await there("pair-button").click();
    await there(`printer-card-${sn}`).waitFor();
  });
}

/** Gives a function that makes a change and waits until the preview is one that was not there before. */
function follow(page, preview) {
  const seen = new Set();
  return async (change) => {
    await page.locator('figure[aria-busy="false"]').waitFor();
    seen.add(await preview.getAttribute("data-sha256"));
    await change();
    await until(page, (known) => {
      const now = document.querySelector('[data-testid="preview-image"]')?.dataset.sha256;
      return now && !known.includes(now);
    }, [...seen]);
  };
}

/** The line between grey and dots goes where the arrow keys send it, says where it is, and uncovers what it passes. */
async function compareByKeyboard({ show, page, t }) {
  await t("compare").click();
  const slider = t("compare-slider");
  await slider.focus();
  const cut = () => t("preview-image").evaluate((one) => one.style.clipPath);
  const before = await cut();
  for (let presses = 0; presses < 5; presses += 1) await page.keyboard.press("ArrowLeft");
  assert.equal(await slider.getAttribute("aria-valuenow"), "40");
  assert.match(await slider.getAttribute("aria-valuetext"), /40.*60/);
  assert.notEqual(await cut(), before);
  await show("9-compare");
  await page.keyboard.press("End");
  assert.equal(await slider.getAttribute("aria-valuenow"), "100");
  await t("compare").click();
  await slider.waitFor({ state: "detached" });
}

/** Edges move with the arrow keys, the numbers follow, and a number moves its edge; the page is that part then. */
async function cropByKeyboard({ show, page, t }) {
  const shape = async () => (await t("preview-image").getAttribute("data-dots")).split("x").reduce((width, height) => width / height);
  const whole = await shape();
  await t("crop").click();
  await t("crop-left").focus();
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("PageDown");
  assert.equal(await t("crop-left").getAttribute("aria-valuenow"), "30");
  await t("crop-numbers").click();
  await t("crop-height").fill("50");
  await t("crop-height").press("Enter");
  assert.equal(await t("crop-bottom").getAttribute("aria-valuenow"), "50");
  assert.equal(await t("crop-width").inputValue(), "70");
  await show("9-crop");
  await t("crop-use").click();
  await t("crop-use").waitFor({ state: "detached" });
  await page.locator('figure[aria-busy="false"]').waitFor();
  // The page lies on its side here: the part's height runs along the row.
  assert.ok(Math.abs((await shape()) / whole / (50 / 70) - 1) < 0.02, "the part has the shape that was chosen");
}

/** Starts the job, waits for its end on the screen and in the engine, and compares the sheet with what was shown. */
async function printAndCompare({ show, page, door, t }, sn, start) {
  const preview = t("preview-image");
  await page.locator('figure[aria-busy="false"]').waitFor();
  const shown = await preview.getAttribute("data-sha256");
  const size = await preview.getAttribute("data-dots");
  assert.deepEqual(await dots(page, preview), { size, sha256: shown }, "the picture on the screen is what its hash says");
  await start();
  const id = await t("job-progress").getAttribute("data-job");
  const job = await door.jobEnd(id);
  assert.equal(job.state, "done", job.detail);
  await page.locator(`[data-testid="job-${id}"][data-state="done"]`).waitFor();
  const sheets = await door.sheets(sn, job);
  assert.equal(sheets.length, 1, "one sheet");
  assert.equal(sheets[0].sha256, shown, "the sheet is what the preview showed");
  const paper = await dots(page, await door.blob(sheets[0].handle));
  assert.deepEqual(paper, { size, sha256: shown }, "the dots on paper are those on the screen");
  await show("10-done");
}

/** The code on the printer's paper. */
function printedCode(door, sn) {
  return door.until("the code on the paper", async () => {
    const world = await door.call("world.show");
    return world.printers.find((one) => one.sn === sn).printedCode;
  });
}

/** Waits until a function in the page gives something. */
const until = (page, look, given) => page.waitForFunction(look, given);

async function walkOnce(browser, tally, one) {
  const door = await openWorld();
  const pages = [];
  const another = async () => {
    const opened = await openPage(browser, { ...one, origin: door.origin });
    pages.push(opened);
    return opened;
  };
  try {
    const opened = await another();
    const { page } = opened;
    const show = (name) => inspect(opened, `${one.name}-${name}`);
    try {
      await one.work({
        ...one,
        door,
        page,
        another,
        show,
        t: (id) => page.getByTestId(id),
        step: (name, work) => tally.step(one.name, name, work),
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

await task(async () => {
  const wanted = argv.slice(2);
  const tally = new Tally();
  const browser = await openBrowser();
  try {
    for (const one of WALKS) if (wanted.length === 0 || wanted.includes(one.name)) await walkOnce(browser, tally, one);
  } finally {
    await browser.close();
  }
  return tally.report();
});
