// Fault 19 with a real browser: pages that are not ours attack the door on loopback. They know the port and, to be as
// strong as they can be, the token. The names are mapped inside of this browser, as a hostile DNS would (rebinding).
//
//   node ui/e2e/foreign.mjs

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { task } from "../../xtask/children.mjs";
import { openBrowser } from "./browser.mjs";
import { Stopped, Tally } from "./tally.mjs";
import { openWorld } from "./world.mjs";

const PAGE = "<!doctype html><title>elsewhere</title><body></body>";

/** A site of somebody else's on this machine. */
async function openSite() {
  const server = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(PAGE));
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { port: server.address().port, close };
}

/** Everything that a page can try against `target`; what it could read or load of it. Runs inside of the page. */
async function attack({ target, token }) {
  const taken = [];
  const attempt = async (name, work) => {
    try {
      const found = await work();
      if (found) taken.push(`${name}: ${found}`);
    } catch {
      // Refused: what should happen.
    }
  };
  const change = JSON.stringify({ method: "settings.change", params: { theme: "dark" } });
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  await attempt("call", async () => (await fetch(`${target}/api/call`, { method: "POST", headers, body: change })).status);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"]) {
    const init = { method: "POST", mode: "no-cors", headers: { "Content-Type": type }, body: change };
    await attempt(`simple ${type}`, async () => (await fetch(`${target}/api/call`, init)).status);
  }
  await attempt("read the page", async () => (await fetch(`${target}/`)).status);
  await attempt("events", async () => (await fetch(`${target}/api/events`, { headers })).status);
  await attempt("beacon", async () => void navigator.sendBeacon(`${target}/api/call`, change));
  const load = (tag, attribute, path) =>
    new Promise((resolve) => {
      const element = document.createElement(tag);
      element.onload = () => resolve("loaded");
      element.onerror = () => resolve(null);
      element[attribute] = target + path;
      document.body.append(element);
    });
  await attempt("script", () => load("script", "src", "/index.html"));
  await attempt("picture", () => load("img", "src", "/"));
  await attempt("socket", () =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${target.replace("http", "ws")}/api/events`);
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve(null);
    }),
  );
  return taken;
}

await task(async () => {
  const tally = new Tally();
  const step = (name, work) => tally.step("foreign", name, work);
  const door = await openWorld();
  const site = await openSite();
  // Without the browser's own guard of the local network: what is tested is ours.
  const switches = ["--host-resolver-rules=MAP *.example 127.0.0.1", "--disable-features=LocalNetworkAccessChecks"];
  const browser = await openBrowser(switches);
  try {
    const { port } = new URL(door.origin);
    const token = /token=([0-9a-f]{64})/.exec(door.url)[1];
    const context = await browser.newContext();
    const before = await door.call("settings.show");
    const nothingDone = async () => assert.deepEqual(await door.call("settings.show"), before);

    await step("a page of another site gets nothing, even with the token", async () => {
      const page = await context.newPage();
      await page.goto(`http://evil.example:${site.port}/`);
      assert.deepEqual(await page.evaluate(attack, { target: door.origin, token }), []);
      assert.deepEqual(await page.evaluate(attack, { target: `http://localhost:${port}`, token }), []);
      await nothingDone();
    });

    await step("nor does a page of another port of this machine", async () => {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${site.port}/`);
      assert.deepEqual(await page.evaluate(attack, { target: door.origin, token }), []);
      await nothingDone();
    });

    await step("a name that was bound to this machine is not our name", async () => {
      const page = await context.newPage();
      const target = `http://rebound.example:${port}`;
      // The first visit went to the attacker's machine; then the name was bound to this one.
      await page.route(`${target}/`, (route) => route.fulfill({ contentType: "text/html", body: PAGE }), { times: 1 });
      await page.goto(`${target}/`);
      const found = await page.evaluate(attack, { target, token });
      // The same origin as far as the browser knows, so it may read our refusals; there is nothing else to read.
      assert.ok(found.length > 0);
      for (const line of found) assert.match(line, /: 421$/, line);
      await nothingDone();
    });

    await step("the door is not shown in anybody's frame", async () => {
      const page = await context.newPage();
      await page.goto(`http://evil.example:${site.port}/`);
      await page.evaluate((src) => new Promise((resolve) => {
        const frame = document.createElement("iframe");
        frame.onload = resolve;
        frame.src = src;
        document.body.append(frame);
      }), `${door.origin}/`);
      const shown = await Promise.all(page.frames().slice(1).map((frame) => frame.locator("body *").count().catch(() => 0)));
      assert.ok(!page.frames().some((frame) => frame.url().startsWith(door.origin) && shown[0] > 0), page.frames().map((f) => f.url()).join());
    });

    await step("our own page still works", async () => {
      const page = await context.newPage();
      await page.goto(door.url);
      await page.getByTestId("nav-printers").first().waitFor();
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    await browser.close();
    await site.close();
    await door.close();
  }
  return tally.report();
});
