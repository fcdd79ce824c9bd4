// Sizes of paper in the contract's tenths of a millimetre, and the ruler beside the preview.
import type { PageOptions } from "$lib/generated/contract";

export type Paper = NonNullable<PageOptions["paper"]>;

/** The smallest and the largest side that the contract takes. */
export const LEAST_SIDE = 50;
export const MOST_SIDE = 50_000;

/** Labels that are sold everywhere, small to large. */
const LABELS: readonly (readonly [width: number, height: number])[] = [
  [30, 20],
  [40, 30],
  [50, 30],
  [60, 40],
  [70, 50],
  [100, 50],
  [100, 100],
  [100, 150],
];

/** Sheets with names of their own: ISO 216 and ANSI. */
const SHEETS: readonly (readonly [name: string, width: number, height: number])[] = [
  ["A6", 105, 148],
  ["A5", 148, 210],
  ["A4", 210, 297],
  ["Letter", 215.9, 279.4],
];

export interface Size {
  /** Empty when its measures are its name. */
  name: string;
  paper: Paper;
}

const tenths = (mm: number) => Math.round(mm * 10);

const SIZES: readonly Size[] = [
  ...LABELS.map(([width, height]) => ({ name: "", paper: { width: tenths(width), height: tenths(height) } })),
  ...SHEETS.map(([name, width, height]) => ({ name, paper: { width: tenths(width), height: tenths(height) } })),
];

/** How much wider the paper may be than the print head: a roll of 58 mm has a head of 48 mm. */
const BEYOND_HEAD = 10;

/** The sizes that go into a printer whose head is `headMm` wide. */
export function sizesFor(headMm: number): readonly Size[] {
  return SIZES.filter(({ paper }) => paper.width <= tenths(headMm + BEYOND_HEAD));
}

/** The largest common label that the head covers from edge to edge. */
export function labelFor(headMm: number): Paper {
  const [smallest] = LABELS;
  const [width, height] = LABELS.findLast(([width]) => width <= headMm + 0.5) ?? smallest ?? [30, 20];
  return { width: tenths(width), height: tenths(height) };
}

/** A size as the value of a choice, and back. */
export const sizeKey = (paper: Paper) => `${paper.width}x${paper.height}`;

export function sizeOf(key: string): Paper | null {
  const [width, height] = key.split("x").map(Number);
  return width && height ? { width, height } : null;
}

/** Millimetres as a person types them, as tenths within the range; NaN stays what it was. */
export function sideFrom(mm: number, before: number): number {
  return Number.isFinite(mm) ? Math.min(MOST_SIDE, Math.max(LEAST_SIDE, tenths(mm))) : before;
}

export interface Tick {
  /** From the start of the visible part, in the unit of the screen. */
  at: number;
  mm: number;
  /** It carries its number. */
  labelled: boolean;
  /** Half way between two numbers. */
  middle: boolean;
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const ROOM_FOR_NUMBER = 44;
const ROOM_FOR_TICK = 4;

/**
 * The ticks of a ruler that is `length` long on the screen, on which a millimetre is `perMm` long and 0 mm lies at
 * `zero` (below nothing when the page is scrolled), for paper of `paperMm`.
 */
export function ticks(zero: number, length: number, perMm: number, paperMm: number): Tick[] {
  if (!(perMm > 0) || !(length > 0) || !(paperMm > 0)) return [];
  const step = (room: number) => STEPS.find((one) => one * perMm >= room) ?? 10_000;
  const number = step(ROOM_FOR_NUMBER);
  const small = STEPS.find((one) => one * perMm >= ROOM_FOR_TICK && number % one === 0) ?? number;
  const first = Math.max(0, Math.ceil(-zero / perMm / small));
  const last = Math.floor(Math.min((length - zero) / perMm, paperMm + 1e-6) / small);
  const found: Tick[] = [];
  for (let index = first; index <= last; index += 1) {
    const mm = index * small;
    found.push({ at: zero + mm * perMm, mm, labelled: mm % number === 0, middle: (mm * 2) % number === 0 });
  }
  return found;
}
