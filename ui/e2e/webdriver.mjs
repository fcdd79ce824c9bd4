// The few commands of WebDriver (W3C) that the walk through the window needs, over fetch.
// WebKitWebDriver starts the window itself, so the window's environment is the driver's.

import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { start, end } from "../../xtask/children.mjs";
import { PATIENCE } from "./door.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** A port that nobody uses now. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Window {
  #driver;
  #base;
  #session;

  constructor(driver, base) {
    this.#driver = driver;
    this.#base = base;
  }

  /** Starts the driver, and with it the program. */
  static async open(binary, env) {
    const port = await freePort();
    const driver = start("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
      env: { ...env, TAURI_WEBVIEW_AUTOMATION: "true" },
      missing: "WebKitWebDriver is missing. On Debian: apt-get install webkit2gtk-driver",
    });
    const window = new Window(driver, `http://127.0.0.1:${port}`);
    try {
      await window.#ready();
      const wanted = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: [] } } };
      const { sessionId } = await window.#send("POST", "/session", { capabilities: wanted });
      window.#session = `/session/${sessionId}`;
      await window.#ask("POST", "/timeouts", { script: PATIENCE, pageLoad: PATIENCE, implicit: 0 });
      return window;
    } catch (error) {
      await window.close();
      throw error;
    }
  }

  /** The driver says nothing when it listens, so it is asked until it answers. */
  async #ready() {
    const late = Date.now() + PATIENCE;
    for (;;) {
      const ended = await Promise.race([this.#driver.ended.then(() => true), pause(50, false)]);
      if (ended) throw new Error("WebKitWebDriver ended at once");
      try {
        return await this.#send("GET", "/status");
      } catch (error) {
        if (Date.now() > late) throw error;
      }
    }
  }

  async #send(method, path, body) {
    const answer = await fetch(this.#base + path, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(PATIENCE + 10_000),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  #ask(method, path, body) {
    return this.#send(method, this.#session + path, body);
  }

  /** Runs a function in the page. */
  run(work, ...args) {
    return this.#ask("POST", "/execute/sync", { script: `return (${work})(...arguments);`, args });
  }

  /** Waits, by the page's own changes, until `selector` is there; gives the element. */
  async find(selector) {
    const found = await this.#ask("POST", "/execute/async", {
      script: `
        const [selector, tell] = arguments;
        const look = () => {
          const found = document.querySelector(selector);
          if (!found) return false;
          watcher.disconnect();
          tell(found);
          return true;
        };
        const watcher = new MutationObserver(look);
        if (!look()) watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });`,
      args: [selector],
    });
    return found[ELEMENT];
  }

  async click(selector) {
    const element = await this.find(selector);
    await this.#ask("POST", `/element/${element}/click`, {});
  }

  /** Types; for a file input the text is the file's path. */
  async type(selector, text) {
    const element = await this.find(selector);
    await this.#ask("POST", `/element/${element}/value`, { text });
  }

  async attribute(selector, name) {
    const element = await this.find(selector);
    return this.#ask("GET", `/element/${element}/attribute/${name}`);
  }

  /** The page as PNG, once it is painted and nothing moves. */
  async picture() {
    await this.#ask("POST", "/execute/async", {
      script: `
        const tell = arguments[0];
        const frame = () => new Promise(requestAnimationFrame);
        (async () => {
          await frame();
          const moving = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
          await Promise.allSettled(moving.map((one) => one.finished));
          await frame();
          await frame();
        })().then(tell, tell);`,
      args: [],
    });
    return Buffer.from(await this.#ask("GET", "/screenshot"), "base64");
  }

  /** Closes the program, then the driver. */
  async close() {
    try {
      if (this.#session) await this.#ask("DELETE", "");
    } finally {
      await end(this.#driver);
    }
  }
}
