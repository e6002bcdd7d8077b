import { get } from "./api.js";
import { change, load, state } from "./state.js";
import type { Job, JobEvent } from "./wire.js";

let source: EventSource | undefined;
let watched: string | undefined;

/** Shows what happens in a job, live; the browser connects again by itself, and goes on where it was. */
export async function watch(id: string | undefined): Promise<void> {
  if (id === watched) return;
  source?.close();
  source = undefined;
  watched = id;
  change({ job: undefined, events: [] });
  if (id === undefined) return;
  const job = await get<Job>(`/jobs/${id}`);
  if (watched !== id) return;
  change({ job });
  const stream = new EventSource(`/api/jobs/${id}/events`);
  source = stream;
  stream.addEventListener("progress", (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as JobEvent;
    if (state.events.some((known) => known.id === event.id)) return;
    change({ events: [...state.events, event] });
    if (event.kind === "state") void moved(id, event.text, stream);
  });
}

async function moved(id: string, to: string, stream: EventSource): Promise<void> {
  const ended = to === "done" || to === "failed";
  // what has ended says nothing more; the browser would ask again for ever
  if (ended) stream.close();
  const job = await get<Job>(`/jobs/${id}`).catch(() => undefined);
  if (watched !== id || job === undefined) return;
  change({ job, ...(ended ? { notice: `${job.cluster}: ${job.kind} ${job.state}` } : {}) });
  if (ended) await load(state.route).catch(() => undefined);
}
