// The models of printers: asked for when a screen needs them. The user's own are among them and may have changed, so what
// was heard last is shown until the new answer is there.
import type { ModelView } from "./generated/contract";
import { live } from "./state.svelte";

class Models {
  all = $state.raw<ModelView[]>([]);
  #asking = false;

  /** Asks, unless that is under way. */
  load(): void {
    if (this.#asking) return;
    this.#asking = true;
    live
      .call("models.list")
      .then(
        (models) => (this.all = models),
        () => undefined, // The screens work without it: names and cutters come later.
      )
      .finally(() => (this.#asking = false));
  }

  get(id: string): ModelView | undefined {
    return this.all.find((model) => model.id === id);
  }
}

export const models = new Models();
