/** Remembers for a while what takes long to find out; those who ask meanwhile wait for the same answer. */
export class Memory<T> {
  private known: { readonly value: Promise<T>; readonly at: number } | undefined;

  constructor(
    /** Milliseconds. */
    private readonly fresh: number,
    private readonly read: () => Promise<T>,
  ) {}

  value(): Promise<T> {
    const { known } = this;
    if (known !== undefined && known.at + this.fresh > Date.now()) return known.value;
    const next = { value: this.read(), at: Date.now() };
    this.known = next;
    next.value.catch(() => {
      // an error is not remembered
      if (this.known === next) this.known = undefined;
    });
    return next.value;
  }

  /** Something has changed it. */
  forget(): void {
    this.known = undefined;
  }
}
