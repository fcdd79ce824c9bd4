// What the screens show. Rust owns the truth: this holds the last snapshot with every event since, and nothing else.
// Deliberately absent: guesses about what a call will change. A changed view comes from the answer or from an event.
import type { ErrorView, EventBody, JobView, PrinterView, Snapshot } from "$lib/generated/contract";
import {
  backend,
  needsPairing,
  toErrorView,
  unpair,
  type Link,
  type Method,
  type Parameters,
  type Response,
} from "./backend";
import { follow, withJob, withPrinter } from "./follow";
import { backOff } from "./backend/lines";
import { frontJobs, nameOf } from "./words";

type Phase = "starting" | "ready" | "unpaired";
type Notice = Extract<EventBody, { kind: "printer-notice" }>;

class State {
  phase = $state<Phase>("starting");
  link = $state<Link>("live");
  /** This browser was let in before, and is not any more. */
  lost = $state(false);
  /** Why nothing can be shown yet; we keep trying. */
  trouble = $state.raw<ErrorView | null>(null);
  snapshot = $state.raw<Snapshot | null>(null);
  /** The last thing that a printer said without being asked. */
  notice = $state.raw<Notice | null>(null);

  /** The jobs that are being printed now. */
  front = $derived(frontJobs(this.jobs));

  #stop: (() => void) | null = null;
  #starts = 0;

  get printers(): PrinterView[] {
    return this.snapshot?.printers ?? [];
  }

  get jobs(): JobView[] {
    return this.snapshot?.jobs ?? [];
  }

  printer(sn: string): PrinterView | undefined {
    return this.printers.find((printer) => printer.sn === sn);
  }

  /** The name to show for a printer: its own, or its serial number when it is not here. */
  nameOf(sn: string): string {
    const printer = this.printer(sn);
    return printer ? nameOf(printer, this.snapshot?.world?.printers) : sn;
  }

  /** What is wrong on purpose with a simulated printer. */
  faults(sn: string): readonly string[] {
    return this.snapshot?.world?.printers.find((one) => one.sn === sn)?.faults ?? [];
  }

  job(jobId: string): JobView | undefined {
    return this.jobs.find((job) => job.jobId === jobId);
  }

  /** Takes a snapshot and follows from there; tries again until the door answers. */
  async start(): Promise<void> {
    const mine = ++this.#starts;
    this.#stop?.();
    this.#stop = null;
    for (let attempt = 0; mine === this.#starts; attempt += 1) {
      try {
        const snapshot = await backend.call("state.snapshot");
        if (mine !== this.#starts) return;
        this.snapshot = snapshot;
        this.trouble = null;
        this.phase = "ready";
        this.#follow(mine, snapshot);
        return;
      } catch (thrown) {
        if (mine !== this.#starts) return;
        const error = toErrorView(thrown);
        if (this.#refused(error)) return;
        this.trouble = error;
        this.link = "reconnecting";
        await new Promise((resolve) => setTimeout(resolve, backOff(attempt, Math.random())));
      }
    }
  }

  #follow(mine: number, from: Snapshot): void {
    const again = () => mine === this.#starts && void this.start();
    this.#stop = backend.events(
      { epoch: from.epoch, seq: from.seq },
      {
        onEvent: (event) => {
          if (mine !== this.#starts || !this.snapshot) return;
          const step = follow(this.snapshot, event);
          if (step.kind === "gap") again();
          if (step.kind !== "next") return;
          this.snapshot = step.snapshot;
          if (event.body.kind === "printer-notice") this.notice = event.body;
        },
        onGap: again,
        onLink: (link) => {
          if (mine === this.#starts) this.link = link;
        },
        onRefused: (error) => {
          if (mine === this.#starts && !this.#refused(error)) again();
        },
      },
    );
  }

  #refused(error: ErrorView): boolean {
    if (!needsPairing || error.code !== "unauthorised") return false;
    this.#starts += 1;
    this.#stop?.();
    unpair();
    this.lost = this.phase === "ready";
    this.phase = "unpaired";
    this.snapshot = null;
    return true;
  }

  /** Calls a method; an answer that refuses this browser leads to pairing. */
  async call<M extends Method>(method: M, ...params: Parameters<M>): Promise<Response<M>> {
    try {
      return await backend.call(method, ...params);
    } catch (thrown) {
      const error = toErrorView(thrown);
      this.#refused(error);
      throw error;
    }
  }

  /** Shows what an answer carried, without waiting for its event. */
  take(views: { job?: JobView; printer?: PrinterView | null } & Partial<Pick<Snapshot, "settings" | "profile" | "world" | "nearby" | "setup" | "strip">>): void {
    if (!this.snapshot) return;
    const { job, printer, ...rest } = views;
    const next = { ...this.snapshot, ...rest };
    if (job) next.jobs = withJob(next.jobs, job);
    if (printer) next.printers = withPrinter(next.printers, printer);
    this.snapshot = next;
  }
}

export const live = new State();
