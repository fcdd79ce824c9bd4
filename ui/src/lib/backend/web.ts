// The browser door: HTTP on the loopback interface, a token in a header, events as lines of JSON.
// A dead connection is noticed by silence: the door sends a blank line every 20 s.
import type { ErrorView, EventView } from "$lib/generated/contract";
import { isErrorView, localError, toErrorView, type Backend, type Follower, type Position } from "./backend";
import { backOff, LineCutter } from "./lines";

const SILENCE = 50_000;

/** The handle's own slashes stay; everything else that is special in an address is escaped. */
function handlePath(handle: string): string {
  return handle.split("/").map(encodeURIComponent).join("/");
}

async function refusal(response: globalThis.Response): Promise<ErrorView> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null && "error" in body && isErrorView(body.error)) return body.error;
  } catch {
    // Not JSON: the status says enough.
  }
  if (response.status === 401) return localError("unauthorised", "after-remedy");
  if (response.status === 413) return localError("too_large", "no");
  if (response.status === 429) return localError("too_many_requests");
  return localError("door_unreachable");
}

export function webBackend(token: () => string | null): Backend {
  async function send(path: string, init: RequestInit): Promise<globalThis.Response> {
    const held = token();
    if (!held) throw localError("unauthorised", "after-remedy");
    let response: globalThis.Response;
    try {
      response = await fetch(path, {
        ...init,
        headers: { ...init.headers, Authorization: `Bearer ${held}` },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
    } catch (thrown) {
      if (init.signal?.aborted) throw thrown;
      throw localError("door_unreachable");
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }

  async function result<T>(response: globalThis.Response): Promise<T> {
    const body = (await response.json()) as { result: T };
    return body.result;
  }

  async function read(after: Position, follower: Follower, signal: AbortSignal): Promise<Position> {
    const quiet = new AbortController();
    let timer = setTimeout(() => quiet.abort(), SILENCE);
    const stop = AbortSignal.any([signal, quiet.signal]);
    let position = after;
    try {
      const path = `/api/events?epoch=${encodeURIComponent(after.epoch)}&after=${after.seq}`;
      const response = await send(path, { signal: stop });
      follower.onLink("live");
      if (!response.body) return position;
      const cutter = new LineCutter();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return position;
        clearTimeout(timer);
        timer = setTimeout(() => quiet.abort(), SILENCE);
        for (const line of cutter.push(value)) {
          if (line === "" || signal.aborted) continue;
          const message: unknown = JSON.parse(line);
          if (isErrorView(message)) throw message;
          const event = message as EventView;
          position = { epoch: event.epoch, seq: event.seq };
          follower.onEvent(event);
        }
      }
    } catch (thrown) {
      if (isErrorView(thrown) && thrown.code !== "door_unreachable") throw thrown;
      return position; // Broken or silent: the caller tries again from here.
    } finally {
      clearTimeout(timer);
      quiet.abort();
    }
  }

  return {
    async call(method, ...params) {
      const response = await send("/api/call", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ method, params: params[0] ?? {} }),
      });
      return result(response);
    },

    async addDocument(file, name) {
      const response = await send(`/api/documents?name=${encodeURIComponent(name)}`, {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: file,
      });
      return result(response);
    },

    async blob(handle) {
      const response = await send(`/api/blob/${handlePath(handle)}`, {});
      return response.blob();
    },

    events(after, follower) {
      const stop = new AbortController();
      let wake: (() => void) | null = null;
      const hurry = () => wake?.();
      addEventListener("online", hurry);
      document.addEventListener("visibilitychange", hurry);

      async function run(): Promise<void> {
        let position = after;
        let attempt = 0;
        while (!stop.signal.aborted) {
          const before = position;
          try {
            position = await read(position, follower, stop.signal);
          } catch (thrown) {
            if (stop.signal.aborted) return;
            const error = toErrorView(thrown);
            if (error.code === "event_gap") return follower.onGap();
            if (error.retry !== "later") return follower.onRefused(error);
          }
          if (stop.signal.aborted) return;
          follower.onLink("reconnecting");
          attempt = position.seq === before.seq ? attempt + 1 : 0;
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, backOff(attempt, Math.random()));
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
            stop.signal.addEventListener("abort", () => wake?.(), { once: true });
          });
          wake = null;
        }
      }

      void run();
      return () => {
        stop.abort();
        removeEventListener("online", hurry);
        document.removeEventListener("visibilitychange", hurry);
      };
    },
  };
}
