// The token that pairs this browser with the door. Source: promise LS-5 (256 bits, 64 hexadecimal digits).
// It arrives once in the fragment of the address, which a browser never sends to a server, and is kept for this tab only.

const KEY = "platen.token";
const FORM = /^[0-9a-f]{64}$/i;

interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The token in what a person typed or pasted: the code itself, or the whole address that `platen serve` printed. */
export function readToken(text: string): string | null {
  const trimmed = text.trim();
  if (FORM.test(trimmed)) return trimmed.toLowerCase();
  const found = /[#&?]token=([0-9a-f]{64})(?![0-9a-f])/i.exec(trimmed);
  return found?.[1]?.toLowerCase() ?? null;
}

/** The address without the token: what may stay in the address bar. */
export function withoutToken(hash: string): string {
  const rest = hash
    .replace(/^#/, "")
    .split("&")
    .filter((part) => part !== "" && !part.startsWith("token="))
    .join("&");
  return rest === "" ? "" : `#${rest}`;
}

/** Takes the token out of the address bar, if there is one, and keeps it for this tab. */
export function takeToken(location: { hash: string }, replace: (hash: string) => void, shelf: Shelf): string | null {
  const arrived = readToken(location.hash);
  if (location.hash.includes("token=")) replace(withoutToken(location.hash));
  if (arrived) shelf.setItem(KEY, arrived);
  return arrived ?? shelf.getItem(KEY);
}

export function keepToken(token: string, shelf: Shelf): void {
  shelf.setItem(KEY, token);
}

export function forgetToken(shelf: Shelf): void {
  shelf.removeItem(KEY);
}
