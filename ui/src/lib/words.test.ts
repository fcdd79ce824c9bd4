import { beforeAll, describe, expect, it } from "vitest";
import { overwriteGetLocale, type Locale } from "./paraglide/runtime.js";
import { modelWord, nameOf, paperTypeWord } from "./words";
import type { WorldPrinterView } from "./generated/contract";

let locale: Locale = "en";
beforeAll(() => overwriteGetLocale(() => locale));

const label = { sn: "SIM1", name: "Simulated 58 mm printer", model: "cloud-escpos-384" } as WorldPrinterView;

describe("a printer's name", () => {
  it("of a simulated printer that nobody has named is in the person's language", () => {
    locale = "th";
    expect(nameOf({ sn: "SIM1", name: label.name, simulated: true }, [label])).toBe("เครื่องพิมพ์จำลอง 58\u00a0มม.");
  });
  it("is what a person called it, whatever else is known", () => {
    for (const simulated of [true, false]) expect(nameOf({ sn: "SIM1", name: "Till", simulated }, [label])).toBe("Till");
    expect(nameOf({ sn: "SN7", name: label.name, simulated: false }, [label])).toBe(label.name);
  });
});

describe("words of data", () => {
  it("are translated when known and kept when not", () => {
    locale = "zh-CN";
    expect([modelWord("cloud-escpos-384", "x"), modelWord("moon-1", "Moon 1")]).toEqual(["云打印机，58\u00a0毫米", "Moon 1"]);
    expect([paperTypeWord("roll"), paperTypeWord("papyrus")]).toEqual(["连续纸", "papyrus"]);
  });
});
