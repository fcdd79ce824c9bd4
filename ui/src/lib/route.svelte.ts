// Which screen is shown. Routes live in the fragment, so that a reload and the back button work in the window too.

export type Route =
  | { screen: "printers" }
  | { screen: "add"; sn: string }
  | { screen: "printer"; sn: string }
  | { screen: "print"; sn: string }
  | { screen: "jobs" }
  | { screen: "setup"; device: string }
  | { screen: "strip"; device: string }
  | { screen: "diagnostics"; device: string }
  | { screen: "settings" };

/** Reads a fragment; anything unknown is the first screen. */
export function readRoute(hash: string): Route {
  const [screen = "", rest = ""] = hash.replace(/^#\/?/, "").split("/", 2);
  let sn = "";
  try {
    sn = decodeURIComponent(rest);
  } catch {
    // A broken escape: no serial number.
  }
  switch (screen) {
    case "add":
      return { screen, sn };
    case "printers":
      return sn ? { screen: "printer", sn } : { screen: "printers" };
    case "print":
      return { screen, sn };
    case "setup":
    case "strip":
    case "diagnostics":
      return { screen, device: sn };
    case "jobs":
    case "settings":
      return { screen };
    default:
      return { screen: "printers" };
  }
}

/** The address of a screen. */
export const to = {
  printers: () => "#/printers",
  add: (sn = "") => (sn ? `#/add/${encodeURIComponent(sn)}` : "#/add"),
  printer: (sn: string) => `#/printers/${encodeURIComponent(sn)}`,
  print: (sn = "") => (sn ? `#/print/${encodeURIComponent(sn)}` : "#/print"),
  jobs: () => "#/jobs",
  setup: (device = "") => (device ? `#/setup/${encodeURIComponent(device)}` : "#/setup"),
  strip: (device: string) => `#/strip/${encodeURIComponent(device)}`,
  diagnostics: (device = "") => (device ? `#/diagnostics/${encodeURIComponent(device)}` : "#/diagnostics"),
  settings: () => "#/settings",
};

class Place {
  current = $state.raw<Route>(readRoute(typeof location === "undefined" ? "" : location.hash));

  /** Follows the address bar; returns how to stop. */
  watch(): () => void {
    const read = () => (this.current = readRoute(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }

  go(address: string): void {
    location.hash = address;
  }
}

export const place = new Place();
