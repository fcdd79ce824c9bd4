// Words for the contract's words: states, dithers, parts. A word that a newer engine knows and we do not is shown as it is.
import { number } from "./format";
import type { JobView, PrinterView, WorldPrinterView } from "./generated/contract";
import { m } from "./paraglide/messages.js";

type Say = () => string;

const messages = m as unknown as Record<string, Say | undefined>;

function say(table: Record<string, Say>, word: string): string {
  return table[word]?.() ?? word;
}

const JOB_STATES: Record<string, Say> = {
  waiting: m.job_waiting,
  rendering: m.job_rendering,
  ready: m.job_ready,
  sending: m.job_sending,
  sent: m.job_sent,
  done: m.job_done,
  failed: m.job_failed,
  cancelled: m.job_cancelled,
  uncertain: m.job_uncertain,
};

const DITHERS: Record<string, Say> = {
  auto: m.dither_auto,
  mixed: m.dither_mixed,
  threshold: m.dither_threshold,
  otsu: m.dither_otsu,
  adaptive: m.dither_adaptive,
  "floyd-steinberg": m.dither_floyd_steinberg,
  atkinson: m.dither_atkinson,
  jarvis: m.dither_jarvis,
  stucki: m.dither_stucki,
  "sierra-lite": m.dither_sierra_lite,
  bayer4: m.dither_bayer4,
  bayer8: m.dither_bayer8,
  clustered: m.dither_clustered,
  "blue-noise": m.dither_blue_noise,
};

export const orientationWord = (word: string) =>
  say({ auto: m.orientation_auto, portrait: m.orientation_portrait, landscape: m.orientation_landscape }, word);
export const fitWord = (word: string) => say({ fit: m.fit_fit, fill: m.fit_fill, actual: m.fit_actual }, word);
export const depthWord = (bits: number) =>
  say({ 1: m.depth_1, 2: m.depth_2, 4: m.depth_4, 8: m.depth_8, 24: m.depth_24 }, String(bits));
export const duplexWord = (word: string) =>
  say({ off: m.duplex_off, "long-edge": m.duplex_long_edge, "short-edge": m.duplex_short_edge }, word);

/** A size of paper: its measures, after its name if it has one. */
export function paperWord(paper: { width: number; height: number }, name: string, locale: string): string {
  const size = m.preview_size({ width: number(paper.width / 10, locale, 1), height: number(paper.height / 10, locale, 1) });
  return name ? m.paper_named({ name, size }) : size;
}

export const cutWord = (word: string) => say({ none: m.cut_none, partial: m.cut_partial, full: m.cut_full }, word);
export const ditherWord = (word: string) => say(DITHERS, word);
export const jobWord = (state: string) => say(JOB_STATES, state);
export const firmwareWord = (word: string) =>
  say({ cloud: m.firmware_cloud, printer: m.firmware_printer, bluetooth: m.firmware_bluetooth }, word);
export const supportWord = (word: string) =>
  say({ proven: m.support_proven, captured: m.support_captured, documented: m.support_documented }, word);

/**
 * The jobs that are being printed now, as far as anybody can tell: of each printer the oldest that it has. The others
 * that it has wait behind it.
 */
export function frontJobs(jobs: readonly JobView[]): ReadonlySet<string> {
  const front = new Map<string, JobView>();
  for (const job of jobs) {
    if (job.state !== "sent") continue;
    const first = front.get(job.printer);
    if (!first || job.acceptedAt < first.acceptedAt) front.set(job.printer, job);
  }
  return new Set([...front.values()].map((job) => job.jobId));
}

export interface Stage {
  word: string;
  /** Why nothing moves, if something stands in the way. */
  waits: string;
  /** Something happens right now, even if nobody knows how far it is. */
  active: boolean;
}

