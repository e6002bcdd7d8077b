/** Logins that may fail from one address in a while, before it has to wait. */
const MOST = 10;
const WHILE = 5 * 60_000;

/** Addresses that are remembered: more would be a way to fill the memory. */
const ADDRESSES = 10_000;

/** Slows down whoever guesses tokens. Kept in memory: a restart forgives. */
export class FailedLogins {
  private readonly failures = new Map<string, number[]>();

  /** @param clock milliseconds since the epoch. Default: the system's. */
  constructor(private readonly clock: () => number = Date.now) {}

  add(remote: string): void {
    const recent = [...this.recent(remote), this.clock()].slice(-MOST);
    // the one that failed last is remembered longest
    this.failures.delete(remote);
    this.failures.set(remote, recent);
    const [oldest] = this.failures.keys();
    if (this.failures.size > ADDRESSES && oldest !== undefined) this.failures.delete(oldest);
  }

  /** Seconds until an address may try again; 0: now. */
  wait(remote: string): number {
    const recent = this.recent(remote);
    const [first] = recent;
    return recent.length < MOST || first === undefined ? 0 : Math.ceil((first + WHILE - this.clock()) / 1000);
  }

  private recent(remote: string): number[] {
    return (this.failures.get(remote) ?? []).filter((at) => at > this.clock() - WHILE);
  }
}
