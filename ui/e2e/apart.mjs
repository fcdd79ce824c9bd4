// A Platen without a simulated world of its own, and a world that runs beside it as a real platform would. Between them
// is a line that can lose the platform's answers after it has acted: the reason why jobs can be uncertain (rule C-23).

import { createServer, request } from "node:http";
import { join } from "node:path";
import { end, start } from "../../xtask/children.mjs";
import { Door } from "./door.mjs";
import { built, firstLine, folder } from "./world.mjs";

const QUIET = { stdio: ["ignore", "pipe", "inherit"] };

/** Starts `platen serve` on `data`; without a world unless `sim`. Call `stop` in every case. */
export async function serve(data, { sim = false, port = 0 } = {}) {
  const child = start(built("platen"), ["--data", data, "serve", ...(sim ? ["--sim"] : []), "--json", "--port", String(port)], QUIET);
  const stop = () => end(child);
  try {
    const { url, token } = await firstLine(child);
    const { origin, port: taken } = new URL(url);
    return Object.assign(new Door({ origin, token }), { url, origin, port: Number(taken), stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts `platen sim`: a platform with two printers, or three with one for an `office`. */
async function openPlatform(data, speed, office) {
  const more = office ? ["--office"] : [];
  const child = start(built("platen"), ["--data", join(data, "none"), "sim", "--dir", join(data, "world"), "--speed", String(speed), ...more, "--json"], QUIET);
  const stop = () => end(child);
  try {
    const hello = await firstLine(child);
    const ask = async (path, init) => {
      const answer = await fetch(hello.http + path, init);
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return answer.json();
    };
    const act = (sn, act) =>
      ask("/world/act", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sn, act }) });
    return { ...hello, act, sheets: (sn) => ask(`/world/sheets/${sn}`), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Passes HTTP on to `target`; `lose(count)` makes the answers to the next new jobs get lost. */
async function openLine(target) {
  const { hostname, port } = new URL(target);
  let losing = 0;
  const server = createServer((asked, answer) => {
    const drop = () => asked.socket.destroy();
    const onward = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (given) => {
      if (losing > 0 && asked.method === "POST" && asked.url.endsWith("/print-jobs")) {
        losing -= 1;
        given.resume().once("end", drop);
        return;
      }
      answer.writeHead(given.statusCode, given.headers);
      given.pipe(answer);
    });
    onward.once("error", drop);
    asked.pipe(onward);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { address: `http://127.0.0.1:${server.address().port}`, lose: (count = 1) => (losing = count), stop };
}

/** Opens everything. `profile` reaches the platform over the line; without `lookUp` it offers no list of jobs. */
export async function openApart({ speed = 1, lookUp = true, office = false } = {}) {
  const data = await folder();
  const open = [];
  const close = async () => {
    for (const { stop } of open.reverse()) await stop();
    await data.remove();
  };
  try {
    const platform = await openPlatform(data.path, speed, office);
    open.push(platform);
    const line = await openLine(platform.http);
    open.push(line);
    const door = await serve(join(data.path, "platen"));
    open.push(door);
    let profile = platform.profile.replaceAll(platform.http, line.address);
    if (!lookUp) profile = profile.replace(/^jobList = .*\n/m, "");
    return Object.assign(door, { platform, line, profile, close });
  } catch (error) {
    await close();
    throw error;
  }
}
