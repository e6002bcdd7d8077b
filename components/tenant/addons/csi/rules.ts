import type { Problem } from "../../../core/problem";
import { quantity } from "../../../core/quantity";
import { diskDemand } from "../../capacity";
import type { Tenant } from "../../settings";
import { classesOf, infraClasses, type TenantClass } from "./classes";
import { snapshotMappings } from "./snapshots";

const WHERE = "tenant.addons.csi";

/** What is wrong with the volumes that a tenant asks for. */
export function csiProblems(tenant: Tenant): Problem[] {
  return [
    ...imageProblems(tenant),
    ...defaultProblems(classesOf(tenant)),
    ...classesOf(tenant).flatMap((each) => classProblems(tenant, each)),
    ...snapshotProblems(tenant),
    ...roomProblems(tenant),
  ];
}

function imageProblems({ addons }: Tenant): Problem[] {
  if (addons.csi.image !== undefined) return [];
  const rule = "names KubeVirt's CSI driver by its digest: upstream publishes no versions";
  const fix = "give the digest of quay.io/kubevirt/kubevirt-csi-driver that was tested, or disable the add-on";
  return [{ where: `${WHERE}.image`, given: "missing", rule, fix }];
}

function defaultProblems(classes: readonly TenantClass[]): Problem[] {
  const defaults = classes.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  if (defaults.length < 2) return [];
  const rule = "only one class can be the default";
  return [{ where: `${WHERE}.storageClasses`, given: defaults.join(" and "), rule, fix: "set isDefault of one only" }];
}

function classProblems({ addons, platform }: Tenant, { name, infra, expandable }: TenantClass): Problem[] {
  const given = Object.hasOwn(addons.csi.storageClasses, name);
  const where = given ? `${WHERE}.storageClasses.${name}` : `${WHERE}.storageClasses`;
  const { storageClasses } = platform;
  const known = storageClasses === undefined ? undefined : storageClasses[infra];
  // a platform that was deployed by an older program says nothing of its classes
  if (storageClasses === undefined && infra === platform.storageClass) return [];
  if (known === undefined) {
    const names = Object.keys(storageClasses ?? { [platform.storageClass]: true }).sort();
    const rule = `must be a StorageClass that the platform has for tenants: ${names.join(", ")}`;
    const fix = storageClasses === undefined ? "deploy the platform stack, which publishes its classes" : "correct it";
    return [{ where: `${where}.class`, given: infra, rule, fix }];
  }
  if (!known.shared) {
    const shared = Object.entries(storageClasses ?? {}).flatMap(([each, { shared }]) => (shared ? [each] : []));
    const rule = "its volumes are on one host, and machines of a tenant run on any";
    const fix =
      shared.length === 0
        ? "disable the add-on: this platform has no StorageClass that can be shared"
        : `choose ${shared.sort().join(" or ")}`;
    return [{ where: given ? `${where}.class` : where, given: infra, rule, fix }];
  }
  if (!expandable || known.expandable) return [];
  const rule = `volumes of the platform's class ${infra} cannot grow`;
  return [{ where: `${where}.expandable`, given: "true", rule, fix: "leave it out" }];
}

/** Snapshots of volumes are the platform's: where it has none, a VolumeSnapshot would wait for ever. */
function snapshotProblems(tenant: Tenant): Problem[] {
  const { snapshots } = tenant.addons.csi;
  if (snapshots === undefined || snapshotMappings(tenant).length > 0) return [];
  const rule = `the platform takes no snapshots of volumes of ${infraClasses(tenant).join(", ")}`;
  const fix = "remove it, or have volumes of a class that the platform's outputs list with a snapshotClass";
  return [{ where: `${WHERE}.snapshots`, given: snapshots.image, rule, fix }];
}

/** A quota that the disks of machines use up lets no claim of the tenant be bound. */
function roomProblems(tenant: Tenant): Problem[] {
  const disks = diskDemand(tenant);
  const { storage, volumes } = tenant.quota;
  const rule = "volumes of the tenant count against it as well, and disks of machines leave no room for any";
  const fix = "raise the quota, or disable tenant.addons.csi";
  return [
    ...(volumes <= disks.volumes ? [{ where: "tenant.quota.volumes", given: String(volumes), rule, fix }] : []),
    ...(quantity(storage) <= disks.storage ? [{ where: "tenant.quota.storage", given: storage, rule, fix }] : []),
  ];
}
