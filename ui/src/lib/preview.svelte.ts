// The live preview: dot for dot what the printer will burn, because it is decoded from what it will be sent.
// At most one request is under way; the newest wish waits; answers to older wishes are dropped. What is shown stays until
// the new pages can be shown, so nothing flickers.
import type { ErrorView, PageOptions, PreviewView } from "$lib/generated/contract";
import { toErrorView } from "./backend/backend";
import { pictureOf } from "./blobs";
import { changedOptions } from "./options";

const PAUSE = 120;

export interface Wish {
  document: string;
  printer: string;
  /** The printer's own width in dots: another model draws another page. */
  width: number;
  options: PageOptions;
}

export interface Shown {
  view: PreviewView;
  pictures: string[];
}

type Render = (wish: { document: string; printer: string; options: Partial<PageOptions> }) => Promise<PreviewView>;
type Picture = (handle: string) => Promise<string>;

async function decoded(handle: string): Promise<string> {
  const address = await pictureOf(handle);
  const image = new Image();
  image.src = address;
  await image.decode();
  return address;
}

export class Preview {
  shown = $state.raw<Shown | null>(null);
  error = $state.raw<ErrorView | null>(null);
  busy = $state(false);

  #render: Render;
  #picture: Picture;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wish: Wish | null = null;
  #key = "";
  #number = 0;
  #running = false;

  constructor(render: Render, picture: Picture = decoded) {
    this.#render = render;
    this.#picture = picture;
  }

  /** Asks for a preview once the person pauses. `null` clears it. The number of copies changes no page. */
  want(wish: Wish | null): void {
    const key = wish ? JSON.stringify({ ...wish, options: { ...wish.options, copies: 1 } }) : "";
    if (key === this.#key) return;
    this.#key = key;
    clearTimeout(this.#timer);
    this.#number += 1;
    this.#wish = wish;
    if (!wish) {
      this.shown = null;
      this.error = null;
      this.busy = false;
      return;
    }
    this.busy = true;
    this.#timer = setTimeout(() => void this.#run(), PAUSE);
  }

  async #run(): Promise<void> {
    if (this.#running) return; // The one under way looks for a newer wish when it ends.
    this.#running = true;
    let answered = -1;
    while (this.#wish && answered !== this.#number) {
      const wish: Wish = this.#wish;
      const mine = this.#number;
      answered = mine;
      try {
        const options = changedOptions(wish.options);
        const view = await this.#render({ document: wish.document, printer: wish.printer, options });
        const pictures = await Promise.all(view.pages.map((page) => this.#picture(page.dots)));
        if (mine !== this.#number) continue;
        this.shown = { view, pictures };
        this.error = null;
      } catch (thrown) {
        if (mine !== this.#number) continue;
        this.error = toErrorView(thrown);
        this.#key = ""; // The same wish may be asked again.
      }
    }
    this.#running = false;
    this.busy = false;
  }
}
