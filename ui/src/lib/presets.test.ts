import { describe, expect, it } from "vitest";
import { DEFAULTS } from "./options";
import { carriedOn, presetOf, presetsFor, withPreset, type Preset } from "./presets";

const roll58 = (kind: string) => ({ kind, headMm: 48 });
const KINDS = ["png", "jpeg", "webp", "gif", "bmp", "tiff", "svg", "pdf", "markdown", "text"];

describe("presets", () => {
  it("each is recognised after it was set, for every kind of document", () => {
    for (const kind of KINDS) {
      for (const preset of presetsFor(kind)) {
        expect([kind, presetOf(withPreset(DEFAULTS, preset, roll58(kind)), kind)]).toEqual([kind, preset]);
      }
    }
  });
  it("none of them is on for a picture that nobody has touched; text is text", () => {
    expect(presetOf(DEFAULTS, "jpeg")).toBeNull();
    expect(presetOf(DEFAULTS, "pdf")).toBeNull();
    expect(presetOf(DEFAULTS, "text")).toBe("lines");
  });
  it("one is no longer on when one of its values was changed", () => {
    const photo = withPreset(DEFAULTS, "photo", roll58("jpeg"));
    expect(presetOf({ ...photo, contrast: 11 }, "jpeg")).toBeNull();
    expect(presetOf({ ...photo, copies: 4, rotate: 90 }, "jpeg")).toBe("photo");
  });
  it("leave what is not theirs", () => {
    const mine = { ...DEFAULTS, copies: 3, rotate: 90 as const, pages: "2", crop: { left: 0, top: 0, width: 5000, height: 5000 } };
    for (const preset of ["photo", "lines", "label"] as Preset[]) {
      const { copies, rotate, pages, crop } = withPreset(mine, preset, roll58("png"));
      expect({ copies, rotate, pages, crop }).toEqual({ copies: 3, rotate: 90, pages: "2", crop: mine.crop });
    }
  });
  it("a label has a size, no cut and no paper after it; leaving it gives the roll back", () => {
    const label = withPreset(DEFAULTS, "label", roll58("png"));
    expect([label.paper, label.cut, label.feed, label.dither]).toEqual([{ width: 400, height: 300 }, "none", 0, "threshold"]);
    const larger = { ...label, paper: { width: 500, height: 300 } };
    expect(presetOf(larger, "png")).toBe("label");
    expect(withPreset(larger, "label", roll58("png")).paper).toEqual(larger.paper);
    const photo = withPreset(larger, "photo", roll58("png"));
    expect([photo.paper, photo.cut, photo.feed]).toEqual([null, "partial", 3]);
    expect(withPreset(larger, null, roll58("png"))).toEqual(DEFAULTS);
  });
  it("paper that a person chose without a label stays with a photo", () => {
    const paper = { width: 580, height: 1000 };
    expect(withPreset({ ...DEFAULTS, paper }, "photo", roll58("png")).paper).toEqual(paper);
  });
  it("what has pictures among its text keeps their tones", () => {
    expect(withPreset(DEFAULTS, "lines", roll58("pdf")).dither).toBe("mixed");
    expect(withPreset(DEFAULTS, "lines", roll58("jpeg")).dither).toBe("otsu");
  });
  it("the next document has a part, a turn and pages of its own, and the same preset in its own way", () => {
    const photo = { ...withPreset(DEFAULTS, "photo", roll58("png")), rotate: 90 as const, pages: "2", crop: { left: 0, top: 0, width: 5000, height: 5000 } };
    const { crop, rotate, pages } = carriedOn(photo, "png", roll58("png"));
    expect([crop, rotate, pages]).toEqual([null, 0, ""]);
    expect(presetOf(carriedOn(photo, "png", roll58("jpeg")), "jpeg")).toBe("photo");
    expect(carriedOn(photo, "png", roll58("text"))).toEqual(DEFAULTS);
    expect(carriedOn(DEFAULTS, "text", roll58("png"))).toEqual(DEFAULTS);
    const lines = withPreset({ ...DEFAULTS, margin: 20 }, "lines", roll58("png"));
    expect(carriedOn(lines, "png", roll58("pdf"))).toMatchObject({ dither: "mixed", margin: 20 });
    const label = withPreset(DEFAULTS, "label", roll58("text"));
    expect(presetOf(carriedOn(label, "text", roll58("png")), "png")).toBe("label");
  });
});
