import { describe, expect, it } from "vitest";
import { ago, bytes, clock, dayName, millimetres, percent } from "./format";

const now = new Date(2026, 10, 22, 12, 0, 0).getTime();
const MINUTE = 60_000;

describe("ages", () => {
  it("use the largest unit that fits", () => {
    expect(ago(now - 3_000, now, "en")).toBe("now");
    expect(ago(now - 45_000, now, "en")).toBe("40 sec. ago");
    expect(ago(now - 5 * MINUTE, now, "en")).toBe("5 min. ago");
    expect(ago(now - 3 * 60 * MINUTE, now, "en")).toBe("3 hr. ago");
    expect(ago(now - 26 * 60 * MINUTE, now, "en")).toBe("yesterday");
  });
  it("speak the person's language", () => {
    expect(ago(now - 5 * MINUTE, now, "zh-CN")).toBe("5分钟前");
    expect(ago(now - 5 * MINUTE, now, "th")).toContain("5 นาที");
  });
});

describe("days and times", () => {
  it("today and yesterday have names, other days a date", () => {
    expect(dayName(now - 60 * MINUTE, now, "en")).toBe("Today");
    expect(dayName(now - 13 * 60 * MINUTE, now, "en")).toBe("Yesterday");
    expect(dayName(now - 4 * 24 * 60 * MINUTE, now, "en")).toContain("November");
    expect(dayName(now, now, "zh-CN")).toBe("今天");
  });
  it("a time of another day says its date", () => {
    expect(clock(now - 60 * MINUTE, now, "en")).not.toContain("Nov");
    expect(clock(now - 48 * 60 * MINUTE, now, "en")).toContain("Nov 20");
  });
});

describe("amounts", () => {
  it("shares, sizes and lengths", () => {
    expect(percent(0.6, "en")).toBe("60%");
    expect(bytes(999, "en")).toBe("999 byte");
    expect(bytes(31_000, "en")).toBe("31 kB");
    expect(bytes(2_400_000, "en")).toBe("2.4 MB");
    expect(millimetres(576, 203)).toBeCloseTo(72.07, 2);
    expect(millimetres(576, 0)).toBe(0);
  });
});
