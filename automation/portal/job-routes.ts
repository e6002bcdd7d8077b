import type { ServerResponse } from "node:http";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { reader, type Context } from "./context";
import type { StoredJob } from "./jobs";
import type { JobEvent } from "./page/wire";
import { mayOf, type Principal } from "./principal";
import { notFound } from "./refusal";
import * as schemas from "./schemas";
import { capacityView, jobView } from "./views";

const FAILED = { "4xx": schemas.problem, "5xx": schemas.problem };

/** Milliseconds between comments that keep proxies from ending a stream in which nothing happens. */
const ALIVE = 15_000;

/** Jobs, what happens in them, and what they have led to: capacity and the log. */
export function jobRoutes(context: Context): FastifyPluginCallbackZod {
  const { jobs, audit, cloud, settings } = context;
  const streams = new Set<ServerResponse>();
  const seen = (id: string, principal: Principal): StoredJob => {
    const job = jobs.get(id);
    if (job === undefined || !mayOf(principal, job.customer)) throw notFound("job");
    return job;
  };

  return (app, _options, done) => {
    app.addHook("preClose", async () => {
      for (const stream of streams) stream.end();
    });

    app.get(
      "/jobs",
      { schema: { tags: ["jobs"], response: { 200: z.array(schemas.job), ...FAILED } } },
      async (request) => {
        const principal = await reader(request, context);
        const all = jobs.recent(200).filter(({ customer }) => mayOf(principal, customer));
        return all.map((job) => jobView(job, principal));
      },
    );

    app.get(
      "/jobs/:id",
      { schema: { tags: ["jobs"], params: schemas.jobId, response: { 200: schemas.job, ...FAILED } } },
      async (request) => {
        const principal = await reader(request, context);
        return jobView(seen(request.params.id, principal), principal);
      },
    );

    app.get(
      "/jobs/:id/events",
      {
        schema: {
          tags: ["jobs"],
          description:
            "Server-sent events, each a JSON document; what has happened first. Ends with the job. Last-Event-ID goes on after it.",
          params: schemas.jobId,
          produces: ["text/event-stream"],
        },
      },
      async (request, reply) => {
        const { id } = seen(request.params.id, await reader(request, context));
        const last = Number(request.headers["last-event-id"] ?? 0);
        reply.hijack();
        const { raw } = reply;
        raw.writeHead(200, {
          ...headersOf(reply.getHeaders()),
          "content-type": "text/event-stream; charset=utf-8",
          // of nginx, which would keep events back
          "x-accel-buffering": "no",
        });
        raw.write("retry: 2000\n\n");
        streams.add(raw);
        const stopListening = jobs.listen(id, send);
        const alive = setInterval(() => raw.write(": alive\n\n"), ALIVE);
        raw.on("close", () => {
          clearInterval(alive);
          stopListening();
          streams.delete(raw);
        });
        for (const event of jobs.events(id, Number.isSafeInteger(last) ? last : 0)) send(event);
        // one that has ended says nothing more
        if (hasEnded(jobs.get(id)?.state ?? "failed")) raw.end();

        function send(event: JobEvent): void {
          if (raw.writableEnded) return;
          raw.write(`id: ${event.id}\nevent: progress\ndata: ${JSON.stringify(event)}\n\n`);
          if (event.kind === "state" && hasEnded(event.text)) raw.end();
        }
      },
    );

    app.get(
      "/capacity",
      { schema: { tags: ["capacity"], response: { 200: schemas.capacity, ...FAILED } } },
      async (request) => {
        const principal = await reader(request, context);
        const { customers, ...rest } = capacityView(await cloud.clusters(), principal, settings);
        return { ...rest, customers: customers.map((each) => ({ ...each, clusters: [...each.clusters] })) };
      },
    );

    app.get(
      "/audit",
      { schema: { tags: ["log"], response: { 200: z.array(schemas.auditEntry), ...FAILED } } },
      async (request) => audit.recent((await reader(request, context)).customers),
    );
    done();
  };
}

function hasEnded(state: string): boolean {
  return state === "done" || state === "failed";
}

function headersOf(headers: Readonly<Record<string, number | string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}
