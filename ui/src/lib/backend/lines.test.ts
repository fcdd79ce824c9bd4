import { describe, expect, it } from "vitest";
import { backOff, LineCutter } from "./lines";

describe("lines out of a stream", () => {
  it("come whole, however the bytes are cut", () => {
    const text = '{"a":1}\n\n{"b":"ไทย 中文"}\r\n';
    for (let size = 1; size <= text.length; size += 1) {
      const cutter = new LineCutter();
      const lines: string[] = [];
      for (let at = 0; at < text.length; at += size) lines.push(...cutter.push(text.slice(at, at + size)));
      expect(lines).toEqual(['{"a":1}', "", '{"b":"ไทย 中文"}']);
    }
  });
  it("an unfinished line waits", () => {
    const cutter = new LineCutter();
    expect(cutter.push("half")).toEqual([]);
    expect(cutter.push(" done\nnext")).toEqual(["half done"]);
  });
});

describe("waiting before the next attempt", () => {
  it("grows to a bound and is spread", () => {
    expect(backOff(0, 0.5)).toBe(500);
    expect(backOff(1, 0.5)).toBe(1000);
    expect(backOff(99, 0.5)).toBe(10_000);
    expect(backOff(3, 0)).toBeLessThan(backOff(3, 1));
  });
});
