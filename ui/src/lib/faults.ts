// What went wrong, in the person's language. The engine's sentences are English and exact; other languages are chosen by
// the stable code, and the engine's sentence is the last resort. Nothing here looks at a sentence to decide anything.
import type { CheckView, ErrorView, PrinterStateView, ProblemView } from "./generated/contract";
import { m } from "./paraglide/messages.js";
import { getLocale } from "./paraglide/runtime.js";
import { to } from "./route.svelte";

type Say = () => string;
type Told = Pick<ErrorView, "code" | "message" | "remedy">;

const messages = m as unknown as Record<string, Say | undefined>;

/** What happened and what to do next, as sentences for a person. */
export function tell(error: Told): { message: string; remedy: string } {
  return choose(`error_${error.code}`, error.message || m.error_unexpected(), error.remedy, error.message !== "");
}

/** What a check of this device found, and how to fix it. */
export function tellCheck(check: CheckView): { message: string; remedy: string } {
  return choose(`doctor_${check.id}_${check.status}`, check.detail, check.remedy, true);
}

function choose(key: string, message: string, remedy: string, exact: boolean): { message: string; remedy: string } {
  const ours = messages[key]?.();
  const todo = messages[`${key}_do`]?.() ?? "";
  if (!ours || (exact && getLocale() === "en")) return { message, remedy: remedy || todo };
  return { message: ours, remedy: todo || remedy };
}

/**
 * A device error in plain words where the printer's own readings say which one it is: no paper (rule C-10), or an empty
 * battery. The numbers of a device mean something to its maker only.
 */
export function plainProblem(problem: ProblemView, state: PrinterStateView): ProblemView {
  if (problem.code !== "device_error") return problem;
  const code =
    state.paper?.value === 0 ? "out_of_paper" : state.battery && state.battery.value <= 0 ? "battery_empty" : null;
  return code ? { ...problem, code, message: "", remedy: "" } : problem;
}

export interface Way {
  label: string;
  address: string;
}

/** The screen on which the remedy is done, when it is another one. */
export function wayOut(error: ErrorView | ProblemView, sn = ""): Way | null {
  switch (error.code) {
    case "profile_unknown":
    case "profile_invalid":
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
      return { label: m.fault_go_jobs(), address: to.jobs() };
    default:
      return null;
  }
}
