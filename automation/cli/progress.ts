import type { FleetEvent } from "../fleet/events";
import type { Run } from "../fleet/fleet";

/** Seconds after which a stack that works says that it does. */
const HEARTBEAT = 20;

/** Tells what an operation does, a line at a time: as readable in a log as on a terminal. Ends with the operation. */
export async function progress(run: Run, line: (text: string) => void): Promise<void> {
  const working = new Map<string, { readonly since: number; done: number; last: string }>();
  const heartbeat = setInterval(() => {
    for (const [stack, { since, done, last }] of working) {
      const seconds = Math.round((Date.now() - since) / 1000);
      line(`${stack}: working for ${seconds} s, ${done} resources done${last === "" ? "" : `; now ${last}`}`);
    }
  }, HEARTBEAT * 1000);
  heartbeat.unref();
  try {
    for await (const event of run) {
      follow(event);
      const text = textOf(event);
      if (text !== undefined) line(`${event.stack}: ${text}`);
    }
  } finally {
    clearInterval(heartbeat);
  }

  function follow(event: FleetEvent): void {
    if (event.type === "started") working.set(event.stack, { since: Date.now(), done: 0, last: "" });
    if (event.type === "finished") working.delete(event.stack);
    const entry = working.get(event.stack);
    if (event.type !== "resource" || entry === undefined) return;
    if (event.phase === "done") entry.done++;
    if (event.phase === "started") entry.last = `${event.change} ${event.urn.split("::").slice(2).join(" ")}`;
  }
}

function textOf(event: FleetEvent): string | undefined {
  switch (event.type) {
    case "started":
      return event.attempt === 1 ? event.operation : `${event.operation}, attempt ${event.attempt}`;
    case "retry":
      return `${event.failure.kind}; again in ${event.seconds.toFixed(1)} s`;
    case "recovered": {
      const { recorded, forgotten, repeated } = event.recovery;
      return `recovered: ${recorded.length} found, ${forgotten.length + repeated.length} done again`;
    }
    case "finished": {
      const { outcome } = event;
      if (outcome.status === "done") return `done in ${outcome.result.seconds.toFixed(1)} s`;
      return outcome.status === "failed"
        ? `failed (${outcome.failure.kind})`
        : `not begun, since ${outcome.because} failed`;
    }
    case "message":
      return event.severity === "warning" && !/^using \S+ from \$PATH at /.test(event.text)
        ? `warning: ${event.text}`
        : undefined;
    case "resource":
      return undefined;
  }
}

/** The first Ctrl-C lets the engine write its state and end; the second ends this process. */
export function interrupts(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once("SIGINT", abort).once("SIGTERM", abort);
  return {
    signal: controller.signal,
    stop: () => void process.removeListener("SIGINT", abort).removeListener("SIGTERM", abort),
  };
}
