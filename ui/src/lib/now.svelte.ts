// The time of day for ages ("2 min ago"), in steps that nobody has to watch.
class Now {
  at = $state(Date.now());

  /** Moves on every ten seconds; returns how to stop. */
  watch(): () => void {
    const timer = setInterval(() => (this.at = Date.now()), 10_000);
    return () => clearInterval(timer);
  }
}

export const now = new Now();
