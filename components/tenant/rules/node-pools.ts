import type { Problem } from "../../core/problem";
import { quantity } from "../../core/quantity";
import { mirrored } from "../../kubernetes/image-mirror";
import { bootstrapOf } from "../bootstrap";
import { bootSource } from "../node-image";
import { poolLabelProblems, taintProblems } from "../node-registration";
import type { NodePool, Tenant } from "../settings";
import { kubeletProblems } from "./kubelet";
import { lifeProblems } from "./pool-life";

export function poolProblems(tenant: Tenant, name: string, pool: NodePool): Problem[] {
  const where = `tenant.nodePools.${name}`;
  return [
    ...sizeProblems(where, pool),
    ...bootProblems(where, pool),
    ...bootstrapOf(pool).check(tenant, where, pool),
    ...diskProblems(where, pool, tenant.platform.mirror.images),
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

/** What machines boot from: one thing, which is there. */
function bootProblems(where: string, pool: NodePool): Problem[] {
  const { image, disk } = pool;
  if (image !== undefined && disk?.from !== undefined) {
    const rule = "must not stand beside a golden image, which machines boot from";
    return [{ where: `${where}.disk.from`, given: disk.from.name, rule, fix: "remove it, or the pool's image" }];
  }
  if (bootSource(pool) !== undefined) return [];
  const rule = "must name a container disk: there is nothing to boot from";
  return [{ where: `${where}.image`, given: "missing", rule, fix: "give it, or disk.from for a golden image" }];
}

/** Smallest disk that is not a slip of the unit: `50` is bytes. */
const SMALLEST_DISK = 2 ** 30;

function diskProblems(
  where: string,
  { disk, dataDisks, image: given }: NodePool,
  mirror: string | undefined,
): Problem[] {
  const small = Object.entries(dataDisks).flatMap(([name, { size }]) =>
    sizeProblem(`${where}.dataDisks.${name}.size`, size, "must be 1Gi or more"),
  );
  if (disk === undefined) return small;
  const problems = [
    ...sizeProblem(`${where}.disk.size`, disk.size, "must hold the disk in the image, of 1Gi or more"),
    ...small,
  ];
  if (disk.from !== undefined || given === undefined) return problems;
  const image = mirrored(given, mirror);
  // CDI takes the image as part of a URL, where `node:v1` is a host with a port
  if (!/^([^/]*[.:][^/]*|localhost)\//.test(image)) {
    const rule = "must name its registry: the pool's disks are imported from it";
    problems.push({ where: `${where}.image`, given: image, rule, fix: "write it as <registry>/<repository>" });
  }
  return problems;
}

function sizeProblem(where: string, size: string, rule: string): Problem[] {
  return quantity(size) >= SMALLEST_DISK ? [] : [{ where, given: size, rule, fix: "give it in Gi, e.g. 100Gi" }];
}
