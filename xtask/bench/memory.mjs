// Rows that are not a race with anybody: what the engine and its renderer take and when their first bytes are there
// (`flat`), how fast bytes get through the system's Bluetooth library (`ble_rate`), and how long it takes from *Print* to
// the first of them (`first_byte`). Each is a program of the product that prints JSON; here its figures become rows.

const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const mib = (kib) => `${(kib / 1024).toFixed(1)} MiB`;

const NAMES = { pdf300: "PDF of 300 pages", banner10m: "banner of 10 m", text1mib: "text of 1 MiB", slider12mp: "slider, 12-megapixel photo" };

/** Rows `{ what, figure, how }` of the lines that `flat` printed. */
export function flatRows(lines) {
  return lines.map((line) => ({
    what: NAMES[line.row] ?? line.row,
    figure: line.stepMedianMs === undefined
      ? `first bytes after ${ms(line.firstBytesMs)} of ${ms(line.allBytesMs)}; program + ${mib(line.parentPeakKib - line.parentBaseKib)} (to ${mib(line.parentPeakKib)}), renderer ${mib(line.childPeakKib)}`
      : `opened in ${ms(line.openMs)}, a step ${ms(line.stepMedianMs)}, the slowest ${ms(line.stepWorstMs)}`,
    how: `cargo run --release -p platen-engine --example flat -- ${line.row}`,
  }));
}

/** Rows `{ what, figure, how }` of what `ble_rate` and `first_byte` printed. */
export function airRows({ unpaced, paced }, first) {
  const how = "cargo run --release -p platen-sim --example ble_rate";
  const rate = (bytes) => `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} kB/s`;
  return [
    { what: "Bluetooth library and D-Bus, without a pace", figure: rate(unpaced.bytesPerSecond), how },
    ...paced.map((one) => ({ what: `a link of ${rate(one.rate)}`, figure: `${rate(one.bytesPerSecond)}, ${(100 * one.share).toFixed(0)} % of it`, how })),
    {
      what: `from Print to the first byte of a photo, median of ${first.runs}`,
      figure: `${ms(first.medianMs)}, the slowest ${ms(first.worstMs)}`,
      how: "cargo run --release -p platen-engine --example first_byte",
    },
  ];
}
