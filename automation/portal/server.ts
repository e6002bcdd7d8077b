import cookies from "@fastify/cookie";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance } from "fastify";
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { answerProblems } from "./answers";
import { IMPORT_MAP, serveAssets } from "./assets";
import { Audit } from "./audit";
import type { Doors } from "./authenticate";
import type { PortalCloud } from "./cloud";
import { clusterRoutes } from "./cluster-routes";
import type { Context } from "./context";
import { closeDatabase, openDatabase } from "./database";
import { FailedLogins } from "./failed-logins";
import { securityHeaders, sendHeaders } from "./headers";
import { IdTokens } from "./id-tokens";
import { jobRoutes } from "./job-routes";
import { Jobs } from "./jobs";
import { OidcLogin } from "./oidc-login";
import { Runner } from "./runner";
import { sessionRoutes } from "./session-routes";
import { Sessions } from "./sessions";
import type { ServiceSettings } from "./settings";
import { StaticTokens } from "./static-tokens";

/** Bytes of a request: the largest that is meant has 10 pools and 50 networks. */
const BODY_LIMIT = 64 * 1024;

/** Milliseconds until a client that says nothing is given up. */
const PATIENCE = 30_000;

export interface PortalOptions {
  readonly cloud: PortalCloud;
  readonly settings: ServiceSettings;
  /** What operators should see, a line each. */
  readonly log: (line: string) => void;
}

/** A portal that does not listen yet. Closing it ends what it works on in an orderly way. */
export async function portal({ cloud, settings, log }: PortalOptions): Promise<FastifyInstance> {
  const database = openDatabase(settings.database);
  const [jobs, audit, tokens] = [new Jobs(database), new Audit(database), new StaticTokens(settings.tokens)];
  const idTokens = settings.oidc === undefined ? undefined : new IdTokens(settings.oidc);
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: PATIENCE,
    trustProxy: settings.trustProxy,
    routerOptions: { maxParamLength: 100 },
    // streams of events would keep it open
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.removeContentTypeParser("text/plain");
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const origin = () => (settings.url === undefined ? listening(app) : new URL(settings.url).origin);
  const sessions = new Sessions(database, tokens);
  const doors: Doors = { tokens, idTokens, sessions, failed: new FailedLogins(), audit, origin };
  const oidc =
    idTokens === undefined ? undefined : new OidcLogin(database, idTokens, () => `${origin()}/login/callback`);
  const runner = new Runner({
    cloud,
    jobs,
    log,
    concurrency: settings.jobs,
    limitOf: (customer) => settings.customers[customer] ?? {},
    ended: ({ by, kind, customer, cluster }, outcome) =>
      audit.add({ who: by, remote: "", action: kind, customer, subject: cluster, outcome }),
  });
  const context: Context = { cloud, jobs, audit, runner, doors, settings };

  sendHeaders(app, securityHeaders(IMPORT_MAP, settings.url?.startsWith("https:") === true));
  answerProblems(app, log);
  await app.register(cookies);
  await app.register(swagger, { openapi: DESCRIPTION, transform: jsonSchemaTransform });
  await app.register(sessionRoutes(context, oidc));
  await app.register(clusterRoutes(context), { prefix: "/api" });
  await app.register(jobRoutes(context), { prefix: "/api" });
  app.get("/api/openapi.json", { schema: { hide: true } }, () => app.swagger());
  app.get("/healthz", { schema: { hide: true } }, () => "ok");
  serveAssets(app);
  app.addHook("onReady", async () => runner.start());
  app.addHook("onClose", async () => {
    await runner.close();
    closeDatabase(database);
  });
  return app;
}

const DESCRIPTION = {
  openapi: "3.1.0",
  info: {
    title: "Firmament portal",
    version: "1",
    description:
      "Clusters of customers: what there is, and jobs that make, resize and delete them. Requests are allowed by a bearer " +
      "token, static or an ID token of the issuer.",
  },
  components: { securitySchemes: { bearer: { type: "http" as const, scheme: "bearer" } } },
  security: [{ bearer: [] }],
};

/** Origin of a portal whose settings do not say how it is reached. */
function listening(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === "string") return "http://127.0.0.1";
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
