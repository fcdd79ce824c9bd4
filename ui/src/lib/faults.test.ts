import { beforeAll, describe, expect, it } from "vitest";
import { plainProblem, tell, wayOut, worldRemedy } from "./faults";
import { overwriteGetLocale, type Locale } from "./paraglide/runtime.js";
import type { ErrorView, PrinterStateView } from "./generated/contract";

let locale: Locale = "en";
beforeAll(() => overwriteGetLocale(() => locale));

function error(code: string, message = "The printer SN7 is offline.", remedy = "Switch SN7 on."): ErrorView {
  return { code, message, remedy, retry: "later" };
}

describe("what went wrong, in words", () => {
  it("every language chooses by the code", () => {
    locale = "en";
    expect(tell(error("offline")).message).toBe("The printer is offline.");
    locale = "zh-CN";
    expect(tell(error("offline")).message).toBe("打印机离线。");
    locale = "th";
    expect(tell(error("offline")).message).toBe("เครื่องพิมพ์ออฟไลน์");
  });
  it("the engine's own sentence stays where it says more than the code", () => {
    for (const one of ["en", "th"] as const) {
      locale = one;
      expect(tell(error("profile_invalid", "Line 18: mqtt.prot is not a key.")).exact).toBe("Line 18: mqtt.prot is not a key.");
      expect(tell(error("offline")).exact).toBe("");
    }
  });
  it("a code that we have no words for keeps the given sentences, and they are English", () => {
    locale = "th";
    const told = { message: "The printer SN7 is offline.", remedy: "Switch SN7 on.", exact: "", language: "en" };
    expect(tell(error("moon_full"))).toEqual(told);
  });
  it("an error of this side has words in every language, and nothing is ever empty", () => {
    for (const one of ["en", "zh-CN", "th"] as const) {
      locale = one;
      for (const code of ["door_unreachable", "unauthorised", "unexpected", "moon_full"])
        expect(tell(error(code, "", "")).message).not.toBe("");
    }
  });
});

describe("a device error", () => {
  const problem = { ...error("device_error", "The printer reports the error 3."), severity: "error" };
  const state = (more: object) => ({ paper: null, battery: null, ...more }) as unknown as PrinterStateView;
  const reading = (value: number) => ({ value, at: 0, live: true });

  it("is told plainly when the readings say which one it is", () => {
    locale = "en";
    expect(tell(plainProblem(problem, state({ paper: reading(0) }))).message).toBe("The printer is out of paper.");
    expect(plainProblem(problem, state({ battery: reading(0) })).code).toBe("battery_empty");
  });
  it("of a simulated printer is told plainly by what was done to it", () => {
    expect(plainProblem(problem, state({ paper: reading(1) }), ["overheated"]).code).toBe("overheated");
    expect(worldRemedy("overheated", ["overheated"])?.act).toBe("cool-down");
    expect(worldRemedy("overheated", [])).toBeNull();
  });
  it("keeps its own words otherwise", () => {
    expect(plainProblem(problem, state({ paper: reading(1), battery: reading(80) }))).toBe(problem);
    const other = { ...problem, code: "offline" };
    expect(plainProblem(other, state({ paper: reading(0) }))).toBe(other);
  });
});

describe("the way out", () => {
  it("leads to the screen where the remedy is done", () => {
    locale = "en";
    expect(wayOut(error("profile_unknown"))?.address).toBe("#/settings");
    expect(wayOut(error("bind_again"), "S/N 1")?.address).toBe("#/add/S%2FN%201");
    expect(wayOut(error("job_uncertain"))?.address).toBe("#/jobs");
    expect(wayOut(error("offline"))).toBeNull();
  });
});
