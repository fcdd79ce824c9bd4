import { describe, expect, it } from "vitest";
import en from "../../messages/en.json";
import th from "../../messages/th.json";
import zh from "../../messages/zh-CN.json";

type Words = Record<string, string>;
const languages: [string, Words][] = [
  ["en", en],
  ["zh-CN", zh],
  ["th", th],
];

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe.each(languages)("%s", (_name, words) => {
  it("has exactly the keys of English, none empty", () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(en).sort());
    expect(Object.entries(words).filter(([, text]) => text.trim() === "")).toEqual([]);
  });
  it("says with the same values what English says", () => {
    for (const [key, text] of Object.entries(en as Words)) expect([key, holes(words[key] ?? "")]).toEqual([key, holes(text)]);
  });
  it("has a remedy for each error and an error for each remedy", () => {
    const errors = Object.keys(words).filter((key) => key.startsWith("error_") && !key.endsWith("_do"));
    const remedies = Object.keys(words).filter((key) => key.startsWith("error_") && key.endsWith("_do"));
    expect(remedies).toEqual(errors.map((key) => `${key}_do`));
  });
});

it("the languages really differ", () => {
  const same = (words: Words) =>
    Object.entries(en as Words).filter(([key, text]) => words[key] === text && /[a-z]{4}/i.test(text.replace(/\{\w+\}/g, "")));
  expect(same(zh).map(([key]) => key)).toEqual(["$schema"]);
  expect(same(th).map(([key]) => key)).toEqual(["$schema"]);
});
