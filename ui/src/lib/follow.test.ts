import { describe, expect, it } from "vitest";
import { follow, JOBS_KEPT, withJob } from "./follow";
import type { EventBody, EventView, JobView, PrinterView, Snapshot } from "./generated/contract";

function printer(sn: string, name = sn): PrinterView {
  return { sn, name, problems: [], openJobs: 0 } as unknown as PrinterView;
}

function job(jobId: string, more: Partial<JobView> = {}): JobView {
  return { jobId, state: "waiting", acceptedAt: 1, changedAt: 1, progress: 0, ...more } as unknown as JobView;
}

const start: Snapshot = {
  epoch: "first",
  seq: 7,
  app: { name: "Platen", version: "0", brand: "default" },
  printers: [printer("B")],
  jobs: [job("one")],
  settings: { language: "", theme: "", holdUncertain: true, keepDocumentsHours: 24, secrets: "keychain" },
  profile: null,
  world: null,
  nearby: { bluetooth: { state: "unknown", fault: null }, scanning: false, devices: [], advice: [] },
  setup: null,
  strip: null,
};

function event(seq: number, body: EventBody, epoch = "first"): EventView {
  return { epoch, seq, at: 0, body };
}

function next(now: Snapshot, body: EventBody): Snapshot {
  const step = follow(now, event(now.seq + 1, body));
  if (step.kind !== "next") throw new Error(step.kind);
  return step.snapshot;
}

describe("numbers", () => {
  const body: EventBody = { kind: "printer-removed", sn: "B" };

  it("the next number is applied and counted", () => {
    expect(next(start, body)).toMatchObject({ seq: 8, printers: [] });
  });
  it("a number that the snapshot contains changes nothing", () => {
    expect(follow(start, event(7, body))).toEqual({ kind: "old" });
    expect(follow(start, event(1, body))).toEqual({ kind: "old" });
  });
  it("a missing number asks for a new snapshot", () => {
    expect(follow(start, event(9, body))).toEqual({ kind: "gap" });
  });
  it("another run of the engine asks for a new snapshot, whatever its number", () => {
    for (const seq of [1, 7, 8, 9]) expect(follow(start, event(seq, body, "second"))).toEqual({ kind: "gap" });
  });
  it("the snapshot before stays as it was", () => {
    const copy = structuredClone(start);
    next(start, { kind: "job-changed", job: job("one", { state: "done" }) });
    expect(start).toEqual(copy);
  });
});

describe("bodies", () => {
  it("a printer appears by name, is replaced, and leaves", () => {
    let now = next(start, { kind: "printer-changed", printer: printer("A", "Alpha") });
    expect(now.printers.map((one) => one.sn)).toEqual(["A", "B"]);
    now = next(now, { kind: "printer-changed", printer: printer("A", "Zulu") });
    expect(now.printers.map((one) => one.name)).toEqual(["B", "Zulu"]);
    now = next(now, { kind: "printer-removed", sn: "B" });
    expect(now.printers.map((one) => one.sn)).toEqual(["A"]);
  });
  it("jobs stand newest first and are forgotten when told", () => {
    let now = next(start, { kind: "job-changed", job: job("two", { acceptedAt: 5 }) });
    expect(now.jobs.map((one) => one.jobId)).toEqual(["two", "one"]);
    now = next(now, { kind: "job-removed", jobId: "one" });
    expect(now.jobs.map((one) => one.jobId)).toEqual(["two"]);
  });
  it("settings, profile and world are replaced whole", () => {
    const settings = { ...start.settings, theme: "dark" };
    const world = { running: true, printers: [] };
    const now = next(next(start, { kind: "settings-changed", settings }), { kind: "world-changed", world });
    expect(now.settings).toBe(settings);
    expect(now.world).toBe(world);
    expect(next(now, { kind: "profile-changed", profile: null }).profile).toBeNull();
  });
  it("a kind that we do not know moves the number and nothing else", () => {
    const now = next(start, { kind: "moon-phase" } as unknown as EventBody);
    expect(now).toEqual({ ...start, seq: 8 });
  });
});

describe("answers and events about the same job", () => {
  it("an older view never replaces a newer one", () => {
    const done = [job("one", { state: "done", changedAt: 9 })];
    expect(withJob(done, job("one", { state: "sending", changedAt: 4 }))).toBe(done);
  });
  it("no more jobs are kept than a snapshot carries", () => {
    let jobs: JobView[] = [];
    for (let at = 0; at < JOBS_KEPT + 10; at += 1) jobs = withJob(jobs, job(`job ${at}`, { acceptedAt: at }));
    expect(jobs).toHaveLength(JOBS_KEPT);
    expect(jobs[0]?.acceptedAt).toBe(JOBS_KEPT + 9);
  });
});
