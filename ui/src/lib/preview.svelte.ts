// The live preview: dot for dot what the printer will burn, because it is decoded from what it will be sent.
// At most one request is under way, and the newest wish waits; those between are never asked for. What is shown stays until
// the new page can be shown, so nothing flickers. One page is looked at, and only that one is asked for.
import type { ErrorView, PageOptions, PageView, PreviewView, RenderPreview } from "$lib/generated/contract";
import { toErrorView } from "./backend/backend";
import { pictureOf } from "./blobs";
import { changedOptions } from "./options";

/** A slider gives many steps at once; this gathers them. Short, so that the page follows the finger. */
const GATHER = 20;

export interface Wish {
  document: string;
  printer: string;
  /** The printer's own width in dots: another model draws another page. */
  width: number;
  options: PageOptions;
}

export interface Shown {
  view: PreviewView;
  sheet: PageView;
  /** Which page of paper, from 0. */
  page: number;
  picture: string;
  /** The same page in grey, before it became dots, while both are compared. */
  grey: string | null;
}

export type Render = (request: RenderPreview) => Promise<PreviewView>;
export type Picture = (handle: string) => Promise<string>;

/** A picture that can be shown without a moment of nothing. */
export async function decoded(handle: string): Promise<string> {
  const address = await pictureOf(handle);
  const image = new Image();
  image.src = address;
  await image.decode();
  return address;
}

/** What a request for some pages carries. */
export function requestFor(wish: Wish, first: number, count: number): RenderPreview {
  return { document: wish.document, printer: wish.printer, options: changedOptions(wish.options), first, count };
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
  /** Counts what was wanted: a document, options, a page. */
  #number = 0;
  #running = false;
  #page = 0;
  #comparing = false;

  constructor(render: Render, picture: Picture = decoded) {
    this.#render = render;
    this.#picture = picture;
  }

  /** Asks for a preview, as soon as the one under way is there. `null` clears it. The number of copies changes no page. */
  want(wish: Wish | null): void {
    const key = wish ? JSON.stringify({ ...wish, options: { ...wish.options, copies: 1, collate: true } }) : "";
    if (key === this.#key) return;
    this.#key = key;
    if (wish?.document !== this.#wish?.document) this.#page = 0;
    this.#number += 1;
    this.#wish = wish;
    if (wish) return this.#soon();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.shown = null;
    this.error = null;
    this.busy = false;
  }

  /** The same wish once more, after what stood in its way is gone. */
  again(): void {
    if (!this.#wish) return;
    this.#number += 1;
    this.#soon();
  }

  /** Looks at another page. */
  turnTo(page: number): void {
    this.#page = Math.max(0, page);
    this.again();
  }

  /** Fetches the grey of the page too, or no longer. */
  compare(on: boolean): void {
    if (this.#comparing === on) return;
    this.#comparing = on;
    this.again();
  }

  #soon(): void {
    this.busy = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, GATHER);
  }

  async #draw(wish: Wish, again = false): Promise<Shown> {
    let page = this.#page;
    let view = await this.#render(requestFor(wish, page, 1));
    if (view.pages.length === 0 && page > 0) {
      // There are fewer pages now than there were.
      page = Math.max(0, view.pageCount - 1);
      view = await this.#render(requestFor(wish, page, 1));
    }
    const [sheet] = view.pages;
    if (!sheet) throw new Error("a preview without a page");
    try {
      const [picture, grey] = await Promise.all([this.#picture(sheet.dots), this.#comparing ? this.#picture(sheet.grey) : null]);
      return { view, sheet, page: view.first, picture, grey };
    } catch (thrown) {
      // The engine keeps the newest previews only: this one was let go before it was fetched.
      if (again || toErrorView(thrown).code !== "preview_unknown") throw thrown;
      return this.#draw(wish, true);
    }
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
        const shown = await this.#draw(wish);
        // While a slider moves on, each page that came is shown; the page of another document never is.
        if (!this.#wish || this.#wish.document !== wish.document || this.#wish.printer !== wish.printer) continue;
        this.shown = shown;
        this.error = null;
        if (mine === this.#number) this.#page = shown.page;
      } catch (thrown) {
        if (mine !== this.#number) continue;
        this.error = toErrorView(thrown);
        this.#key = ""; // The same wish may be asked again.
      }
    }
    this.#running = false;
    this.busy = this.#timer !== undefined;
  }
}
