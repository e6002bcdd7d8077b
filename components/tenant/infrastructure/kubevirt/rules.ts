import type { Cidr } from "../../../core/cidr";
import type { Problem } from "../../../core/problem";
import { mirrored } from "../../../kubernetes/image-mirror";
import { bootSource } from "../../node-image";
import type { NodePool, Tenant } from "../../settings";

/** Machines are in the pod network of the management cluster: where the platform does not say which that is, in any. */
export function machineNetworks({ platform: { outerNetwork, networks } }: Tenant): readonly Cidr[] {
  return outerNetwork === undefined ? Object.values(networks) : [outerNetwork.network];
}

/** Settings of a cluster that are for machines elsewhere. */
export function tenantProblems({ vsphere, controlPlane, addons, platform }: Tenant): Problem[] {
  return [
    ...(platform.capabilities === undefined || platform.capabilities.includes("cluster-api/infrastructure")
      ? []
      : [
          {
            where: "tenant.infrastructure",
            given: "kubevirt",
            rule: "the platform must provide cluster-api/infrastructure",
            fix: "set it to what the platform offers, or switch on its component kubevirt",
          },
        ]),
    ...(vsphere === undefined
      ? []
      : [
          {
            where: "tenant.vsphere",
            given: vsphere.server,
            rule: "is for machines in a vSphere, and those of this cluster are virtual machines of the platform",
            fix: "set tenant.infrastructure to vsphere, or remove it",
          },
        ]),
    ...(addons.vsphereCloudController.enabled !== true
      ? []
      : [
          {
            where: "tenant.addons.vsphereCloudController",
            given: "enabled",
            rule: "is for machines in a vSphere, and those of this cluster are virtual machines of the platform",
            fix: "remove it",
          },
        ]),
    ...(controlPlane.provider === "kamaji"
      ? []
      : [
          {
            where: "tenant.controlPlane.provider",
            given: controlPlane.provider,
            rule: "must be kamaji where machines are virtual machines of the platform: control planes on such machines would have no address that stays",
            fix: "leave it out, or set tenant.infrastructure to vsphere",
          },
        ]),
  ];
}

/** Machines of a pool that KubeVirt could not make. */
export function poolProblems(tenant: Tenant, where: string, pool: NodePool): Problem[] {
  return [
    ...elsewhereProblems(where, pool),
    ...bootProblems(where, pool),
    ...diskProblems(where, pool, tenant.platform.mirror.images),
  ];
}

function elsewhereProblems(where: string, { vsphere }: NodePool): Problem[] {
  if (vsphere === undefined) return [];
  const rule = "is for machines in a vSphere, and those of this cluster are virtual machines of the platform";
  return [{ where: `${where}.vsphere`, given: vsphere.template, rule, fix: "remove it, and give an image" }];
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

function diskProblems(where: string, { disk, image: given }: NodePool, mirror: string | undefined): Problem[] {
  if (disk?.from !== undefined || disk === undefined || given === undefined) return [];
  const image = mirrored(given, mirror);
  // CDI takes the image as part of a URL, where `node:v1` is a host with a port
  if (/^([^/]*[.:][^/]*|localhost)\//.test(image)) return [];
  const rule = "must name its registry: the pool's disks are imported from it";
  return [{ where: `${where}.image`, given: image, rule, fix: "write it as <registry>/<repository>" }];
}
