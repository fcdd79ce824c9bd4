// Pictures by handle, as addresses for `<img>`. A handle always means the same bytes, so they are kept and shared.
import { backend } from "./backend";

const MOST = 80;
const kept = new Map<string, Promise<string>>();

/** An address for the picture of this handle. The oldest unused ones are let go. */
export function pictureOf(handle: string): Promise<string> {
  const known = kept.get(handle);
  if (known) {
    kept.delete(handle);
    kept.set(handle, known);
    return known;
  }
  const address = backend.blob(handle).then((blob) => URL.createObjectURL(blob));
  kept.set(handle, address);
  address.catch(() => kept.delete(handle));
  while (kept.size > MOST) {
    const oldest = kept.entries().next().value;
    if (!oldest) break;
    kept.delete(oldest[0]);
    // Pictures that are on the screen keep their decoded pixels.
    void oldest[1].then((old) => URL.revokeObjectURL(old)).catch(() => undefined);
  }
  return address;
}
