// The window's door: one command (`call`) and one event channel (`platen`).
// Events are heard from the start and kept for a while, so that none is lost between a snapshot and the first follower.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { EventView } from "$lib/generated/contract";
import { toErrorView, type Backend, type Follower } from "./backend";

const KEPT = 2_000;

async function ask<T>(args: Parameters<typeof invoke>[1], options?: Parameters<typeof invoke>[2]): Promise<T> {
  try {
    return await invoke<T>("call", args, options);
  } catch (thrown) {
    throw toErrorView(thrown);
  }
}

export function tauriBackend(): Backend {
  const kept: EventView[] = [];
  let follower: Follower | null = null;
  const listening = listen<EventView>("platen", ({ payload }) => {
    kept.push(payload);
    if (kept.length > KEPT) kept.shift();
    follower?.onEvent(payload);
  });

  return {
    async call(method, ...params) {
      await listening;
      return ask({ method, params: params[0] ?? {} });
    },

    async addDocument(file, name) {
      return ask(new Uint8Array(await file.arrayBuffer()), {
        headers: { "platen-method": "document.add", "platen-name": encodeURIComponent(name) },
      });
    },

    async blob(handle) {
      const bytes = await ask<ArrayBuffer>({ method: "blob.read", params: { handle } });
      return new Blob([bytes], { type: "image/png" });
    },

    events(after, next) {
      follower = next;
      next.onLink("live");
      for (const event of [...kept]) {
        if (follower !== next) break;
        if (event.epoch === after.epoch && event.seq > after.seq) next.onEvent(event);
      }
      return () => {
        if (follower === next) follower = null;
      };
    },
  };
}
