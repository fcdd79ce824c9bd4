// What a person sets with one tap. A preset sets a group of options that belong together and leaves the others as the
// person left them; with none of them, `auto` looks at the page and chooses.
//
//   Photo         grain that keeps the tones, levels stretched to the paper's, a little more contrast because thermal
//                 paper is flat
//   Text & lines  edges stay edges. Pixels become black or white by a level that the page itself gives; what has both
//                 (PDF, drawings) keeps its pictures as tones
//   Label         one label, edges only: a bar code with grain cannot be read. No cut and no paper after it, because the
//                 printer finds the next label itself
import type { PageOptions } from "$lib/generated/contract";
import { DEFAULTS, isPicture, isText } from "./options";
import { labelFor } from "./paper";

export type Preset = "photo" | "lines" | "label";

/** What a preset is chosen for. */
export interface Subject {
  /** Kind of the document. */
  kind: string;
  /** Width of the print head in millimetres. */
  headMm: number;
}

type Tone = Pick<PageOptions, "dither" | "threshold" | "autoLevels" | "brightness" | "contrast" | "gamma" | "sharpness">;

const PLAIN: Tone = { dither: "auto", threshold: 128, autoLevels: false, brightness: 0, contrast: 0, gamma: 100, sharpness: 0 };

function toneOf(preset: Preset, kind: string): Tone {
  if (isText(kind)) return PLAIN;
  if (preset === "photo") return { ...PLAIN, dither: "floyd-steinberg", autoLevels: true, contrast: 10, sharpness: 20 };
  if (preset === "label") return { ...PLAIN, dither: "threshold" };
  return { ...PLAIN, dither: isPicture(kind) ? "otsu" : "mixed", sharpness: isPicture(kind) ? 20 : 0 };
}

/** The presets that make sense for a kind of document, in their order. */
export function presetsFor(kind: string): readonly Preset[] {
  return isText(kind) ? ["lines", "label"] : ["photo", "lines", "label"];
}

/** The preset that these options are, if any. */
export function presetOf(options: PageOptions, kind: string): Preset | null {
  const toned = (preset: Preset) => {
    const tone = toneOf(preset, kind);
    return (Object.keys(tone) as (keyof Tone)[]).every((key) => options[key] === tone[key]);
  };
  const label = options.paper !== null && options.feed === 0 && options.cut === "none";
  return presetsFor(kind).find((preset) => (preset === "label") === label && toned(preset)) ?? null;
}

/** What was set for a label goes back to what it is without one. */
function withoutLabel(options: PageOptions): PageOptions {
  const { paper, margin, fit, cut, feed } = DEFAULTS;
  return { ...options, paper, margin, fit, cut, feed };
}

/** The options with a preset, or with none. */
export function withPreset(options: PageOptions, preset: Preset | null, subject: Subject): PageOptions {
  const before = presetOf(options, subject.kind) === "label" && preset !== "label" ? withoutLabel(options) : options;
  if (preset === null) return { ...before, ...PLAIN };
  const next = { ...before, ...toneOf(preset, subject.kind) };
  if (preset !== "label") return next;
  return { ...next, paper: next.paper ?? labelFor(subject.headMm), margin: 0, fit: "fit", cut: "none", feed: 0 };
}

/** The options for the next document: what was said about the one before (its part, turn and pages) is not said about it. */
export function carriedOn(options: PageOptions, before: string, subject: Subject): PageOptions {
  const { crop, rotate, pages } = DEFAULTS;
  const next = { ...options, crop, rotate, pages };
  if (before === subject.kind) return next;
  const preset = presetOf(options, before);
  const same = preset !== null && presetsFor(subject.kind).includes(preset) && !(isText(before) && preset === "lines");
  if (same) return withPreset(next, preset, subject);
  return isText(subject.kind) ? withPreset(next, null, subject) : next;
}
