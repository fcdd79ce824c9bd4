// The catalogue of models: asked for once, when a screen needs it.
import type { ModelView } from "./generated/contract";
import { live } from "./state.svelte";

class Models {
  all = $state.raw<ModelView[]>([]);
  #asked = false;

  /** Asks once; a failed question may be asked again. */
  load(): void {
    if (this.#asked) return;
    this.#asked = true;
    live.call("models.list").then(
      (models) => (this.all = models),
      () => (this.#asked = false), // The screens work without it: names and cutters come later.
    );
  }

  get(id: string): ModelView | undefined {
    return this.all.find((model) => model.id === id);
  }
}

export const models = new Models();
