import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PreviewView } from "./generated/contract";
import { DEFAULTS } from "./options";
import type { Wish } from "./preview.svelte";
import { Thumbs } from "./thumbs.svelte";

vi.mock("./blobs", () => ({ pictureOf: (handle: string) => Promise.resolve(handle) }));

const wish = (more: Partial<Wish["options"]> = {}): Wish => ({ document: "d", printer: "p", width: 384, options: { ...DEFAULTS, ...more } });

let asked: string[] = [];
function thumbs(): Thumbs {
  return new Thumbs(
    ({ first = 0, count = 0, options }) => {
      asked.push(`${first}+${count}`);
      const pages = Array.from({ length: count }, (_, index) => ({ grey: `page ${first + index} margin ${options.margin ?? 0}` }));
      return Promise.resolve({ pages, first, pageCount: 300 } as unknown as PreviewView);
    },
    (handle) => Promise.resolve(handle),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
});
afterEach(() => vi.useRealTimers());

it("asks for the pages in sight, a few at a time and each once", async () => {
  const one = thumbs();
  one.follow(wish());
  for (const page of [0, 1, 2, 3, 4, 5, 6]) one.sight(page, true);
  await vi.advanceTimersByTimeAsync(200);
  expect(asked.sort()).toEqual(["0+6", "6+6"]);
  expect(one.pictures.get(7)).toBe("page 7 margin 0");
  one.sight(250, true);
  one.sight(1, true);
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toEqual(["0+6", "6+6", "246+6"]);
});

it("needs nothing anew for a tone; a margin draws those in sight, and the old ones stay until then", async () => {
  const one = thumbs();
  one.follow(wish());
  one.sight(0, true);
  one.sight(20, true);
  await vi.advanceTimersByTimeAsync(200);
  one.sight(20, false);
  asked = [];
  one.follow(wish({ brightness: 40, dither: "atkinson", copies: 3 }));
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toEqual([]);
  one.follow(wish({ margin: 50 }));
  expect(one.pictures.get(0)).toBe("page 0 margin 0");
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toEqual(["0+6"]);
  expect(one.pictures.get(0)).toBe("page 0 margin 50");
});
