import type { Problem } from "../../core/problem";
import { quantity } from "../../core/quantity";
import { auditProblems } from "../../kubernetes/audit-policy";
import { authenticationProblems } from "../../kubernetes/authentication-configuration";
import { API_SERVERS, apiServers, controlPlaneResources } from "../capacity";
import type { Tenant } from "../settings";
import { controlPlaneFlagProblems } from "./control-plane-flags";
import { exposureProblems } from "./exposure";

export function controlPlaneProblems(tenant: Tenant): Problem[] {
  const { audit } = tenant.controlPlane;
  return [
    ...replicaProblems(tenant),
    ...dataStoreProblems(tenant),
    ...exposureProblems(tenant),
    ...(audit === undefined ? [] : auditProblems("tenant.controlPlane.audit", audit)),
    ...loginProblems(tenant),
    ...controlPlaneFlagProblems(tenant),
    ...resourceProblems(tenant),
    ...konnectivityProblems(tenant),
  ];
}

function loginProblems({ controlPlane: { oidc, authentication } }: Tenant): Problem[] {
  if (authentication === undefined) return [];
  const where = "tenant.controlPlane.authentication";
  if (oidc === undefined) return authenticationProblems(where, authentication);
  const rule = "must not stand beside oidc: no API server starts with both";
  return [{ where, given: `${authentication.issuers.length} issuers`, rule, fix: "make oidc one of its issuers" }];
}

function replicaProblems(tenant: Tenant): Problem[] {
  const replicas = apiServers(tenant);
  if (tenant.tier !== "production" || replicas >= API_SERVERS.production) return [];
  const rule = "a production cluster must survive the loss of one API server, while another is replaced";
  const fix = `set it to ${API_SERVERS.production} or more, or the tier to development`;
  return [{ where: "tenant.controlPlane.replicas", given: String(replicas), rule, fix }];
}

function dataStoreProblems({ controlPlane: { dataStore }, platform }: Tenant): Problem[] {
  const known = [platform.dataStore, ...Object.keys(platform.dataStores)];
  if (dataStore === undefined || known.includes(dataStore)) return [];
  const rule = "must be a DataStore of the platform";
  const fix = `use one of ${known.join(", ")}, or name it in the platform's stack file (platform.dataStores)`;
  return [{ where: "tenant.controlPlane.dataStore", given: dataStore, rule, fix }];
}

function resourceProblems(tenant: Tenant): Problem[] {
  return Object.entries(controlPlaneResources(tenant)).flatMap(([component, { requests, limits }]) =>
    (["cpu", "memory"] as const)
      .filter((of) => quantity(requests[of]) > quantity(limits[of]))
      .map((of) => ({
        where: `tenant.controlPlane.${component}.resources.requests.${of}`,
        given: requests[of],
        rule: `must not exceed the limit of ${limits[of]}`,
        fix: `lower it, or raise resources.limits.${of}`,
      })),
  );
}

/** How far the tunnel may stay behind the cluster: images appear after the version that they are for. */
const TUNNEL_BEHIND = 3;

function konnectivityProblems({ controlPlane, kubernetesVersion }: Tenant): Problem[] {
  const { version } = controlPlane.konnectivity;
  if (version === undefined) return [];
  const behind = kubernetesVersion.minor - Number(version.split(".")[1]);
  if (behind >= 0 && behind <= TUNNEL_BEHIND) return [];
  const rule = `must fit Kubernetes v1.${kubernetesVersion.minor}: its minor, or up to ${TUNNEL_BEHIND} before it`;
  const fix = `use a version of v0.${kubernetesVersion.minor}`;
  return [{ where: "tenant.controlPlane.konnectivity.version", given: version, rule, fix }];
}
