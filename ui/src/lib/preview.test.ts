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
let pages: (number | undefined)[] = [];
let answers: Map<number, (view: PreviewView | Error) => void>;

function preview(picture = (handle: string) => Promise.resolve(handle)): Preview {
  return new Preview(
    ({ options, first }) =>
      new Promise((resolve, reject) => {
        const brightness = options.brightness ?? 0;
        asked.push(brightness);
        pages.push(first);
        answers.set(brightness, (view) => (view instanceof Error ? reject(view) : resolve(view)));
      }),
    picture,
  );
}

/** The answer with one page of `pageCount`. */
const view = (name: string, first = 0, pageCount = 1) =>
  ({ pages: first < pageCount ? [{ dots: name, grey: `grey ${name}`, sha256: name }] : [], first, pageCount }) as unknown as PreviewView;
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  pages = [];
  answers = new Map();
});
afterEach(() => vi.useRealTimers());

it("asks once for what comes together, and for the newest wish", async () => {
  const one = preview();
  for (const brightness of [1, 2, 3]) one.want(wish(brightness));
  await vi.advanceTimersByTimeAsync(19);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([3]);
  expect(one.busy).toBe(true);
  answers.get(3)?.(view("three"));
  await settle();
  expect(one.shown?.picture).toBe("three");
  expect(one.busy).toBe(false);
});

it("follows a slider that never rests: one request at a time, always the newest, and what came is shown", async () => {
  const one = preview();
  for (let brightness = 1; brightness <= 9; brightness += 1) {
    one.want(wish(brightness));
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(asked).toEqual([1]);
  answers.get(1)?.(view("one"));
  await settle();
  expect([one.shown?.picture, one.busy]).toEqual(["one", true]);
  expect(asked).toEqual([1, 9]);
  answers.get(9)?.(view("nine"));
  await settle();
  expect([one.shown?.picture, one.busy]).toEqual(["nine", false]);
});

it("never shows the page of a document that was put away or replaced", async () => {
  const one = preview();
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(20);
  one.want({ ...wish(2), document: "other" });
  answers.get(1)?.(view("one"));
  await settle();
  expect(one.shown).toBeNull();
  expect(asked).toEqual([1, 2]);
  one.want(null);
  answers.get(2)?.(view("two"));
  await settle();
  expect([one.shown, one.busy]).toEqual([null, false]);
});

it("turns to another page, stays there when an option changes, and starts another document at its first", async () => {
  const one = preview();
  const answer = async (brightness: number, ...given: Parameters<typeof view>) => {
    await vi.advanceTimersByTimeAsync(20);
    answers.get(brightness)?.(view(...given));
    await settle();
  };
  one.want(wish(1));
  await answer(1, "a", 0, 3);
  one.turnTo(2);
  expect(one.busy).toBe(true);
  await answer(1, "c", 2, 3);
  expect([one.shown?.page, one.shown?.picture, one.busy]).toEqual([2, "c", false]);
  one.want(wish(2));
  await answer(2, "C", 2, 3);
  expect([one.shown?.page, one.shown?.picture]).toEqual([2, "C"]);
  one.want({ ...wish(3), document: "other" });
  await answer(3, "f", 0, 2);
  expect([one.shown?.page, one.shown?.picture]).toEqual([0, "f"]);
  expect(pages).toEqual([0, 2, 2, 0]);
});

it("goes to the last page when there are fewer than before", async () => {
  const one = preview();
  one.want(wish(1));
  one.turnTo(4);
  await vi.advanceTimersByTimeAsync(20);
  answers.get(1)?.(view("", 4, 2));
  await settle();
  expect(pages).toEqual([4, 1]);
  answers.get(1)?.(view("b", 1, 2));
  await settle();
  expect([one.shown?.page, one.shown?.picture, one.busy]).toEqual([1, "b", false]);
});

it("draws once more when its picture was let go meanwhile, and not for ever", async () => {
  const gone = { code: "preview_unknown", message: "gone", remedy: "", retry: "later" };
  const one = preview((handle) => (handle === "old" ? Promise.reject(gone) : Promise.resolve(handle)));
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(20);
  answers.get(1)?.(view("old"));
  await settle();
  answers.get(1)?.(view("new"));
  await settle();
  expect([one.shown?.picture, one.error, asked]).toEqual(["new", null, [1, 1]]);
  one.want(wish(2));
  await vi.advanceTimersByTimeAsync(20);
  for (let tries = 0; tries < 3; tries += 1) {
    answers.get(2)?.(view("old"));
    await settle();
  }
  expect([one.shown?.picture, one.error?.code, asked]).toEqual(["new", "preview_unknown", [1, 1, 2, 2]]);
});

it("fetches the grey of a page only while it is compared", async () => {
  const one = preview();
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(20);
  answers.get(1)?.(view("a"));
  await settle();
  expect(one.shown?.grey).toBeNull();
  one.compare(true);
  await vi.advanceTimersByTimeAsync(20);
  answers.get(1)?.(view("a"));
  await settle();
  expect(one.shown?.grey).toBe("grey a");
});

it("the number of copies draws nothing anew", async () => {
  const one = preview();
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(20);
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
  await vi.advanceTimersByTimeAsync(20);
  answers.get(1)?.(new Error("broken"));
  await settle();
  expect(one.error?.message).toBe("broken");
  one.want(wish(1));
  await vi.advanceTimersByTimeAsync(20);
  expect(asked).toEqual([1, 1]);
});
