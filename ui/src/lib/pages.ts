// Which pages are printed, as a person writes it (`1-3,5,9-`). The rules are those of the contract; the signs that other
// keyboards give for comma and dash are taken too.

const MOST_PARTS = 200;
const MOST_PAGE = 1_000_000;

/** What was typed, with the contract's own signs. */
export function plainPages(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[、;]/g, ",")
    .replace(/[‐-―−~至]/g, "-")
    .replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50))
    .replace(/\s+/g, "");
}

type Range = readonly [first: number, last: number];

function rangesOf(text: string): Range[] | null {
  const plain = plainPages(text);
  if (plain === "") return [];
  const parts = plain.split(",");
  if (parts.length > MOST_PARTS) return null;
  const found: Range[] = [];
  for (const part of parts) {
    const match = /^(\d{1,7})(-(\d{1,7})?)?$/.exec(part);
    if (!match) return null;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : match[3] === undefined ? Infinity : Number(match[3]);
    if (first < 1 || first > MOST_PAGE || last < first || (last !== Infinity && last > MOST_PAGE)) return null;
    found.push([first, last]);
  }
  return found;
}

/** How many sheets of a document with `count` pages are meant; null when the text is no list of pages. */
export function pagesMeant(text: string, count: number): number | null {
  const ranges = rangesOf(text);
  if (!ranges) return null;
  if (ranges.length === 0) return count;
  return ranges.reduce((sum, [first, last]) => sum + Math.max(0, Math.min(last, count) - first + 1), 0);
}

/** What is wrong with it: it cannot be read, or the document has none of these pages. */
export function pagesTrouble(text: string, count: number): "unreadable" | "none" | null {
  const meant = pagesMeant(text, count);
  if (meant === null) return "unreadable";
  return meant === 0 ? "none" : null;
}
