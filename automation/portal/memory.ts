interface Known<T> {
  readonly value: Promise<T>;
  /** When it was asked for. */
  readonly at: number;
}

/** How many times as old as what is fresh an answer may be that is given while a new one is found out. */
const PATIENCE = 4;

/**
 * Remembers for a while what takes long to find out; those who ask meanwhile wait for the same answer. When that while is
 * over the next one to ask makes it be found out anew, and gets the old answer: nobody waits for what hundreds poll.
 */
export class Memory<T> {
  private known: Known<T> | undefined;
  private renewing: Known<T> | undefined;

  constructor(
    /** Milliseconds. */
    private readonly fresh: number,
    private readonly read: () => Promise<T>,
    private readonly clock: () => number = Date.now,
  ) {}

  value(): Promise<T> {
    const { known } = this;
    const age = known === undefined ? Infinity : this.clock() - known.at;
    if (known !== undefined && age < this.fresh) return known.value;
    this.renewing ??= this.renew();
    return known !== undefined && age < PATIENCE * this.fresh ? known.value : this.renewing.value;
  }

  private renew(): Known<T> {
    const next: Known<T> = { value: this.read(), at: this.clock() };
    next.value.then(
      () => {
        if (this.renewing !== next) return;
        this.known = next;
        this.renewing = undefined;
      },
      () => {
        // an error is not remembered
        if (this.renewing === next) this.renewing = undefined;
      },
    );
    return next;
  }

  /** Something has changed it. */
  forget(): void {
    this.known = undefined;
    this.renewing = undefined;
  }
}
