// The pages of a document, small: a few at a time, once they come into sight. They are grey, so a slider for tones needs
// none of them anew. What is shown stays until the new one is there.
import { SvelteMap } from "svelte/reactivity";
import { requestFor, type Picture, type Render, type Wish } from "./preview.svelte";
import { DEFAULTS } from "./options";

/** Pages of one request. */
const CHUNK = 6;
/** The paper may still be changing, for example under a slider for its margin. */
const PAUSE = 200;

/** What the place of everything on the paper depends on. */
function layoutOf(wish: Wish): Wish {
  const { copies, collate, dither, depth, threshold, autoLevels, brightness, contrast, gamma, sharpness, invert, cut, feed } = DEFAULTS;
  const plain = { copies, collate, dither, depth, threshold, autoLevels, brightness, contrast, gamma, sharpness, invert, cut, feed };
  return { ...wish, options: { ...wish.options, ...plain } };
}

export class Thumbs {
  readonly pictures = new SvelteMap<number, string>();

  #render: Render;
  #picture: Picture;
  #wish: Wish | null = null;
  #key = "";
  #asked = new Set<number>();
  #seen = new Set<number>();
  #queue: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  constructor(render: Render, picture: Picture) {
    this.#render = render;
    this.#picture = picture;
  }

  /** Follows a document and how it lies on the paper. */
  follow(wish: Wish | null): void {
    const next = wish ? layoutOf(wish) : null;
    const key = next ? JSON.stringify(next) : "";
    if (key === this.#key) return;
    if (next?.document !== this.#wish?.document) this.pictures.clear();
    this.#key = key;
    this.#wish = next;
    this.#asked.clear();
    this.#queue = [];
    for (const page of this.#seen) this.#ask(page);
  }

  /** This page has come into sight, or is out of it. */
  sight(page: number, seen: boolean): void {
    if (seen) {
      this.#seen.add(page);
      this.#ask(page);
    } else this.#seen.delete(page);
  }

  #ask(page: number): void {
    const first = page - (page % CHUNK);
    if (!this.#wish || this.#asked.has(first)) return;
    this.#asked.add(first);
    this.#queue.push(first);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), PAUSE);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    // The newest first: that is where somebody is looking.
    for (let first = this.#queue.pop(); first !== undefined; first = this.#queue.pop()) {
      const wish = this.#wish;
      const key = this.#key;
      if (!wish) break;
      try {
        const view = await this.#render(requestFor(wish, first, CHUNK));
        const pictures = await Promise.all(view.pages.map((page) => this.#picture(page.grey)));
        if (key !== this.#key) continue;
        pictures.forEach((picture, index) => this.pictures.set(view.first + index, picture));
      } catch {
        // Its frame stays empty. The page itself says what is wrong when somebody turns to it.
        this.#asked.delete(first);
      }
    }
    this.#running = false;
  }
}
