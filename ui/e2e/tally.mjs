// Counting what a walk has shown. A walk's steps build on each other, so the first failure ends that walk, not the next.

export class Tally {
  passed = 0;
  failed = 0;

  /** Runs one step of `walk`; says how it went; throws on. */
  async step(walk, name, work) {
    try {
      const result = await work();
      this.passed += 1;
      console.log(`ok      ${walk}: ${name}`);
      return result;
    } catch (error) {
      this.failed += 1;
      console.error(`FAILED  ${walk}: ${name}\n${error.stack ?? error}`);
      throw new Stopped();
    }
  }

  /** The last line, and the exit code. */
  report() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed ? 1 : 0;
  }
}

/** Thrown by a step that has been reported already. */
export class Stopped extends Error {}
