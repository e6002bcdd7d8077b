import { createHash, randomUUID } from "node:crypto";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { cluster, MemoryCloud } from "./memory-cloud.fixture";
import type { Job } from "./page/wire";
import { portal } from "./server";
import { serviceSchema, type ServiceSettings } from "./settings";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Tokens by who has them. */
export const TOKENS = {
  acme: "token-of-acme",
  globex: "token-of-globex",
  operator: "token-of-operators",
  guest: "token-of-guest",
};

export function settings(more: object = {}): ServiceSettings {
  return serviceSchema.parse({
    database: ":memory:",
    tokens: [
      { name: "acme", sha256: sha256(TOKENS.acme), customers: ["acme"] },
      { name: "globex", sha256: sha256(TOKENS.globex), customers: ["globex"] },
      { name: "operators", sha256: sha256(TOKENS.operator), customers: "*" },
      { name: "guest", sha256: sha256(TOKENS.guest), customers: ["acme"], readOnly: true },
    ],
    customers: { acme: { cpu: 64, memory: "256Gi", storage: "2Ti" }, globex: {} },
    prices: { currency: "EUR", cpu: 9, memory: 2, storage: 0.1 },
    ...more,
  });
}

/** A new cluster that the cloud of these tests accepts. */
export function wanted(more: object = {}): object {
  return {
    customer: "acme",
    name: "prod",
    version: "v1.34.1",
    pools: [{ name: "workers", size: "small", machines: 1, upTo: 3 }],
    ...more,
  };
}

export function clusters() {
  return [cluster("acme--dev"), cluster("globex--web"), cluster("acme--core", { isProtected: true })];
}

export interface Asking {
  readonly as?: keyof typeof TOKENS;
  readonly body?: object | string;
  readonly headers?: Record<string, string>;
  /** Of the request. Default: a new one. */
  readonly key?: string;
}

/** A portal over a cloud in memory, asked without a network. */
export class TestPortal {
  private constructor(
    readonly app: FastifyInstance,
    readonly cloud: MemoryCloud,
    /** What operators see. */
    readonly lines: readonly string[],
  ) {}

  static async start(cloud = new MemoryCloud(clusters()), own = settings()): Promise<TestPortal> {
    const lines: string[] = [];
    const app = await portal({ cloud, settings: own, log: (line) => lines.push(line) });
    await app.ready();
    return new TestPortal(app, cloud, lines);
  }

  ask(method: "GET" | "POST" | "PATCH" | "DELETE", url: string, asking: Asking = {}): Promise<LightMyRequestResponse> {
    const { as, body, headers = {}, key = randomUUID() } = asking;
    const options: InjectOptions = {
      method,
      url,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${TOKENS[as]}` }),
        ...(method === "GET" ? {} : { "idempotency-key": key }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    };
    return this.app.inject(options);
  }

  /** The events of a job, when it has come to its end. */
  async ended(job: string, as: keyof typeof TOKENS = "operator"): Promise<Job> {
    await this.ask("GET", `/api/jobs/${job}/events`, { as });
    return (await this.ask("GET", `/api/jobs/${job}`, { as })).json<Job>();
  }

  close(): Promise<unknown> {
    return this.app.close();
  }
}
