// The browser of the walks, and what must hold on every screen whatever it shows.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { chromium } from "playwright-core";
import { ask, Refusal, ROOT } from "../../xtask/children.mjs";
import { PATIENCE, sha256 } from "./door.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const RESULTS = join(ROOT, "ui/test-results");

/** Chromium, with further switches if wanted. */
export async function openBrowser(switches = []) {
  const path = env.CHROMIUM ?? ask("which", ["chromium"]) ?? ask("which", ["google-chrome"]);
  if (!path) throw new Refusal("Chromium is missing. On Debian: apt-get install chromium");
  await mkdir(RESULTS, { recursive: true });
  return chromium.launch({
    executablePath: path,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...switches,
    ],
  });
}

/** A page that remembers everything that went wrong in it: errors, refused policies, requests to anywhere else. */
export async function openPage(browser, { origin, width, theme, still = true }) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 780 : 900 },
    colorScheme: theme,
    reducedMotion: still ? "reduce" : "no-preference",
    hasTouch: width < 600,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error in the page: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (["http:", "https:", "ws:", "wss:"].includes(url.protocol) && url.origin !== origin) wrong.push(`request to ${url.origin}`);
  });
  return { page, wrong, close: () => context.close() };
}

/** Waits until nothing on the screen moves any more; what turns for ever is left alone. */
async function settled(page) {
  await page.evaluate(async () => {
    const ends = document
      .getAnimations()
      .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime) && one.playState === "running");
    await Promise.allSettled(ends.map((one) => one.finished));
    await document.fonts.ready;
  });
}

/** axe-core's findings on the page as it is, as sentences. */
async function barriers(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), RULES);
  return violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}\n    ${node.html.slice(0, 160)}\n    ${node.failureSummary.replaceAll("\n", "\n    ")}`),
  );
}

/**
 * Looks at a screen: a picture of it for people, and for the test no barrier, no sideways scrolling, no message that was
 * left out, and nothing that went wrong on the way here.
 */
export async function inspect({ page, wrong }, name) {
  await settled(page);
  await page.screenshot({ path: join(RESULTS, `${name}.png`), fullPage: true });
  const found = await barriers(page);
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return null;
    const beyond = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > room + 1);
    return `${document.documentElement.scrollWidth} px in ${room} px: ${beyond.slice(0, 5).map((one) => `${one.tagName}.${one.className}`).join(", ")}`;
  });
  if (wide) found.push(`scrolls sideways: ${wide}`);
  found.push(...wrong.splice(0));
  if (found.length > 0) throw new Error(`${name}:\n  ${found.join("\n  ")}`);
}

/**
 * A picture's dots, decoded by the browser and packed eight to a byte, black as 1: what both sides take SHA-256 of.
 * `source` is the PNG, or the locator of a picture on the screen.
 */
export async function dots(page, source) {
  const given = Buffer.isBuffer(source) ? source.toString("base64") : await source.elementHandle();
  const { width, height, rows } = await page.evaluate(async (given) => {
    const unpack = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const picture = typeof given === "string" ? await createImageBitmap(new Blob([unpack(given)], { type: "image/png" })) : given;
    const [width, height] = [picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height];
    const pen = new OffscreenCanvas(width, height).getContext("2d");
    pen.drawImage(picture, 0, 0);
    const { data } = pen.getImageData(0, 0, width, height);
    const stride = Math.ceil(width / 8);
    const rows = new Uint8Array(stride * height);
    for (let dot = 0; dot < width * height; dot += 1) {
      const across = dot % width;
      if (data[dot * 4] < 128) rows[((dot - across) / width) * stride + (across >> 3)] |= 0x80 >> (across & 7);
    }
    return { width, height, rows: Array.from(rows, (byte) => byte.toString(16).padStart(2, "0")).join("") };
  }, given);
  return { size: `${width}x${height}`, sha256: sha256(Buffer.from(rows, "hex")) };
}
