// What went wrong, in the person's language. The engine's sentences are English and exact; other languages are chosen by
// the stable code, and the engine's sentence is the last resort. Nothing here looks at a sentence to decide anything.
import type { ErrorView, ProblemView } from "./generated/contract";
import { m } from "./paraglide/messages.js";
import { getLocale } from "./paraglide/runtime.js";
import { to } from "./route.svelte";

type Say = () => string;
type Told = Pick<ErrorView, "code" | "message" | "remedy">;

const messages = m as unknown as Record<string, Say | undefined>;

/** What happened and what to do next, as sentences for a person. */
export function tell(error: Told): { message: string; remedy: string } {
  const message = messages[`error_${error.code}`]?.();
  const remedy = messages[`error_${error.code}_do`]?.();
  const exact = getLocale() === "en" && error.message !== "";
  if (exact || !message) {
    return { message: error.message || m.error_unexpected(), remedy: error.remedy || (remedy ?? "") };
  }
  return { message, remedy: remedy ?? error.remedy };
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
      return { label: m.fault_go_settings(), address: to.settings() };
    case "bind_again":
    case "taken_over":
    case "token_refused":
      return { label: m.fault_go_add(), address: to.add(sn) };
    case "job_uncertain":
      return { label: m.fault_go_jobs(), address: to.jobs() };
    default:
      return null;
  }
}
