import { z } from "zod";
import { DNS_LABEL } from "../../components/core/names";
import type { AuditEntry, Capacity, Cluster, Job, JobEvent, Offers, ProblemDetails, Session } from "./page/wire";

/*
 * Every input and every answer of the API. Requests are checked with them, answers hold nothing else, and the OpenAPI
 * description is made from them; `satisfies` holds them against the page's types.
 */

const label = z.string().max(40).regex(DNS_LABEL, { error: "must consist of a-z, 0-9 and - inside" });
const machines = z.int().min(0).max(500);

export const clusterId = z.strictObject({ id: label });
export const poolOfCluster = z.strictObject({ id: label, pool: label });
export const jobId = z.strictObject({ id: z.uuid() });

/** What makes a repeated request the same one. */
export const idempotencyKey = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{8,128}$/, { error: "must be 8 to 128 visible characters, new for each request" })
    .describe("new for each thing that is wanted, the same when a request is repeated"),
});

export const newCluster = z.strictObject({
  customer: label.describe("whose cluster it is"),
  name: label.describe("its name; `<customer>--<name>` names it everywhere"),
  version: z.string().max(20).describe("one of the offered Kubernetes versions"),
  pools: z
    .array(
      z
        .strictObject({
          name: label,
          size: z.string().max(40).describe("one of the offered sizes"),
          machines,
          upTo: machines.describe("its quota has room for so many machines"),
        })
        .refine((pool) => pool.upTo >= pool.machines, {
          path: ["upTo"],
          error: "must not be less than the number of machines",
        }),
    )
    .min(1)
    .max(10)
    .refine((pools) => new Set(pools.map(({ name }) => name)).size === pools.length, {
      error: "must have names of their own",
    }),
  allow: z
    .array(z.string().max(50))
    .max(50)
    .default([])
    .describe("networks that may connect to its API (default: only the management cluster)"),
  isProtected: z.boolean().default(false).describe("whether it cannot be deleted through the portal"),
});

export const resize = z.strictObject({ machines });

export const login = z.strictObject({ token: z.string().min(1).max(8192) });

const amounts = z.strictObject({ cpu: z.number(), memory: z.number(), storage: z.number() });

export const offers = z.strictObject({
  versions: z.array(z.string()),
  sizes: z.array(
    z.strictObject({ name: z.string(), cpus: z.number(), memory: z.string(), disk: z.string().optional() }),
  ),
  mostMachines: z.number(),
}) satisfies z.ZodType<Offers>;

export const cluster = z.strictObject({
  id: z.string(),
  customer: z.string(),
  version: z.string(),
  state: z.enum(["creating", "resizing", "deleting", "ready", "failed", "not-deployed"]),
  isProtected: z.boolean(),
  pools: z.array(
    z.strictObject({
      name: z.string(),
      cpus: z.number(),
      memory: z.string(),
      machines: z.number(),
      autoscaledTo: z.number().optional(),
    }),
  ),
  quota: amounts,
  job: z.string().optional(),
}) satisfies z.ZodType<Cluster>;

export const job = z.strictObject({
  id: z.string(),
  kind: z.enum(["create", "resize", "delete"]),
  cluster: z.string(),
  customer: z.string(),
  state: z.enum(["accepted", "queued", "running", "done", "failed"]),
  by: z.string(),
  created: z.string(),
  finished: z.string().optional(),
  failure: z
    .strictObject({
      kind: z.string(),
      meaning: z.string(),
      retryable: z.boolean(),
      message: z.string().optional().describe("for operators only"),
    })
    .optional(),
}) satisfies z.ZodType<Job>;

export const jobEvent = z.strictObject({
  id: z.number(),
  at: z.string(),
  kind: z.enum(["state", "started", "done", "failed", "message"]),
  text: z.string(),
}) satisfies z.ZodType<JobEvent>;

export const capacity = z.strictObject({
  customers: z.array(
    z.strictObject({
      customer: z.string(),
      limit: amounts.partial(),
      clusters: z.array(z.strictObject({ id: z.string(), quota: amounts, cost: z.number().optional() })),
    }),
  ),
  currency: z.string().optional(),
}) satisfies z.ZodType<Capacity>;

export const session = z.strictObject({
  who: z.string(),
  customers: z.union([z.literal("*"), z.array(z.string())]),
  known: z.array(z.string()),
  readOnly: z.boolean(),
}) satisfies z.ZodType<Session>;

export const auditEntry = z.strictObject({
  id: z.number(),
  at: z.string(),
  who: z.string(),
  action: z.string(),
  customer: z.string(),
  subject: z.string(),
  outcome: z.string(),
}) satisfies z.ZodType<AuditEntry>;

export const problem = z
  .strictObject({
    status: z.number(),
    title: z.string(),
    problems: z
      .array(z.strictObject({ where: z.string(), given: z.string(), rule: z.string(), fix: z.string() }))
      .optional(),
  })
  .describe("RFC 9457") satisfies z.ZodType<ProblemDetails>;
