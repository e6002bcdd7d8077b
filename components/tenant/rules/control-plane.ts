import type { Problem } from "../../core/problem";
import { API_SERVERS, apiServers } from "../capacity";
import type { Tenant } from "../settings";

export function controlPlaneProblems(tenant: Tenant): Problem[] {
  const problems: Problem[] = [];
  const replicas = apiServers(tenant);
  const { serviceType, allowedSources } = tenant.controlPlane;
  if (tenant.tier === "production" && replicas < API_SERVERS.production) {
    const rule = "a production cluster must survive the loss of one API server, while another is replaced";
    const fix = `set it to ${API_SERVERS.production} or more, or the tier to development`;
    problems.push({ where: "tenant.controlPlane.replicas", given: String(replicas), rule, fix });
  }
  if (allowedSources.length > 0 && serviceType !== "LoadBalancer") {
    const rule = "only a LoadBalancer can distinguish its sources";
    const fix = "set tenant.controlPlane.serviceType to LoadBalancer or leave the sources out";
    problems.push({ where: "tenant.controlPlane.allowedSources", given: allowedSources.join(", "), rule, fix });
  }
  if (serviceType === "LoadBalancer" && tenant.quota.loadBalancers === 0) {
    const rule = "the Kubernetes API is reached by a LoadBalancer of its own";
    const fix = "set it to 1 or more, or tenant.controlPlane.serviceType to another type";
    problems.push({ where: "tenant.quota.loadBalancers", given: "0", rule, fix });
  }
  return problems;
}
