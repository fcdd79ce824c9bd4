// A look at one Bluetooth device for a technician: its attribute table, and everything that goes over its link, live.
import type { ErrorView, FrameView, TreeView } from "./generated/contract";
import { backend, toErrorView } from "./backend";
import { live } from "./state.svelte";

/** Frames that are kept on the screen. */
export const FRAMES_KEPT = 500;
/** How often new frames are asked for while the screen is open, in milliseconds. */
const EVERY = 400;

export class Device {
  tree = $state.raw<TreeView | null>(null);
  frames = $state.raw<FrameView[]>([]);
  recording = $state(false);
  open = $state(false);
  busy = $state("");
  error = $state.raw<ErrorView | null>(null);
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly id: string) {}

  /** One thing at a time; what goes wrong is shown. */
  async attempt(what: string, work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = what;
    this.error = null;
    try {
      await work();
    } catch (thrown) {
      this.error = toErrorView(thrown);
    } finally {
      this.busy = "";
    }
  }

  connect = () =>
    this.attempt("connect", async () => {
      this.tree = await live.call("gatt.open", { id: this.id });
      this.open = true;
      this.#follow();
    });

  disconnect = () =>
    this.attempt("disconnect", async () => {
      this.stop();
      await live.call("gatt.close", { id: this.id });
      this.open = false;
    });

  read = (service: string, characteristic: string) =>
    this.attempt("read", async () => {
      await live.call("gatt.read", { id: this.id, service, characteristic });
      await this.#fetch();
    });

  listen = (service: string, characteristic: string) =>
    this.attempt("listen", async () => {
      await live.call("gatt.subscribe", { id: this.id, service, characteristic });
      await this.#fetch();
    });

  write = (service: string, characteristic: string, hex: string, confirmed: boolean) =>
    this.attempt("write", async () => {
      await live.call("gatt.write", { id: this.id, service, characteristic, hex, confirmed });
      await this.#fetch();
    });

  record = () =>
    this.attempt("record", async () => {
      await live.call("trace.start", { id: this.id });
      this.recording = true;
    });

  /** Ends the recording and gives its text. */
  async finish(): Promise<string> {
    let text = "";
    await this.attempt("record", async () => {
      const trace = await live.call("trace.stop", { id: this.id });
      this.recording = false;
      text = await (await backend.blob(trace.trace)).text();
    });
    return text;
  }

  /** Nobody looks any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #follow(): void {
    this.stop();
    void this.#fetch();
    this.#timer = setInterval(() => void this.#fetch(), EVERY);
  }

  async #fetch(): Promise<void> {
    try {
      const answer = await live.call("gatt.frames", { id: this.id, after: this.frames.at(-1)?.seq ?? 0 });
      this.recording = answer.recording;
      if (!answer.open && this.open) {
        this.open = false;
        this.stop();
      }
      // Two questions may be on their way at once, and both bring the same frames.
      const last = this.frames.at(-1)?.seq ?? 0;
      const fresh = answer.frames.filter((frame) => frame.seq > last);
      if (fresh.length > 0) this.frames = [...this.frames, ...fresh].slice(-FRAMES_KEPT);
    } catch (thrown) {
      this.stop();
      this.error = toErrorView(thrown);
    }
  }
}
