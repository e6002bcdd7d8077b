import type { Problem } from "../../core/problem";
import type { Capability } from "../addon";
import type { Tenant } from "../settings";

/** Pools whose size nothing would choose: they would stay as they are for ever. */
export function autoscalingProblems({ nodePools }: Tenant, provided: ReadonlySet<Capability>): Problem[] {
  if (provided.has("autoscaling")) return [];
  return Object.entries(nodePools).flatMap(([name, { autoscaling }]) => {
    if (autoscaling === undefined) return [];
    const given = `${autoscaling.min} to ${autoscaling.max}`;
    const rule = "nothing would choose the number of its machines";
    const fix = "leave tenant.addons.clusterAutoscaler.enabled out, or set replicas instead";
    return [{ where: `tenant.nodePools.${name}.autoscaling`, given, rule, fix }];
  });
}
