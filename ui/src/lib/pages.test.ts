import { describe, expect, it } from "vitest";
import { pagesMeant, pagesTrouble, plainPages } from "./pages";

describe("pages in words", () => {
  it("are counted as they would be printed", () => {
    const meant = (text: string) => pagesMeant(text, 9);
    expect(["", "1-3,5,9-", "3, 1", "2-", "1,1,1", "7-20"].map(meant)).toEqual([9, 5, 2, 8, 3, 3]);
  });
  it("say what is wrong, by the contract's rules", () => {
    for (const wrong of ["0", "3-1", "a", "1,,2", "-", "-3", "1-2-3", "9999999999", "1,"]) expect([wrong, pagesTrouble(wrong, 9)]).toEqual([wrong, "unreadable"]);
    expect([pagesTrouble("10-", 9), pagesTrouble("9", 9), pagesTrouble(" ", 9)]).toEqual(["none", null, null]);
  });
  it("take the signs of other keyboards", () => {
    expect(plainPages("１－３，５、７–")).toBe("1-3,5,7-");
    expect(plainPages("๑-๓, ๕")).toBe("1-3,5");
    expect(pagesMeant("１至３", 9)).toBe(3);
  });
});
