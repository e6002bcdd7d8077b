import { overlaps } from "../../../core/network-overlaps";
import type { Problem } from "../../../core/problem";
import { quantity } from "../../../core/quantity";
import { unserved } from "../../platform-capabilities";
import type { NodePool, Tenant } from "../../settings";
import type { VsphereMachines, VsphereSettings } from "../../settings/infrastructure";
import { GIBIBYTE, MEBIBYTE } from "./template";

/** What is wrong with a cluster whose machines are in a vSphere. */
export function tenantProblems(tenant: Tenant): Problem[] {
  const { vsphere } = tenant;
  const offered = unserved(tenant, {
    where: "tenant.infrastructure",
    given: "vsphere",
    capability: "cluster-api/vsphere",
    fix: "set it to kubevirt, or switch on the platform's component cluster-api-vsphere",
  });
  if (vsphere === undefined) {
    const rule = "must say which vSphere its machines run in";
    return [
      ...offered,
      { where: "tenant.vsphere", given: "missing", rule, fix: "give it, or set tenant.infrastructure to kubevirt" },
    ];
  }
  return [
    ...offered,
    ...accountProblems(vsphere),
    ...networkProblems(tenant, vsphere),
    ...entryProblems(tenant),
    ...hostedProblems(tenant),
  ];
}

function accountProblems({ identity, secret }: VsphereSettings): Problem[] {
  if (identity !== undefined || secret !== undefined) return [];
  const rule = "must say with which account machines are made";
  const fix = "give identity, a VSphereClusterIdentity of the platform, or secret, a Secret of the tenant's namespace";
  return [{ where: "tenant.vsphere", given: "neither identity nor secret", rule, fix }];
}

function networkProblems(tenant: Tenant, { networks, machineNetworks }: VsphereSettings): Problem[] {
  const own = machineNetworks.map((network, index) => ({ where: `tenant.vsphere.machineNetworks.${index}`, network }));
  const inside = (["podCidr", "serviceCidr"] as const).map((key) => ({
    where: `tenant.network.${key}`,
    network: tenant.network[key],
  }));
  return [
    ...overlaps(own, inside),
    ...networks.flatMap(({ addressPool, nameservers }, index) => {
      const where = `tenant.vsphere.networks.${index}`;
      if (addressPool === undefined) {
        if (nameservers.length === 0) return [];
        const rule = "are for machines with an address of a pool: by DHCP they learn theirs";
        return [{ where: `${where}.nameservers`, given: nameservers.join(", "), rule, fix: "remove them" }];
      }
      return [
        ...(nameservers.length > 0
          ? []
          : [
              {
                where: `${where}.nameservers`,
                given: "none",
                rule: "machines with an address of a pool are told of no name server: they would pull no image",
                fix: "name one or more",
              },
            ]),
        ...unserved(tenant, {
          where: `${where}.addressPool`,
          given: addressPool,
          capability: "cluster-api/addresses",
          fix: "remove it, or switch on the platform's component cluster-api-addresses",
        }),
      ];
    }),
  ];
}

/** Machines outside of the management cluster reach nothing that is known in it alone. */
function entryProblems({ controlPlane }: Tenant): Problem[] {
  const { provider, serviceType, ingress, gateway } = controlPlane;
  if (provider !== "kamaji" || serviceType !== "ClusterIP") return [];
  if (ingress !== undefined || gateway !== undefined) return [];
  const rule = "machines in a vSphere do not reach a Service of the management cluster";
  const fix = "set it to LoadBalancer, or give an ingress or gateway";
  return [{ where: "tenant.controlPlane.serviceType", given: serviceType, rule, fix }];
}

/** What only virtual machines of the platform have. */
function hostedProblems({ addons }: Tenant): Problem[] {
  const { enabled, image } = addons.csi;
  if (enabled !== true && (image === undefined || enabled === false)) return [];
  const rule = "attaches disks of the platform, which machines in a vSphere cannot have";
  const fix = "disable it, and let tenant.addons.helm install vSphere's driver (vsphere-csi-driver)";
  return [{ where: "tenant.addons.csi", given: image ?? "enabled", rule, fix }];
}

/** What is wrong with machines of a pool. */
export function poolProblems(_tenant: Tenant, where: string, pool: NodePool): Problem[] {
  return [...onlyHosted(where, pool), ...machineProblems(where, pool)];
}

