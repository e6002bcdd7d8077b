import type { FastifyRequest } from "fastify";
import type { Audit } from "./audit";
import { authenticate, type Doors } from "./authenticate";
import type { CloudCluster, PortalCloud } from "./cloud";
import type { Jobs } from "./jobs";
import { mayOf, type Principal } from "./principal";
import { notFound, Refusal } from "./refusal";
import type { Runner } from "./runner";
import type { ServiceSettings } from "./settings";

/** What routes work with. */
export interface Context {
  readonly cloud: PortalCloud;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly runner: Runner;
  readonly doors: Doors;
  readonly settings: ServiceSettings;
}

/** Who asks. @throws Refusal 401. */
export function reader(request: FastifyRequest, { doors }: Context): Promise<Principal> {
  return authenticate(request, doors);
}

/** Who asks and may change something. @throws Refusal 401, 403. */
export async function writer(request: FastifyRequest, context: Context): Promise<Principal> {
  const principal = await reader(request, context);
  if (principal.readOnly) throw new Refusal(403, "You may look, and change nothing");
  return principal;
}

/** A cluster that somebody sees. @throws Refusal 404 for those of other customers too: that they exist is no one else's business. */
export async function clusterOf(id: string, principal: Principal, { cloud }: Context): Promise<CloudCluster> {
  const found = (await cloud.clusters()).find((cluster) => cluster.id === id);
  if (found === undefined || !mayOf(principal, found.customer)) throw notFound("cluster");
  return found;
}