/** Where a job is on its way to paper. */
export function stageOf(job: JobView, printer: PrinterView | undefined, front: ReadonlySet<string>): Stage {
  const away = printer?.connection === "offline";
  const waiting = job.state === "waiting" || job.state === "ready";
  if (waiting && printer?.held) return { word: jobWord(job.state), waits: m.job_held(), active: false };
  if (away && waiting && printer.channel === "ble") {
    const waits = job.startsLater === "no" ? m.job_waits_you() : m.job_waits_near();
    return { word: jobWord(job.state), waits, active: false };
  }
  if (away && (waiting || job.state === "sent")) {
    return { word: job.state === "sent" ? m.job_handed() : jobWord(job.state), waits: m.job_waits_offline(), active: false };
  }
  const behind = job.state === "sent" && !front.has(job.jobId);
  return { word: behind ? m.job_handed() : jobWord(job.state), waits: "", active: !waiting && !behind && !settled(job) };
}

export type Tone = "good" | "warn" | "bad" | "accent" | "plain";

export function jobTone(state: string): Tone {
  if (state === "done") return "good";
  if (state === "failed") return "bad";
  if (state === "uncertain") return "warn";
  return state === "cancelled" ? "plain" : "accent";
}

/** A job on which nothing happens any more without a person. */
export function settled(job: JobView): boolean {
  return ["done", "failed", "cancelled", "uncertain"].includes(job.state);
}

export interface Mood {
  word: string;
  tone: Tone;
  /** What the drawing shows. */
  face: "ready" | "printing" | "trouble" | "away";
}

/** One glance at a printer: what it is doing, or what stands in the way. */
export function moodOf(printer: PrinterView, jobs: readonly JobView[]): Mood {
  if (printer.held) return { word: m.state_held(), tone: "warn", face: "trouble" };
  if (printer.connection === "offline") return { word: m.conn_offline(), tone: "plain", face: "away" };
  if (printer.problems.some((problem) => problem.severity === "error"))
    return { word: m.state_problem(), tone: "bad", face: "trouble" };
  const printing = jobs.some((job) => job.printer === printer.sn && ["sending", "sent"].includes(job.state));
  if (printing) return { word: m.state_printing(), tone: "accent", face: "printing" };
  if (printer.connection === "online") return { word: m.conn_online(), tone: "good", face: "ready" };
  if (printer.connection === "connecting") return { word: m.conn_connecting(), tone: "accent", face: "away" };
  return { word: m.conn_unknown(), tone: "plain", face: "away" };
}

/** A Wi-Fi or mobile signal in words. −60 dBm and better is strong, below −75 dBm weak. */
export function signalWord(dbm: number): string {
  if (dbm >= -60) return m.signal_good();
  return dbm >= -75 ? m.signal_fair() : m.signal_weak();
}

const CHECKS: Record<string, Say> = {
  storage: m.doctor_storage,
  database: m.doctor_database,
  secrets: m.doctor_secrets,
  isolation: m.doctor_isolation,
  platform: m.doctor_platform,
  printers: m.doctor_printers,
};

/** A model's name in the person's language, by its catalogue id. */
export function modelWord(id: string, name: string): string {
  return messages[`model_${id.replaceAll("-", "_")}`]?.() ?? name;
}

export const paperTypeWord = (word: string) => say({ roll: m.paper_type_roll, label: m.paper_type_label }, word);

/** Width of the roll, in millimetres, of the models that the simulated world has. */
const ROLLS: Record<string, number> = { "cloud-escpos-384": 58, "cloud-escpos-576": 80 };

/** What a simulated printer is called before anybody has named it. */
export function worldName(printer: Pick<WorldPrinterView, "name" | "model">): string {
  const mm = ROLLS[printer.model];
  return mm ? m.simulated_name({ mm }) : printer.name;
}

/** A printer's name. A simulated one that still wears its label is called what it is in the person's language. */
export function nameOf(printer: Pick<PrinterView, "sn" | "name" | "simulated">, world: readonly WorldPrinterView[] = []): string {
  const label = printer.simulated ? world.find((one) => one.sn === printer.sn) : undefined;
  return label && label.name === printer.name ? worldName(label) : printer.name;
}

/** The title of a check of this device. */
export const checkTitle = (id: string) => say(CHECKS, id);
