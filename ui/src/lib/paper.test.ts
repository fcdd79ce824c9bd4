import { describe, expect, it } from "vitest";
import { labelFor, sideFrom, sizeKey, sizeOf, sizesFor, ticks } from "./paper";

describe("sizes of paper", () => {
  it("are those that go into the printer", () => {
    const widest = (headMm: number) => Math.max(...sizesFor(headMm).map(({ paper }) => paper.width));
    expect([widest(48), widest(72), widest(104)]).toEqual([500, 700, 1050]);
    expect(sizesFor(48).some(({ name }) => name === "A4")).toBe(false);
    expect(sizesFor(210).some(({ name }) => name === "A4")).toBe(true);
  });
  it("a label is the largest that the head covers", () => {
    expect([labelFor(48), labelFor(72.1), labelFor(104)]).toEqual([
      { width: 400, height: 300 },
      { width: 700, height: 500 },
      { width: 1000, height: 1500 },
    ]);
    expect(labelFor(10)).toEqual({ width: 300, height: 200 });
  });
  it("become a choice and come back", () => {
    for (const { paper } of sizesFor(300)) expect(sizeOf(sizeKey(paper))).toEqual(paper);
    expect([sizeOf("roll"), sizeOf("")]).toEqual([null, null]);
  });
  it("what is typed stays within what the contract takes", () => {
    expect([sideFrom(50, 1), sideFrom(101.64, 1), sideFrom(1, 9), sideFrom(9999, 9), sideFrom(NaN, 480)]).toEqual([500, 1016, 50, 50_000, 480]);
  });
});

describe("the ruler", () => {
  it("ends where the paper ends, and numbers stand where their millimetre is", () => {
    const found = ticks(10, 500, 8, 48);
    expect(found[0]).toEqual({ at: 10, mm: 0, labelled: true, middle: true });
    expect(found.at(-1)?.mm).toBe(48);
    for (const { at, mm } of found) expect(at).toBeCloseTo(10 + mm * 8);
    expect(found.filter((one) => one.labelled).map((one) => one.mm)).toEqual([0, 10, 20, 30, 40]);
  });
  it("shows the visible part only, however long the paper is", () => {
    const found = ticks(-100_000, 400, 64, 3750);
    expect(found.length).toBeLessThan(40);
    expect(found.every(({ at }) => at >= 0 && at <= 400)).toBe(true);
    expect(found.some((one) => one.labelled)).toBe(true);
  });
  it("keeps its numbers apart at every size", () => {
    for (const perMm of [0.05, 0.2, 0.5, 1, 2.4, 8, 33, 64]) {
      const marks = ticks(0, 600, perMm, 100_000);
      const numbers = marks.filter((one) => one.labelled).map((one) => one.at);
      for (let at = 1; at < numbers.length; at += 1) expect(numbers[at]! - numbers[at - 1]!).toBeGreaterThanOrEqual(44);
      expect(numbers.length).toBeGreaterThan(0);
      expect(marks.length).toBeLessThan(200);
    }
  });
  it("has nothing to show without a size", () => {
    expect([ticks(0, 0, 1, 1), ticks(0, 100, 0, 1), ticks(0, 100, NaN, 1), ticks(0, 100, 1, 0)]).toEqual([[], [], [], []]);
  });
});
