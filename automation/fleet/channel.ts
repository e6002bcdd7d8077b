/**
 * Hands events to whoever iterates over them at that moment. Nothing is kept for those who come later, and nothing at all
 * where nobody listens.
 */
export class Channel<T> implements AsyncIterable<T> {
  private readonly listeners = new Set<Listener<T>>();
  private closed = false;

  send(event: T): void {
    for (const listener of this.listeners) listener.push(event);
  }

  close(): void {
    this.closed = true;
    for (const listener of this.listeners) listener.end();
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    const listener = new Listener<T>();
    if (this.closed) listener.end();
    else this.listeners.add(listener);
    return {
      next: () => listener.next(),
      return: () => {
        this.listeners.delete(listener);
        listener.end();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

class Listener<T> {
  private readonly queue: T[] = [];
  private wake: (() => void) | undefined;
  private ended = false;

  push(event: T): void {
    this.queue.push(event);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async next(): Promise<IteratorResult<T>> {
    while (this.queue.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const [event] = this.queue.splice(0, 1);
    return event === undefined ? { done: true, value: undefined } : { done: false, value: event };
  }
}
