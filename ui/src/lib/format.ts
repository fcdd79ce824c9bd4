// Numbers, sizes and times as people read them. Pure: the time of day and the language come from the caller.

/** "3 minutes ago", in the largest unit that fits. Below `now` seconds apart it is "now". */
export function ago(at: number, now: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 10) return format.format(0, "second");
  if (size < 60) return format.format(Math.trunc(seconds / 10) * 10, "second");
  if (size < 3600) return format.format(Math.trunc(seconds / 60), "minute");
  if (size < 86_400) return format.format(Math.trunc(seconds / 3600), "hour");
  return format.format(Math.trunc(seconds / 86_400), "day");
}

/** A time of day, with the date when it is not today's. */
export function clock(at: number, now: number, locale: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale, sameDay ? time : { ...time, day: "numeric", month: "short" }).format(at);
}

/** The heading of a day: "today", "yesterday" or a date. */
export function dayName(at: number, now: number, locale: string): string {
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  if (days === 0 || days === -1) {
    const word = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
  }
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }).format(at);
}

/** "0.6" as "60 %", in the language's way. */
export function percent(share: number, locale: string, digits = 0): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits }).format(share);
}

export function number(value: number, locale: string, digits = 0): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}

/** A number of bytes in the unit that reads best. */
export function bytes(count: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const style: Intl.NumberFormatOptions = { style: "unit", unit: units[unit] ?? "byte", unitDisplay: "short" };
  return new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value);
}

/** Dots on paper, in millimetres. */
export function millimetres(dots: number, dpi: number): number {
  return dpi > 0 ? (dots / dpi) * 25.4 : 0;
}
