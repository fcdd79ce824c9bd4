// Language and theme. The engine keeps the choice; a copy in local storage avoids a flash of the wrong look at the start.
import { overwriteGetLocale, type Locale } from "./paraglide/runtime.js";

export const LOCALES: readonly Locale[] = ["en", "zh-CN", "th"];
const KEY = "platen.look";

/** The language that fits a list of wishes, best first. */
export function chooseLocale(wishes: readonly string[]): Locale {
  for (const wish of wishes) {
    const language = wish.toLowerCase().split("-")[0];
    if (language === "zh") return "zh-CN";
    if (language === "th") return "th";
    if (language === "en") return "en";
  }
  return "en";
}

function isLocale(text: unknown): text is Locale {
  return LOCALES.some((locale) => locale === text);
}

class Look {
  locale = $state<Locale>("en");
  #language = "";

  /** Takes the copy of the last choice, before the engine has answered. */
  begin(): void {
    overwriteGetLocale(() => this.locale);
    let language = "";
    let theme = "";
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      if (typeof kept === "object" && kept !== null) {
        if ("language" in kept && typeof kept.language === "string") language = kept.language;
        if ("theme" in kept && typeof kept.theme === "string") theme = kept.theme;
      }
    } catch {
      // No storage, or not ours: the system's choice.
    }
    this.apply(language, theme);
    addEventListener("languagechange", () => {
      if (this.#language === "") this.locale = chooseLocale(navigator.languages);
    });
  }

  /** Shows the user's choice; empty means the system's. */
  apply(language: string, theme: string): void {
    this.#language = language;
    this.locale = isLocale(language) ? language : chooseLocale(navigator.languages);
    const root = document.documentElement;
    root.lang = this.locale;
    if (theme === "light" || theme === "dark") root.dataset["theme"] = theme;
    else delete root.dataset["theme"];
    try {
      localStorage.setItem(KEY, JSON.stringify({ language, theme }));
    } catch {
      // Private mode without storage: nothing to keep.
    }
  }
}

export const look = new Look();
