// How a document becomes a page: the contract's `PageOptions` with their defaults, and the presets a person picks first.
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

export const DITHERS: readonly PageOptions["dither"][] = ["auto", "threshold", "floyd-steinberg", "atkinson", "bayer8"];
export const CUTS: readonly PageOptions["cut"][] = ["none", "partial", "full"];
export const ROTATIONS: readonly PageOptions["rotate"][] = [0, 90, 180, 270];

export type Preset = "auto" | "photo" | "lines";

/** What a preset sets; everything else stays as the person left it. */
export const PRESETS: Record<Preset, Pick<PageOptions, "dither" | "brightness" | "contrast">> = {
  auto: { dither: "auto", brightness: 0, contrast: 0 },
  photo: { dither: "floyd-steinberg", brightness: 8, contrast: 8 },
  lines: { dither: "threshold", brightness: 0, contrast: 0 },
};

/** The preset that these options are, if any. */
export function presetOf(options: PageOptions): Preset | null {
  const names: Preset[] = ["auto", "photo", "lines"];
  return (
    names.find((name) => {
      const preset = PRESETS[name];
      return (
        options.dither === preset.dither &&
        options.brightness === preset.brightness &&
        options.contrast === preset.contrast
      );
    }) ?? null
  );
}

/** Only what differs from the defaults: what a request carries. */
export function changedOptions(options: PageOptions): Partial<PageOptions> {
  const entries = Object.entries(options).filter(([key, value]) => value !== DEFAULTS[key as keyof PageOptions]);
  return Object.fromEntries(entries) as Partial<PageOptions>;
}

/** A whole number within its range; what is not a number becomes `fallback`. */
export function within(value: number, least: number, most: number, fallback: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.round(value))) : fallback;
}
