// The main job in the real window, under Xvfb: the same page, but WebKit instead of Chromium, and the window's own
// command and event channel instead of HTTP. What came out on paper is read through the door that the window keeps for
// the command line (`door.json`).
//
//   node ui/e2e/window.mjs

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { end, ROOT, start, task } from "../../xtask/children.mjs";
import { Door, PATIENCE } from "./door.mjs";
import { photo } from "./photo.mjs";
import { Stopped, Tally } from "./tally.mjs";
import { Window } from "./webdriver.mjs";
import { built, folder } from "./world.mjs";

const RESULTS = join(ROOT, "ui/test-results");
const id = (name) => `[data-testid="${name}"]`;

/** A display of our own: Xvfb picks a free number and writes it down. */
async function openDisplay() {
  const child = start("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    missing: "Xvfb is missing. On Debian: apt-get install xvfb",
  });
  const number = await new Promise((resolve, reject) => {
    let text = "";
    child.stdio[3].setEncoding("utf8").on("data", (part) => {
      text += part;
      if (text.includes("\n")) resolve(text.trim());
    });
    child.ended.then(() => reject(new Error("Xvfb ended at once")), reject);
    AbortSignal.timeout(PATIENCE).addEventListener("abort", () => reject(new Error("Xvfb does not come up")), { once: true });
  });
  return { name: `:${number}`, close: () => end(child) };
}

async function walk(window, data, tally) {
  const step = (name, work) => tally.step("window", name, work);
  const show = async (name) => writeFile(join(RESULTS, `window-${name}.png`), await window.picture());
  let door;
  let sn;

  await step("two simulated printers", async () => {
    await window.find('[data-testid^="printer-card-"]');
    const { address, token } = JSON.parse(await readFile(join(data, "door.json"), "utf8"));
    door = new Door({ origin: `http://${address}`, token });
    const { printers } = await door.until("both printers", async () => {
      const world = await door.call("world.show");
      return world?.printers.length === 2 && world.printers.every((one) => one.bound) ? world : null;
    });
    for (const one of printers) await window.find(id(`printer-card-${one.sn}`));
    sn = printers[0].sn;
    await show("1-printers");
  });

  await step("hand in a photo and see it", async () => {
    const file = join(data, "hills.png");
    await writeFile(file, photo(900, 700));
    await window.click(`${id(`printer-card-${sn}`)} ${id("print-here")}`);
    await window.type(id("file-input"), file);
    await window.find(`${id("preview-image")}[data-sha256]`);
    await show("2-preview");
  });

  await step("a change shows in the preview", async () => {
    const before = await window.attribute(id("preview-image"), "data-sha256");
    await window.click(id("option-preset-lines"));
    await window.find(`${id("preview-image")}:not([data-sha256="${before}"])`);
  });

  await step("print; the paper equals the preview", async () => {
    await window.find('figure[aria-busy="false"]');
    const shown = await window.attribute(id("preview-image"), "data-sha256");
    await window.click(id("print-button"));
    const jobId = await window.attribute(`${id("job-progress")}[data-job]`, "data-job");
    await window.find(`${id(`job-${jobId}`)}[data-state="done"]`);
    await show("3-done");
    const job = await door.call("job.show", { jobId });
    const sheets = await door.sheets(sn, job);
    assert.equal(sheets.length, 1);
    assert.equal(sheets[0].sha256, shown);
    await window.click(id("nav-printers"));
    await window.click(`${id(`printer-card-${sn}`)} h2 a`);
    const inTray = await window.attribute(id(`sheet-${job.platformJobId}-1`), "data-sha256");
    assert.equal(inTray, shown, "the sheet in the tray on the screen");
    await window.run((sheet) => document.querySelector(sheet).scrollIntoView(), id(`sheet-${job.platformJobId}-1`));
    await window.find(`${id(`sheet-${job.platformJobId}-1`)} img`);
    await show("4-tray");
  });

  await step("the page reaches nothing but its own program", async () => {
    const answers = await window.run(() => [typeof window.__TAURI__, document.querySelectorAll("script:not([src])").length]);
    assert.deepEqual(answers, ["undefined", 0], "no global API, no inline script");
  });
}

await task(async () => {
  const tally = new Tally();
  const data = await folder();
  const place = join(data.path, "platen");
  let display;
  let window;
  try {
    await mkdir(place);
    await mkdir(RESULTS, { recursive: true });
    const binary = built("platen-window");
    display = await openDisplay();
    // Nothing of the person's own: neither state nor the web view's cache, session bus or Wayland.
    const { DBUS_SESSION_BUS_ADDRESS: _bus, WAYLAND_DISPLAY: _wayland, ...rest } = env;
    const own = (name) => join(data.path, name);
    window = await Window.open(binary, {
      ...rest,
      DISPLAY: display.name,
      PLATEN_DATA: place,
      PLATEN_SIM: "1",
      XDG_DATA_HOME: own("share"),
      XDG_CONFIG_HOME: own("config"),
      XDG_CACHE_HOME: own("cache"),
    });
    await walk(window, place, tally);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    await writeFile(join(RESULTS, "window-FAILED.png"), await window.picture());
  } finally {
    await window?.close();
    await display?.close();
    await data.remove();
  }
  return tally.report();
});
