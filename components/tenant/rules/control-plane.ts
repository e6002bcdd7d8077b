import type { Problem } from "../../core/problem";
import { auditProblems } from "../../kubernetes/audit-policy";
import { authenticationProblems } from "../../kubernetes/authentication-configuration";
import { apiServers, PRODUCTION_API_SERVERS } from "../capacity";
import { controlPlaneOf } from "../control-planes";
import type { Tenant } from "../settings";
import { controlPlaneFlagProblems } from "./control-plane-flags";

export function controlPlaneProblems(tenant: Tenant): Problem[] {
  const { audit } = tenant.controlPlane;
  return [
    ...replicaProblems(tenant),
    ...controlPlaneOf(tenant).check(tenant),
    ...(audit === undefined ? [] : auditProblems("tenant.controlPlane.audit", audit)),
    ...loginProblems(tenant),
    ...controlPlaneFlagProblems(tenant),
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
  if (tenant.tier !== "production" || replicas >= PRODUCTION_API_SERVERS) return [];
  const rule = "a production cluster must survive the loss of one API server, while another is replaced";
  const fix = `set it to ${PRODUCTION_API_SERVERS} or more, or the tier to development`;
  return [{ where: "tenant.controlPlane.replicas", given: String(replicas), rule, fix }];
}
