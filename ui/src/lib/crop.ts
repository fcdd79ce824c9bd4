// The part of a page that is printed, in the contract's hundredths of a percent of the page as it is seen upright.
// Whole numbers only: what is dragged, typed and sent is the same.
import type { PageOptions } from "$lib/generated/contract";

export type Crop = NonNullable<PageOptions["crop"]>;
export type Edge = "left" | "top" | "right" | "bottom";

export const WHOLE = 10_000;
/** A smaller part could not be taken hold of. */
export const LEAST = 200;

export const ALL: Crop = { left: 0, top: 0, width: WHOLE, height: WHOLE };

const between = (value: number, least: number, most: number) => Math.min(most, Math.max(least, Math.round(value)));

/** Where an edge lies, from the left or the top of the page. */
export function edgeAt(crop: Crop, edge: Edge): number {
  if (edge === "left") return crop.left;
  if (edge === "top") return crop.top;
  return edge === "right" ? crop.left + crop.width : crop.top + crop.height;
}

/** The least and the most that an edge can be at while the others stay. */
export function edgeRange(crop: Crop, edge: Edge): [least: number, most: number] {
  if (edge === "left") return [0, crop.left + crop.width - LEAST];
  if (edge === "top") return [0, crop.top + crop.height - LEAST];
  return edge === "right" ? [crop.left + LEAST, WHOLE] : [crop.top + LEAST, WHOLE];
}

/** Moves one edge; the others stay. */
export function withEdge(crop: Crop, edge: Edge, to: number): Crop {
  const [least, most] = edgeRange(crop, edge);
  const at = between(to, least, most);
  if (edge === "left") return { ...crop, left: at, width: crop.left + crop.width - at };
  if (edge === "top") return { ...crop, top: at, height: crop.top + crop.height - at };
  return edge === "right" ? { ...crop, width: at - crop.left } : { ...crop, height: at - crop.top };
}

/** Moves the whole part; it stays on the page and keeps its size. */
export function moved(crop: Crop, across: number, down: number): Crop {
  return {
    ...crop,
    left: between(crop.left + across, 0, WHOLE - crop.width),
    top: between(crop.top + down, 0, WHOLE - crop.height),
  };
}

/** Nothing to cut off is no crop. */
export function cropOf(crop: Crop): Crop | null {
  return crop.left === 0 && crop.top === 0 && crop.width === WHOLE && crop.height === WHOLE ? null : crop;
}
