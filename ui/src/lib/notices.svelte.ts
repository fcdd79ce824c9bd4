// Short messages that belong to no place on the screen: what a printer said without being asked, and that something was
// done. They go by themselves; nothing that a person must act on is said here alone.

export interface Saying {
  id: number;
  text: string;
}

const MOST = 3;

class Notices {
  all = $state.raw<Saying[]>([]);
  #last = 0;

  /** Says something; the same text again replaces its older self. */
  say(text: string): void {
    this.#last += 1;
    this.all = [...this.all.filter((one) => one.text !== text), { id: this.#last, text }].slice(-MOST);
  }

  drop(id: number): void {
    this.all = this.all.filter((one) => one.id !== id);
  }
}

export const notices = new Notices();
