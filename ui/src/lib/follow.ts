// How numbered events become the views that the screens show. Pure, so that every rule can be tested.
// Source: the contract's `Snapshot` and `EventView`: a client starts from a snapshot, then follows the numbers; a gap or
// another epoch means a new snapshot. Each body carries a whole view, so a client only replaces.
import type { EventView, JobView, PrinterView, Snapshot } from "$lib/generated/contract";

/** The most jobs that a client keeps: as many as a snapshot carries. */
export const JOBS_KEPT = 200;

export type Step = { kind: "next"; snapshot: Snapshot } | { kind: "old" } | { kind: "gap" };

/** Applies one event. `old` was contained already; `gap` means that a new snapshot is needed. */
export function follow(now: Snapshot, event: EventView): Step {
  if (event.epoch !== now.epoch) return { kind: "gap" };
  if (event.seq <= now.seq) return { kind: "old" };
  if (event.seq !== now.seq + 1) return { kind: "gap" };
  return { kind: "next", snapshot: { ...replaced(now, event), seq: event.seq } };
}

function replaced(now: Snapshot, { body }: EventView): Snapshot {
  switch (body.kind) {
    case "printer-changed":
      return { ...now, printers: withPrinter(now.printers, body.printer) };
    case "printer-removed":
      return { ...now, printers: now.printers.filter((printer) => printer.sn !== body.sn) };
    case "job-changed":
      return { ...now, jobs: withJob(now.jobs, body.job) };
    case "job-removed":
      return { ...now, jobs: now.jobs.filter((job) => job.jobId !== body.jobId) };
    case "settings-changed":
      return { ...now, settings: body.settings };
    case "profile-changed":
      return { ...now, profile: body.profile };
    case "world-changed":
      return { ...now, world: body.world };
    case "nearby-changed":
      return { ...now, nearby: body.nearby };
    case "setup-changed":
      return { ...now, setup: body.setup };
    case "strip-changed":
      return { ...now, strip: body.strip };
    default:
      return now; // A notice, or a kind that a newer engine knows: nothing to keep.
  }
}

export function withPrinter(printers: PrinterView[], changed: PrinterView): PrinterView[] {
  const at = printers.findIndex((printer) => printer.sn === changed.sn);
  const next = at < 0 ? [...printers, changed] : printers.with(at, changed);
  return next.sort((a, b) => (a.name === b.name ? (a.sn < b.sn ? -1 : 1) : a.name < b.name ? -1 : 1));
}

/** Newest first; a job that an answer and an event both carry is taken once, and never moved back in time. */
export function withJob(jobs: JobView[], changed: JobView): JobView[] {
  const at = jobs.findIndex((job) => job.jobId === changed.jobId);
  const known = jobs[at];
  if (known) return known.changedAt > changed.changedAt ? jobs : jobs.with(at, changed);
  return [...jobs, changed].sort((a, b) => b.acceptedAt - a.acceptedAt).slice(0, JOBS_KEPT);
}
