import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { clusterOf, reader, writer, type Context } from "./context";
import type { Asked, NewJob } from "./jobs";
import { mayOf, type Principal } from "./principal";
import { notFound, Refusal } from "./refusal";
import * as schemas from "./schemas";
import { clusterView, jobView } from "./views";

const FAILED = { "4xx": schemas.problem, "5xx": schemas.problem };
const JOB = { 200: schemas.job, 202: schemas.job, ...FAILED };

/** Clusters: what there is, and jobs that change it. */
export function clusterRoutes(context: Context): FastifyPluginCallbackZod {
  const { cloud, jobs, audit, runner, settings } = context;

  /** Writes a job down, then lets `check` write down or refuse what is wanted; a repeated request gets its first job. */
  async function begin(
    wish: NewJob,
    principal: Principal,
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    check: () => Promise<void>,
  ) {
    const asked = jobs.ask(wish);
    const job = jobOf(asked);
    if (asked.outcome === "new") {
      const deed = { who: principal.who, remote: request.ip, action: wish.wanted.kind, customer: wish.customer };
      try {
        await check();
      } catch (error) {
        jobs.withdraw(job.id);
        audit.add({ ...deed, subject: wish.cluster, outcome: "refused" });
        throw error;
      }
      jobs.move(job.id, "queued");
      audit.add({ ...deed, subject: wish.cluster, outcome: "asked for" });
      runner.wake();
    }
    const now = jobs.get(job.id) ?? job;
    return reply.status(asked.outcome === "new" ? 202 : 200).send(jobView(now, principal));
  }

  return (app, _options, done) => {
    app.get(
      "/offers",
      { schema: { tags: ["clusters"], response: { 200: schemas.offers, ...FAILED } } },
      async (request) => {
        await reader(request, context);
        const { versions, sizes, mostMachines } = await cloud.offers();
        return { versions: [...versions], sizes: [...sizes], mostMachines };
      },
    );

    app.get(
      "/clusters",
      { schema: { tags: ["clusters"], response: { 200: z.array(schemas.cluster), ...FAILED } } },
      async (request) => {
        const principal = await reader(request, context);
        const [all, latest] = [await cloud.clusters(), jobs.latest()];
        const own = all.filter(({ customer }) => mayOf(principal, customer));
        return own.map((cluster) => mutable(clusterView(cluster, latest.get(cluster.id))));
      },
    );

    app.get(
      "/clusters/:id",
      { schema: { tags: ["clusters"], params: schemas.clusterId, response: { 200: schemas.cluster, ...FAILED } } },
      async (request) => {
        const found = await clusterOf(request.params.id, await reader(request, context), context);
        return mutable(clusterView(found, jobs.latest().get(found.id)));
      },
    );

    app.post(
      "/clusters",
      {
        schema: {
          tags: ["clusters"],
          headers: schemas.idempotencyKey,
          body: schemas.newCluster,
          response: JOB,
        },
      },
      async (request, reply) => {
        const principal = await writer(request, context);
        const { body: wanted, headers } = request;
        // that a customer of others exists is not told
        if (!mayOf(principal, wanted.customer)) throw new Refusal(403, "You may not make clusters of this customer");
        const id = cloud.idOf(wanted.customer, wanted.name);
        const wish: NewJob = {
          cluster: id,
          customer: wanted.customer,
          wanted: { kind: "create", cluster: wanted },
          who: principal.who,
          key: headers["idempotency-key"],
        };
        return begin(wish, principal, { request, reply }, async () => {
          if ((await cloud.clusters()).some((cluster) => cluster.id === id)) {
            throw new Refusal(409, `There is a cluster ${id} already`);
          }
          await cloud.reserve(wanted, settings.customers[wanted.customer] ?? {});
        });
      },
    );

    app.patch(
      "/clusters/:id/pools/:pool",
      {
        schema: {
          tags: ["clusters"],
          params: schemas.poolOfCluster,
          headers: schemas.idempotencyKey,
          body: schemas.resize,
          response: JOB,
        },
      },
      async (request, reply) => {
        const principal = await writer(request, context);
        const { id, pool } = request.params;
        const found = await clusterOf(id, principal, context);
        if (!found.pools.some(({ name }) => name === pool)) throw notFound("pool");
        const { machines } = request.body;
        const wish: NewJob = {
          cluster: id,
          customer: found.customer,
          wanted: { kind: "resize", pool, machines },
          who: principal.who,
          key: request.headers["idempotency-key"],
        };
        return begin(wish, principal, { request, reply }, () => cloud.resize(id, pool, machines));
      },
    );

    app.delete(
      "/clusters/:id",
      {
        schema: {
          tags: ["clusters"],
          params: schemas.clusterId,
          headers: schemas.idempotencyKey,
          response: JOB,
        },
      },
      async (request, reply) => {
        const principal = await writer(request, context);
        const { id } = request.params;
        const key = request.headers["idempotency-key"];
        // the repeated request may come when the cluster is gone
        const found = jobs.asked(principal.who, key) ?? (await clusterOf(id, principal, context));
        const wish: NewJob = {
          cluster: id,
          customer: found.customer,
          wanted: { kind: "delete" },
          who: principal.who,
          key,
        };
        return begin(wish, principal, { request, reply }, async () => {
          const { isProtected } = await clusterOf(id, principal, context);
          if (isProtected) throw new Refusal(409, "This cluster is protected; its operators can delete it");
        });
      },
    );

    app.get(
      "/clusters/:id/kubeconfig",
      { schema: { tags: ["clusters"], params: schemas.clusterId, produces: ["application/yaml"] } },
      async (request, reply) => {
        const principal = await reader(request, context);
        // it is the cluster's administrator's
        if (principal.readOnly) throw new Refusal(403, "You may look, and change nothing");
        const { id, customer } = await clusterOf(request.params.id, principal, context);
        const text = await cloud.kubeconfig(id);
        audit.add({
          who: principal.who,
          remote: request.ip,
          action: "kubeconfig",
          customer,
          subject: id,
          outcome: "given out",
        });
        return reply
          .type("application/yaml")
          .header("content-disposition", `attachment; filename="${id}.kubeconfig.yaml"`)
          .send(text);
      },
    );
    done();
  };
}

function jobOf(asked: Asked) {
  if (asked.outcome === "other-request") throw new Refusal(422, "This Idempotency-Key was used for another request");
  if (asked.outcome === "busy") throw new Refusal(409, "Another job works on this cluster; wait for its end");
  return asked.job;
}

/** The library's types of answers know no readonly. */
function mutable({ pools, ...cluster }: ReturnType<typeof clusterView>) {
  return { ...cluster, pools: pools.map((pool) => ({ ...pool })) };
}
