import { expect, it } from "vitest";
import { STEPS, stepAt } from "./setup";

it("steps never go back along the usual way", () => {
  const way = ["find", "connect", "authorise", "network", "password", "join", "confirm", "bind", "test-print", "done"].map(stepAt);
  expect(way).toEqual([...way].sort((a, b) => a - b));
  expect(way.at(-1)).toBe(STEPS.length);
});

it("an unknown step is the first, not an error", () => {
  expect(stepAt("sing")).toBe(0);
});
