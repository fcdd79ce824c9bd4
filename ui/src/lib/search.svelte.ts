// The search for what is near: it runs while a screen wants it, and not a moment longer, because a radio that listens
// costs battery. Several screens may want it at once.
import type { ErrorView } from "./generated/contract";
import { toErrorView } from "./backend";
import { live } from "./state.svelte";

class Search {
  /** Why nobody searches. */
  trouble = $state.raw<ErrorView | null>(null);
  #wanted = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** Begins to search; returns how to stop. */
  begin(): () => void {
    this.#wanted += 1;
    if (this.#wanted === 1) this.#ask("nearby.start");
    let on = true;
    return () => {
      if (!on) return;
      on = false;
      this.#wanted -= 1;
      if (this.#wanted === 0) this.#ask("nearby.stop");
    };
  }

  /** Once more, after the person has done what the remedy says. */
  again(): void {
    this.#ask("nearby.start");
  }

  /** One call after the other: a stop must not overtake the start before it. */
  #ask(method: "nearby.start" | "nearby.stop"): void {
    this.#last = this.#last.then(async () => {
      try {
        live.take({ nearby: await live.call(method) });
        this.trouble = null;
      } catch (thrown) {
        this.trouble = toErrorView(thrown);
      }
    });
  }
}

export const search = new Search();
