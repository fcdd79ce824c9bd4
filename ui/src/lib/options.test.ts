import { describe, expect, it } from "vitest";
import { changedOptions, DEFAULTS, fitsFor, turned, within } from "./options";
import { readRoute, to } from "./route.svelte";
import { chooseLocale } from "./look.svelte";

describe("options", () => {
  it("a request carries what differs from the defaults and nothing else", () => {
    expect(changedOptions(DEFAULTS)).toEqual({});
    expect(changedOptions({ ...DEFAULTS, rotate: 90, invert: true })).toEqual({ rotate: 90, invert: true });
  });
  it("what is equal to a default in other clothes is not carried", () => {
    const paper = { width: 500, height: 300 };
    expect(changedOptions({ ...DEFAULTS, paper })).toEqual({ paper });
    expect(changedOptions({ ...DEFAULTS, crop: null, pages: "" })).toEqual({});
  });
  it("four quarter turns are none, and a roll cannot be filled", () => {
    expect(turned(turned(turned(turned(0))))).toBe(0);
    expect(turned(90)).toBe(180);
    expect(fitsFor(null)).not.toContain("fill");
    expect(fitsFor({ width: 500, height: 300 })).toContain("fill");
  });
  it("numbers stay within their range", () => {
    expect([within(0, 1, 99, 1), within(200, 1, 99, 1), within(2.6, 1, 99, 1), within(NaN, 1, 99, 7)]).toEqual([1, 99, 3, 7]);
  });
});

describe("addresses", () => {
  it("lead to a screen and back, whatever is in a serial number", () => {
    for (const sn of ["SN1", "a b", "S/N#1?%", "ไทย"]) {
      expect(readRoute(to.printer(sn))).toEqual({ screen: "printer", sn });
      expect(readRoute(to.print(sn))).toEqual({ screen: "print", sn });
      expect(readRoute(to.add(sn))).toEqual({ screen: "add", sn });
    }
  });
  it("that are unknown or broken lead to the first screen", () => {
    for (const hash of ["", "#", "#/", "#/nowhere", "#/printers", "#/printers/%E0%A4%A"])
      expect(readRoute(hash)).toEqual({ screen: "printers" });
  });
});

describe("the system's language", () => {
  it("is the first one that we speak, English otherwise", () => {
    expect(chooseLocale(["de-DE", "th-TH", "en"])).toBe("th");
    expect(chooseLocale(["zh-Hant-TW"])).toBe("zh-CN");
    expect(chooseLocale(["fr", "de"])).toBe("en");
    expect(chooseLocale([])).toBe("en");
  });
});
