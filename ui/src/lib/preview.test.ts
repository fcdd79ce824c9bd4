import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PreviewView } from "./generated/contract";
import { DEFAULTS } from "./options";
import { Preview, type Wish } from "./preview.svelte";

// Only the browser has pictures; the rules under test are about order.
vi.mock("./blobs", () => ({ pictureOf: (handle: string) => Promise.resolve(handle) }));

function wish(brightness: number): Wish {
  return { document: "d", printer: "p", width: 384, options: { ...DEFAULTS, brightness } };
}

let asked: number[] = [];
let answers: Map<number, (view: PreviewView | Error) => void>;

function preview(): Preview {
  return new Preview(
    ({ options }) =>
      new Promise((resolve, reject) => {
        const brightness = options.brightness ?? 0;
        asked.push(brightness);
        answers.set(brightness, (view) => (view instanceof Error ? reject(view) : resolve(view)));
      }),
    (handle) => Promise.resolve(handle),
  );
}

const view = (name: string) => ({ pages: [{ dots: name, sha256: name }] }) as unknown as PreviewView;
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = new Map();
});
afterEach(() => vi.useRealTimers());

it("asks once when the person pauses, for the newest wish", async () => {
  const one = preview();
  for (const brightness of [1, 2, 3]) one.want(wish(brightness));
  await vi.advanceTimersByTimeAsync(119);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([3]);
  expect(one.busy).toBe(true);
  answers.get(3)?.(view("three"));
  await settle();
  expect(one.shown?.pictures).toEqual(["three"]);
  expect(one.busy).toBe(false);
});

it("drops a stale answer, keeps what is shown, and asks for the newest wish next", async () => {
  const one = preview();
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(120);
  answers.get(1)?.(view("one"));
  await settle();
  one.want(wish(2));
  await vi.advanceTimersByTimeAsync(120);
  one.want(wish(3));
  one.want(wish(4));
  await vi.advanceTimersByTimeAsync(120);
  expect(asked).toEqual([1, 2]);
  answers.get(2)?.(view("two"));
  await settle();
  expect(one.shown?.pictures).toEqual(["one"]);
  expect(asked).toEqual([1, 2, 4]);
  answers.get(4)?.(view("four"));
  await settle();
  expect(one.shown?.pictures).toEqual(["four"]);
});

it("the number of copies draws nothing anew", async () => {
  const one = preview();
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(120);
  answers.get(1)?.(view("one"));
  await settle();
  const more = wish(1);
  more.options.copies = 5;
  one.want(more);
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toEqual([1]);
});

it("an error is shown, and the same wish may be asked again", async () => {
  const one = preview();
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(120);
  answers.get(1)?.(new Error("broken"));
  await settle();
  expect(one.error?.message).toBe("broken");
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(120);
  expect(asked).toEqual([1, 1]);
});
