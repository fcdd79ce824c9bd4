// Lines out of a stream of bytes: the browser door sends one JSON object a line and a blank line when nothing happens.
// A line of more than 16 MiB ends the stream: no view is that large.

const LONGEST = 16 * 1024 * 1024;

/** Cuts text into complete lines; what is left over waits for the next piece. */
export class LineCutter {
  #rest = "";

  /** The lines that this piece completes, without their ends. */
  push(piece: string): string[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LONGEST) throw new Error("a line is longer than any view");
    return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  }
}

/** How long to wait before the next attempt, in milliseconds: doubling from 0.5 s to 10 s, spread by `random` (0–1). */
export function backOff(attempt: number, random: number): number {
  const full = Math.min(10_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.75 + random * 0.5));
}
