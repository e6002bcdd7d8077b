import type { Problem } from "../../../core/problem";
import type { Tenant } from "../../settings";

/** What KamajiControlPlane takes of networks that may connect. */
const MOST_SOURCES = 16;

/** Ways to reach the API that exclude each other, or that the Service does not have. */
export function exposureProblems({ controlPlane, quota }: Tenant): Problem[] {
  const { serviceType, allowedSources, loadBalancer, ingress, gateway } = controlPlane;
  const problems: Problem[] = [];
  if (allowedSources.length > 0 && serviceType !== "LoadBalancer") {
    const rule = "only a LoadBalancer can distinguish its sources";
    const fix = "set tenant.controlPlane.serviceType to LoadBalancer or leave the sources out";
    problems.push({ where: "tenant.controlPlane.allowedSources", given: allowedSources.join(", "), rule, fix });
  }
  if (allowedSources.length > MOST_SOURCES) {
    const rule = `must be ${MOST_SOURCES} networks or fewer: Kamaji takes no more`;
    const given = `${allowedSources.length} networks`;
    problems.push({ where: "tenant.controlPlane.allowedSources", given, rule, fix: "join neighbouring networks" });
  }
  if (loadBalancer !== undefined && serviceType !== "LoadBalancer") {
    const given = Object.entries(loadBalancer)
      .map(([key, value]) => `${key} ${value}`)
      .join(", ");
    const rule = `is for a LoadBalancer, not for ${serviceType}`;
    const fix = "set tenant.controlPlane.serviceType to LoadBalancer or remove it";
    problems.push({ where: "tenant.controlPlane.loadBalancer", given, rule, fix });
  }
  if (serviceType === "LoadBalancer" && quota.loadBalancers === 0) {
    const rule = "the Kubernetes API is reached by a LoadBalancer of its own";
    const fix = "set it to 1 or more, or tenant.controlPlane.serviceType to another type";
    problems.push({ where: "tenant.quota.loadBalancers", given: "0", rule, fix });
  }
  if (ingress !== undefined && gateway !== undefined) {
    const rule = "must not stand beside an ingress: Kamaji refuses both";
    problems.push({ where: "tenant.controlPlane.gateway", given: gateway.host, rule, fix: "remove one of the two" });
    return problems;
  }
  const entry = ingress ?? gateway;
  if (entry !== undefined && serviceType !== "ClusterIP") {
    const rule = `must be ClusterIP: ${ingress === undefined ? "the gateway" : "the ingress"} is the way in`;
    const fix = "set it to ClusterIP, or remove the ingress or gateway";
    problems.push({ where: "tenant.controlPlane.serviceType", given: serviceType, rule, fix });
  }
  return problems;
}
