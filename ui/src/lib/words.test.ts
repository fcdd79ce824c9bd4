import { beforeAll, describe, expect, it } from "vitest";
import { overwriteGetLocale, type Locale } from "./paraglide/runtime.js";
import { frontJobs, modelWord, nameOf, paperTypeWord, stageOf } from "./words";
import type { JobView, PrinterView, WorldPrinterView } from "./generated/contract";

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

describe("where a job is", () => {
  const job = (jobId: string, more: object) =>
    ({ jobId, printer: "SN1", state: "sent", acceptedAt: Number(jobId), progress: 0, ...more }) as JobView;
  const printer = (more: object) => ({ sn: "SN1", held: false, connection: "online", ...more }) as PrinterView;

  it("of those that a printer has, the oldest is printed and the others wait behind it", () => {
    locale = "en";
    const jobs = [job("3", {}), job("2", {}), job("1", { state: "done" }), job("4", { printer: "SN2" })];
    const front = frontJobs(jobs);
    expect([...front].sort()).toEqual(["2", "4"]);
    expect(stageOf(jobs[1]!, printer({}), front)).toEqual({ word: "Printing", waits: "", active: true });
    expect(stageOf(jobs[0]!, printer({}), front)).toEqual({ word: "Handed over", waits: "", active: false });
  });
  it("nothing is printed by a printer that is away, and it says what it waits for", () => {
    const sent = job("1", {});
    const stage = stageOf(sent, printer({ connection: "offline" }), frontJobs([sent]));
    expect([stage.word, stage.active, stage.waits !== ""]).toEqual(["Handed over", false, true]);
  });
  it("behind an undecided job it waits for the decision", () => {
    const stage = stageOf(job("1", { state: "waiting" }), printer({ held: true }), new Set());
    expect(stage.waits).toBe("Waits for your decision about an earlier job");
  });
});
