// What the person is about to print: one document, one printer, the options. It survives a look at another screen.
import type { DocumentView, ErrorView, PageOptions } from "$lib/generated/contract";
import { backend, toErrorView } from "./backend";
import { millimetres } from "./format";
import { notices } from "./notices.svelte";
import { DEFAULTS } from "./options";
import { m } from "./paraglide/messages.js";
import { decoded, Preview } from "./preview.svelte";
import { carriedOn } from "./presets";
import { live } from "./state.svelte";
import { Thumbs } from "./thumbs.svelte";

class Draft {
  document = $state.raw<DocumentView | null>(null);
  options = $state<PageOptions>({ ...DEFAULTS });
  /** The printer that was looked at last. */
  printer = $state("");
  /** The job that was started from this draft and is being watched. */
  jobId = $state<string | null>(null);
  taking = $state(false);
  error = $state.raw<ErrorView | null>(null);
  preview = this.another();
  thumbs = new Thumbs((request) => live.call("preview.render", request), decoded);

  #reference = crypto.randomUUID();
  #takes = 0;

  /** A preview of its own, for a look at the page that is not the one on the screen. */
  another(): Preview {
    return new Preview((request) => live.call("preview.render", request));
  }

  /** Opens a locked document. */
  async unlock(password: string): Promise<void> {
    const locked = this.document;
    if (!locked) return;
    this.taking = true;
    this.error = null;
    try {
      const open = await live.call("document.unlock", { document: locked.document, password });
      if (this.document === locked) {
        this.document = open;
        this.preview.again();
      }
    } catch (thrown) {
      if (this.document === locked) this.error = toErrorView(thrown);
    } finally {
      if (this.document === locked || this.document?.document === locked.document) this.taking = false;
    }
  }

  /** Hands a file to the engine; a newer one replaces one that is still under way. */
  async take(file: Blob, name: string): Promise<void> {
    const mine = ++this.#takes;
    this.taking = true;
    this.error = null;
    this.jobId = null;
    try {
      const document = await backend.addDocument(file, name);
      if (mine === this.#takes) this.#next(document);
    } catch (thrown) {
      if (mine === this.#takes) this.error = toErrorView(thrown);
    } finally {
      if (mine === this.#takes) this.taking = false;
    }
  }

  #next(document: DocumentView): void {
    const { widthDots, dpi } = live.printer(this.printer) ?? {};
    const headMm = widthDots && dpi ? millimetres(widthDots, dpi) : 0;
    this.options = carriedOn($state.snapshot(this.options), this.document?.kind ?? document.kind, { kind: document.kind, headMm });
    this.document = document;
  }

  /** Takes what is in a drop or a paste: the first file, or text. False when there is nothing to take. */
  takeFrom(data: DataTransfer | null): boolean {
    const [file] = data?.files ?? [];
    const text = data?.getData("text/plain") ?? "";
    if (file) void this.take(file, file.name);
    else if (text.trim()) void this.take(new Blob([text]), `${m.write_name()}.txt`);
    else return false;
    if ((data?.files.length ?? 0) > 1) notices.say(m.print_first_only());
    return true;
  }

  /** The same for what was dropped, so that the browser does not open it. */
  takeDropped(event: DragEvent): boolean {
    if (!this.takeFrom(event.dataTransfer)) return false;
    event.preventDefault();
    return true;
  }

  /** Starts the job. The reference makes a repeated call after a broken connection give the same job. */
  async print(printer: string): Promise<void> {
    if (!this.document) return;
    this.error = null;
    try {
      const options = $state.snapshot(this.options);
      const job = await live.call("print.start", {
        document: this.document.document,
        printer,
        options,
        ref: this.#reference,
      });
      live.take({ job });
      this.jobId = job.jobId;
      this.#reference = crypto.randomUUID();
    } catch (thrown) {
      const error = toErrorView(thrown);
      // A refused request is over; only an unanswered one may be repeated under the same reference.
      if (error.code !== "door_unreachable") this.#reference = crypto.randomUUID();
      this.error = error;
    }
  }

  /** Looks at the page again after printing. */
  back(): void {
    this.jobId = null;
    this.error = null;
  }

  /** Puts the document away. */
  clear(): void {
    this.#takes += 1;
    this.document = null;
    this.jobId = null;
    this.error = null;
    this.taking = false;
    this.options = { ...DEFAULTS };
    this.preview.want(null);
    this.thumbs.follow(null);
  }
}

export const draft = new Draft();