/** Machines of a pool, or of a control plane. */
interface Sized extends Pick<NodePool, "cpus" | "memory"> {
  readonly vsphere?: VsphereMachines;
  readonly disk?: { readonly size: string };
  readonly dataDisks?: NodePool["dataDisks"];
}

/**
 * What vSphere's provider or its webhooks refuse.
 *
 * @param disk path of the size of the disk, from `where`.
 */
export function machineProblems(where: string, machines: Sized, disk = "disk.size"): Problem[] {
  const { vsphere, cpus, memory, dataDisks = {} } = machines;
  const whole = (setting: string, given: string, unit: number, name: string): Problem[] =>
    Number.isInteger(quantity(given) / unit)
      ? []
      : [
          {
            where: `${where}.${setting}`,
            given,
            rule: `must be a whole number of ${name}, in which vSphere counts`,
            fix: `round it, e.g. ${Math.max(1, Math.ceil(quantity(given) / unit))}${name}`,
          },
        ];
  const size = machines.disk?.size;
  return [
    ...(vsphere === undefined
      ? [
          {
            where: `${where}.vsphere`,
            given: "missing",
            rule: "must name the template that machines are cloned from",
            fix: "give vsphere.template",
          },
        ]
      : []),
    ...(cpus >= 2
      ? []
      : [
          {
            where: `${where}.cpus`,
            given: String(cpus),
            rule: "must be 2 or more: vSphere's provider makes no machine with fewer",
            fix: "set it to 2",
          },
        ]),
    ...whole("memory", memory, MEBIBYTE, "Mi"),
    ...(size === undefined ? [] : whole(disk, size, GIBIBYTE, "Gi")),
    ...Object.entries(dataDisks).flatMap(([name, data]) => whole(`dataDisks.${name}.size`, data.size, GIBIBYTE, "Gi")),
    ...(size !== undefined && vsphere?.cloneMode === "linkedClone"
      ? [
          {
            where: `${where}.${disk}`,
            given: size,
            rule: "has no effect on linked clones, whose disk is as large as that of their template",
            fix: "remove it, or set vsphere.cloneMode to fullClone",
          },
        ]
      : []),
  ];
}

/** Settings that are KubeVirt's: one message each. */
function onlyHosted(where: string, pool: NodePool): Problem[] {
  const { image, instanceType, gpus, hostDevices, disk, dataDisks, spread } = pool;
  const rule = "is for virtual machines of the platform, and those of this cluster are in a vSphere";
  const fix = "remove it";
  const given: readonly (readonly [setting: string, given: string | undefined])[] = [
    ["image", image],
    ["instanceType", instanceType?.name],
    ["gpus", gpus?.deviceName],
    ["hostDevices", Object.keys(hostDevices)[0]],
    ["disk.from", disk?.from?.name],
    ["disk.storageClass", disk?.storageClass],
    ...Object.entries(dataDisks).map(
      ([name, { storageClass }]) => [`dataDisks.${name}.storageClass`, storageClass] as const,
    ),
    ["spread.mode", spread.mode === "ScheduleAnyway" ? undefined : spread.mode],
    ["spread.topologyKey", spread.topologyKey === "kubernetes.io/hostname" ? undefined : spread.topologyKey],
  ];
  return given.flatMap(([setting, value]) =>
    value === undefined ? [] : [{ where: `${where}.${setting}`, given: value, rule, fix }],
  );
}

/** A vCenter that may be anybody, and nodes that nobody knows. */
export function tenantNotices({ vsphere }: Tenant): Problem[] {
  if (vsphere === undefined) return [];
  const { thumbprint, secret, server } = vsphere;
  return [
    ...(thumbprint === undefined
      ? [
          {
            where: "tenant.vsphere.thumbprint",
            given: "missing",
            rule: `whoever answers as ${server} gets the account that makes machines: its certificate is not checked`,
            fix: "give the checksum of its certificate",
          },
        ]
      : []),
    ...(secret === undefined
      ? [
          {
            where: "tenant.vsphere.secret",
            given: "missing",
            rule: "nothing tells Cluster API which node is which machine: a pool waits until vSphere's cloud provider does",
            fix: "give it, or let tenant.addons.helm install vsphere-cpi",
          },
        ]
      : []),
  ];
}
