import { describe, expect, it } from "vitest";
import { forgetToken, readToken, takeToken, withoutToken } from "./token";

const TOKEN = "0123456789abcdef".repeat(4);

function shelf() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

describe("what a person pastes", () => {
  it("the code alone, the address, and a whole line of the terminal hold the token", () => {
    for (const text of [
      TOKEN,
      `  ${TOKEN.toUpperCase()}\n`,
      `http://127.0.0.1:4711/#token=${TOKEN}`,
      `Platen is at http://localhost:4711/#token=${TOKEN} (this browser only)`,
    ])
      expect(readToken(text)).toBe(TOKEN);
  });
  it("anything else holds none", () => {
    for (const text of ["", "hello", TOKEN.slice(1), `${TOKEN}0`, `#token=${TOKEN}0`, `#tok=${TOKEN}`, "g".repeat(64)])
      expect(readToken(text)).toBeNull();
  });
});

describe("the address bar", () => {
  it("keeps everything but the token", () => {
    expect(withoutToken(`#token=${TOKEN}`)).toBe("");
    expect(withoutToken(`#/jobs&token=${TOKEN}`)).toBe("#/jobs");
    expect(withoutToken("#/printers/SN")).toBe("#/printers/SN");
  });
  it("gives the token away once and is cleaned", () => {
    const store = shelf();
    const bar: string[] = [];
    expect(takeToken({ hash: `#token=${TOKEN}` }, (hash) => bar.push(hash), store)).toBe(TOKEN);
    expect(bar).toEqual([""]);
    expect(takeToken({ hash: "#/jobs" }, (hash) => bar.push(hash), store)).toBe(TOKEN);
    expect(bar).toEqual([""]);
  });
  it("is cleaned of a broken token too, and the kept one stays", () => {
    const store = shelf();
    takeToken({ hash: `#token=${TOKEN}` }, () => undefined, store);
    const bar: string[] = [];
    expect(takeToken({ hash: "#token=short" }, (hash) => bar.push(hash), store)).toBe(TOKEN);
    expect(bar).toEqual([""]);
  });
  it("a forgotten token is gone", () => {
    const store = shelf();
    takeToken({ hash: `#token=${TOKEN}` }, () => undefined, store);
    forgetToken(store);
    expect(takeToken({ hash: "" }, () => undefined, store)).toBeNull();
  });
});
