// How a document becomes a page: the contract's `PageOptions` with their defaults, and what of it applies to a document.
// Presets are in `presets.ts`, sizes of paper in `paper.ts`. Deliberately absent: what an option does; Rust knows that.
import type { PageOptions } from "$lib/generated/contract";

export const DEFAULTS: PageOptions = {
  width: null,
  paper: null,
  margin: 0,
  orientation: "auto",
  fit: "fit",
  crop: null,
  rotate: 0,
  pages: "",
  perSheet: 1,
  duplex: "off",
  copies: 1,
  collate: true,
  dither: "auto",
  depth: 1,
  threshold: 128,
  autoLevels: false,
  brightness: 0,
  contrast: 0,
  gamma: 100,
  sharpness: 0,
  invert: false,
  cut: "partial",
  feed: 3,
  textSize: 28,
};

/** Ways from grey to dots, by what they look like. `auto` stands before them all. */
export const DITHERS = {
  solid: ["threshold", "otsu", "adaptive"],
  grain: ["mixed", "floyd-steinberg", "atkinson", "jarvis", "stucki", "sierra-lite", "blue-noise"],
  pattern: ["bayer4", "bayer8", "clustered"],
} as const satisfies Record<string, readonly PageOptions["dither"][]>;

export const CUTS: readonly PageOptions["cut"][] = ["none", "partial", "full"];
export const ORIENTATIONS: readonly PageOptions["orientation"][] = ["auto", "portrait", "landscape"];
export const PER_SHEET: readonly PageOptions["perSheet"][] = [1, 2, 4, 6, 8, 9, 16];
export const SIDES: readonly PageOptions["duplex"][] = ["off", "long-edge", "short-edge"];

/** Scalings that differ from each other: on a roll nothing can be filled, because it is as long as the page. */
export function fitsFor(paper: PageOptions["paper"]): readonly PageOptions["fit"][] {
  return paper ? ["fit", "fill", "actual"] : ["fit", "actual"];
}

/** A quarter turn clockwise from `now`. */
export function turned(now: PageOptions["rotate"]): PageOptions["rotate"] {
  const next = { 0: 90, 90: 180, 180: 270, 270: 0 } as const;
  return next[now];
}

/** Text that is set for the paper: it has a size of its own, and nothing to crop or to scale. */
export function isText(kind: string): boolean {
  return kind === "text" || kind === "markdown";
}

/** Kinds whose content is a grid of pixels: a photo, a screenshot, a scan. */
export function isPicture(kind: string): boolean {
  return ["png", "jpeg", "webp", "gif", "bmp", "tiff"].includes(kind);
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Only what differs from the defaults: what a request carries. */
export function changedOptions(options: PageOptions): Partial<PageOptions> {
  const entries = Object.entries(options).filter(([key, value]) => !same(value, DEFAULTS[key as keyof PageOptions]));
  return Object.fromEntries(entries) as Partial<PageOptions>;
}

/** A whole number within its range; what is not a number becomes `fallback`. */
export function within(value: number, least: number, most: number, fallback: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.round(value))) : fallback;
}
