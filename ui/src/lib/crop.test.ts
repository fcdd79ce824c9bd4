import { describe, expect, it } from "vitest";
import { ALL, cropOf, edgeAt, LEAST, moved, WHOLE, withEdge, type Crop, type Edge } from "./crop";

const EDGES: Edge[] = ["left", "top", "right", "bottom"];
const sound = ({ left, top, width, height }: Crop) =>
  [left, top, width, height].every(Number.isInteger) && left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= WHOLE && top + height <= WHOLE;

describe("crop", () => {
  it("an edge goes where it is put, and the others stay", () => {
    const middle = { left: 2000, top: 1000, width: 5000, height: 6000 };
    for (const edge of EDGES) {
      const next = withEdge(middle, edge, edgeAt(middle, edge) + 500);
      expect(edgeAt(next, edge)).toBe(edgeAt(middle, edge) + 500);
      for (const other of EDGES.filter((one) => one !== edge)) expect([edge, other, edgeAt(next, other)]).toEqual([edge, other, edgeAt(middle, other)]);
    }
  });
  it("edges neither cross nor leave the page", () => {
    for (const edge of EDGES) {
      for (const to of [-5, 0.4, 3333.3, 9_999, 20_000]) {
        const next = withEdge({ left: 3000, top: 3000, width: 4000, height: 4000 }, edge, to);
        expect([edge, to, sound(next)]).toEqual([edge, to, true]);
        expect(Math.min(next.width, next.height)).toBeGreaterThanOrEqual(LEAST);
      }
    }
  });
  it("the whole part moves with its size, up to the edge", () => {
    expect(moved({ left: 1000, top: 1000, width: 2000, height: 3000 }, 500, -400)).toEqual({ left: 1500, top: 600, width: 2000, height: 3000 });
    expect(moved({ left: 1000, top: 1000, width: 2000, height: 3000 }, 99_999, -99_999)).toEqual({ left: 8000, top: 0, width: 2000, height: 3000 });
  });
  it("everything is no crop", () => {
    expect(cropOf(ALL)).toBeNull();
    expect(cropOf(withEdge(ALL, "top", 100))).toEqual({ left: 0, top: 100, width: WHOLE, height: 9900 });
  });
});
