import type { Problem } from "../../core/problem";
import { quantity } from "../../core/quantity";
import { bootstrapOf } from "../bootstrap";
import { infrastructureOf } from "../infrastructure";
import { poolLabelProblems, taintProblems } from "../node-registration";
import type { NodePool, Tenant } from "../settings";
import { kubeletProblems } from "./kubelet";
import { lifeProblems } from "./pool-life";

export function poolProblems(tenant: Tenant, name: string, pool: NodePool): Problem[] {
  const where = `tenant.nodePools.${name}`;
  return [
    ...sizeProblems(where, pool),
    ...infrastructureOf(tenant).checkPool(tenant, where, pool),
    ...bootstrapOf(pool).check(tenant, where, pool),
    ...diskProblems(where, pool),
    ...poolLabelProblems(`${where}.labels`, pool.labels),
    ...taintProblems(`${where}.taints`, pool.taints),
    ...kubeletProblems(`${where}.kubelet`, pool),
    ...lifeProblems(where, pool),
  ];
}

function sizeProblems(where: string, { replicas, autoscaling }: NodePool): Problem[] {
  if ((replicas === undefined) === (autoscaling === undefined)) {
    const given = replicas === undefined ? "neither" : "both";
    return [{ where, given, rule: "must have either replicas or autoscaling", fix: "choose one of the two" }];
  }
  if (autoscaling === undefined || autoscaling.min <= autoscaling.max) return [];
  const given = `${autoscaling.min} to ${autoscaling.max}`;
  return [{ where: `${where}.autoscaling`, given, rule: "min must not exceed max", fix: "correct it" }];
}

/** Smallest disk that is not a slip of the unit: `50` is bytes. */
const SMALLEST_DISK = 2 ** 30;

function diskProblems(where: string, { disk, dataDisks }: NodePool): Problem[] {
  return [
    ...(disk === undefined
      ? []
      : sizeProblem(`${where}.disk.size`, disk.size, "must hold the disk in the image, of 1Gi or more")),
    ...Object.entries(dataDisks).flatMap(([name, { size }]) =>
      sizeProblem(`${where}.dataDisks.${name}.size`, size, "must be 1Gi or more"),
    ),
  ];
}

function sizeProblem(where: string, size: string, rule: string): Problem[] {
  return quantity(size) >= SMALLEST_DISK ? [] : [{ where, given: size, rule, fix: "give it in Gi, e.g. 100Gi" }];
}
