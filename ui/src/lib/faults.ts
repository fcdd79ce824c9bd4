// What went wrong, in the person's language: words chosen by the stable code, in every language alike. The engine's own
// sentence is English and exact. It stands below ours where it knows more (a line of a profile, a device's number), and
// alone where we have no words. Nothing here looks at a sentence to decide anything.
import type { CheckView, ErrorView, PrinterStateView, ProblemView, WorldAct } from "./generated/contract";
import { m } from "./paraglide/messages.js";
import { getLocale } from "./paraglide/runtime.js";
import { to } from "./route.svelte";

type Say = () => string;
type Told = Pick<ErrorView, "code" | "message" | "remedy">;

const messages = m as unknown as Record<string, Say | undefined>;

/** Codes whose sentence from the engine says more than the code: which line, which number, which limit. */
const EXACT = new Set([
  "bind_refused",
  "cloud_refused",
  "command_refused",
  "device_error",
  "document_too_large",
  "document_unsupported",
  "job_refused",
  "name_refused",
  "option_invalid",
  "owner_not_allowed",
  "pages_not_there",
  "printer_failed",
  "profile_invalid",
  "setting_invalid",
  "svg_refused",
]);

export interface Telling {
  message: string;
  remedy: string;
  /** The engine's own sentence, where it adds something. */
  exact: string;
  /** Language of `message` and `remedy`. */
  language: string;
}

/** What happened and what to do next, as sentences for a person. */
export function tell(error: Told): Telling {
  const ours = messages[`error_${error.code}`]?.();
  if (!ours) {
    const { message, remedy } = error;
    return message ? { message, remedy, exact: "", language: "en" } : tell({ code: "unexpected", message: "", remedy });
  }
  const exact = EXACT.has(error.code) ? error.message : "";
  return { message: ours, remedy: messages[`error_${error.code}_do`]?.() ?? error.remedy, exact, language: getLocale() };
}

/** What a check of this device found, and how to fix it. English keeps the engine's sentence: it counts and names. */
export function tellCheck(check: CheckView): { message: string; remedy: string } {
  const key = `doctor_${check.id}_${check.status}`;
  const ours = messages[key]?.();
  if (!ours || getLocale() === "en") return { message: check.detail, remedy: check.remedy };
  return { message: ours, remedy: messages[`${key}_do`]?.() ?? check.remedy };
}

/**
 * A device error in plain words where the printer's own readings say which one it is: no paper (rule C-10), or an empty
 * battery; a simulated printer's `faults` say it too. The numbers of a device mean something to its maker only.
 */
export function plainProblem(problem: ProblemView, state: PrinterStateView, faults: readonly string[] = []): ProblemView {
  if (problem.code !== "device_error") return problem;
  let code = "";
  if (state.paper?.value === 0) code = "out_of_paper";
  else if (state.battery && state.battery.value <= 0) code = "battery_empty";
  else if (faults.includes("overheated")) code = "overheated";
  return code ? { ...problem, code, message: "", remedy: "" } : problem;
}

/** What a person would do at a real printer, and can do here at a simulated one. */
export function worldRemedy(code: string, faults: readonly string[]): { act: WorldAct; label: string } | null {
  const has = (fault: string) => faults.includes(fault);
  if (code === "out_of_paper" && has("paper-out")) return { act: "load-paper", label: m.act_load_paper() };
  if (code === "overheated" && has("overheated")) return { act: "cool-down", label: m.act_cool_down() };
  if (code === "battery_empty" && has("battery-empty")) return { act: "charge-battery", label: m.act_charge_battery() };
  if (code === "offline" && has("offline")) return { act: "come-online", label: m.act_come_online() };
  return null;
}

export interface Way {
  label: string;
  address: string;
}

/** The screen on which the remedy is done, when it is another one. */
export function wayOut(error: ErrorView | ProblemView, sn = ""): Way | null {
  switch (error.code) {
    case "profile_unknown":
    case "profile_missing":
    case "profile_invalid":
    case "certificate_authority_invalid":
    case "owner_missing":
    case "broker_refused":
    case "broker_certificate":
    case "broker_not_encrypted":
    case "cloud_certificate":
    case "cloud_refused_here":
    case "cloud_answer_unreadable":
      return { label: m.fault_go_settings(), address: to.settings() };
    case "bind_again":
    case "taken_over":
    case "broker_refused_login":
    case "cloud_unauthorised":
      return { label: m.fault_go_add(), address: to.add(sn) };
    case "job_uncertain":
    case "reference_taken":
      return { label: error.code === "job_uncertain" ? m.fault_go_jobs() : m.jobs_title(), address: to.jobs() };
    default:
      return null;
  }
}
