// Chooses the door: the window's when we run in it, the browser's otherwise.
import { isTauri } from "@tauri-apps/api/core";
import type { Backend } from "./backend";
import { tauriBackend } from "./tauri";
import { forgetToken, keepToken, readToken, takeToken } from "./token";
import { webBackend } from "./web";

export * from "./backend";

const window_ = isTauri();

let token = window_
  ? null
  : takeToken(location, (hash) => history.replaceState(null, "", location.pathname + hash), sessionStorage);

/** The window needs no pairing: it is the program itself. */
export const needsPairing = !window_;

export const backend: Backend = window_ ? tauriBackend() : webBackend(() => token);

/** Takes the code or address that a person gave; false when there is no code in it. */
export function pair(text: string): boolean {
  const read = readToken(text);
  if (!read) return false;
  token = read;
  keepToken(read, sessionStorage);
  return true;
}

/** Forgets a token that the door refused. */
export function unpair(): void {
  token = null;
  forgetToken(sessionStorage);
}
