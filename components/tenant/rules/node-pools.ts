import type { Problem } from "../../core/problem";
import { quantity } from "../../core/quantity";
import type { KubernetesVersion } from "../../core/version";
import { mirrored } from "../../kubernetes/image-mirror";
import { versionOfImage } from "../node-image";
import { poolLabelProblems, taintProblems } from "../node-registration";
import type { NodePool, Tenant } from "../settings";

export function poolProblems({ kubernetesVersion, platform }: Tenant, name: string, pool: NodePool): Problem[] {
  const where = `tenant.nodePools.${name}`;
  return [
    ...sizeProblems(where, pool),
    ...imageProblems(`${where}.image`, pool.image, kubernetesVersion),
    ...diskProblems(where, { ...pool, image: mirrored(pool.image, platform.mirror.images) }),
    ...poolLabelProblems(`${where}.labels`, pool.labels),
    ...taintProblems(`${where}.taints`, pool.taints),
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

/** A kubeadm of another minor than the control plane's does not join. Images whose tag says no version are believed. */
function imageProblems(where: string, image: string, { minor }: KubernetesVersion): Problem[] {
  if ((versionOfImage(image)?.minor ?? minor) === minor) return [];
  const rule = `must hold kubeadm and kubelet of v1.${minor}, the cluster's version`;
  return [{ where, given: image, rule, fix: `use an image of v1.${minor}` }];
}

/** Smallest disk that is not a slip of the unit: `50` is bytes. */
const SMALLEST_DISK = 2 ** 30;

function diskProblems(where: string, { disk, image }: NodePool): Problem[] {
  if (disk === undefined) return [];
  const problems: Problem[] = [];
  if (quantity(disk.size) < SMALLEST_DISK) {
    const rule = "must hold the disk in the image, of 1Gi or more";
    problems.push({ where: `${where}.disk.size`, given: disk.size, rule, fix: "give it in Gi, e.g. 100Gi" });
  }
  // CDI takes the image as part of a URL, where `node:v1` is a host with a port
  if (!/^([^/]*[.:][^/]*|localhost)\//.test(image)) {
    const rule = "must name its registry: the pool's disks are imported from it";
    problems.push({ where: `${where}.image`, given: image, rule, fix: "write it as <registry>/<repository>" });
  }
  return problems;
}
