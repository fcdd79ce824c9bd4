// The engine's own door, for a test that looks over the UI's shoulder: calls, pictures, and waiting for events.
// Nothing here sleeps: `until` looks again after each event.

import { createHash } from "node:crypto";

/** How long anything may take before a walk gives up. Generous: the machine may be building at the same time. */
export const PATIENCE = 120_000;

/** What the door answered when it refused. */
export class Refused extends Error {
  constructor(method, error) {
    super(`${method}: ${error.code}: ${error.message}`);
    this.code = error.code;
  }
}

export class Door {
  #origin;
  #headers;

  constructor({ origin, token }) {
    this.#origin = origin;
    this.#headers = { Authorization: `Bearer ${token}` };
  }

  async #send(path, init = {}) {
    return fetch(new URL(path, this.#origin), { ...init, headers: { ...init.headers, ...this.#headers } });
  }

  /** Calls a method of the contract. */
  async call(method, params = {}) {
    const answer = await this.#send("/api/call", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ method, params }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body = await answer.json();
    if (body.error) throw new Refused(method, body.error);
    return body.result;
  }

  /** Hands in a document; gives its view. */
  async upload(name, bytes) {
    const answer = await this.#send(`/api/documents?name=${encodeURIComponent(name)}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: bytes,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body = await answer.json();
    if (body.error) throw new Refused(name, body.error);
    return body.result;
  }

  /** A picture's bytes. */
  async blob(handle) {
    const path = handle.split("/").map(encodeURIComponent).join("/");
    const answer = await this.#send(`/api/blob/${path}`, { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`blob ${handle}: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Every event after `seq`, until `signal`. */
  async *events({ epoch, seq }, signal) {
    const answer = await this.#send(`/api/events?epoch=${epoch}&after=${seq}`, { signal });
    if (!answer.ok) throw new Error(`events: ${answer.status} ${await answer.text()}`);
    let rest = "";
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
    }
  }

  /** Asks `look` now and after each event until it gives something; `what` says what was missed. */
  async until(what, look) {
    const ends = new AbortController();
    const late = setTimeout(() => ends.abort(), PATIENCE);
    try {
      const start = await this.call("state.snapshot");
      const first = await look();
      if (first) return first;
      for await (const event of this.events(start, ends.signal)) {
        const found = await look(event);
        if (found) return found;
      }
      throw new Error(`the events ended before: ${what}`);
    } catch (error) {
      throw ends.signal.aborted ? new Error(`waited too long for: ${what}`) : error;
    } finally {
      clearTimeout(late);
      ends.abort();
    }
  }

  /** A job's end. */
  async jobEnd(jobId) {
    const ended = ["done", "failed", "cancelled", "uncertain"];
    return this.until(`the end of job ${jobId}`, async () => {
      const job = await this.call("job.show", { jobId });
      return ended.includes(job.state) ? job : null;
    });
  }

  /** The sheets of one job that lie below a simulated printer, by page. */
  async sheets(sn, job) {
    const sheets = await this.call("world.paper", { sn });
    return sheets.filter((sheet) => sheet.jobId === job.platformJobId).sort((a, b) => a.page - b.page);
  }
}

/** SHA-256 as hexadecimal digits. */
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
