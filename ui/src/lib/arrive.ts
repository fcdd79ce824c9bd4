// Where the focus goes when what had it is gone: to the heading of what came instead, so that a keyboard goes on from
// there and a screen reader says where we are (WCAG 2.4.3).
import { tick } from "svelte";

function focusHeading(within: ParentNode): void {
  const heading = within.querySelector<HTMLElement>("h1, h2, h3");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

/** A new screen, or a new step of one: it starts at its top. */
export async function arrive(): Promise<void> {
  await tick();
  scrollTo(0, 0);
  const main = document.querySelector("main");
  if (main) focusHeading(main);
}

/** Something went away: only when it took the focus with it, the heading of what is around it gets the focus. */
export async function refocus(around?: Element | null): Promise<void> {
  await tick();
  if (document.activeElement && document.activeElement !== document.body) return;
  const place = around?.isConnected ? around : document.querySelector("main");
  if (place) focusHeading(place);
}
