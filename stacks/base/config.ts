import { z } from "zod";
import { Cidr } from "../../components/core/cidr";
import { overlaps } from "../../components/core/network-overlaps";
import { type Problem, refuse } from "../../components/core/problem";
import { versionProblems, type KubernetesVersion } from "../../components/core/version";
import { address, cidr, kubernetesVersion, name, parseSettings, tier } from "../settings";

const machine = z.strictObject({
  /** What runs on it: the Kubernetes control plane with etcd, or workloads only. */
  role: z.enum(["controlplane", "worker"]),
  /** Address of the machine in the node network; also how its Talos API is reached unless `endpoint` is given. */
  address,
  /** host or host:port of its Talos API where it differs from `address`, e.g. through a port forward. */
  endpoint: z.string().optional(),
  /** Disk that Talos is installed to. */
  installDisk: z.string().startsWith("/dev/", "must be a device path like /dev/sda").default("/dev/sda"),
  /** Kubernetes labels of its node. */
  labels: z.record(z.string(), z.string()).default({}),
});

export const baseSettings = z.strictObject({
  layer: z.literal("base"),
  base: z.strictObject({
    /** Name of the management cluster, also in kubeconfigs. */
    cluster: name,
    /** production asks for three control planes or more. */
    tier: tier.default("production"),
    /** URL of the Kubernetes API: a VIP, a load balancer or one control plane. */
    endpoint: z.url({ protocol: /^https$/, message: "must be a URL like https://192.0.2.10:6443" }),
    /** Version of the control plane and kubelets. */
    kubernetesVersion,
    talos: z.strictObject({
      /** Contract of the machine configuration; fixed at creation. */
      version: z.string().regex(/^v1\.1[23]$/, "must be v1.12 or v1.13"),
      /** Image that installs Talos on the disk. The factory's schematic must carry the drbd and zfs extensions. */
      installer: z.string(),
      /**
       * What seals the key of the system disk: the TPM (the installer must be one for Secure Boot), or a key server.
       * Not encrypted when left out; decided before machines are installed.
       */
      diskEncryption: z
        .union([z.literal("tpm"), z.strictObject({ kms: z.url({ protocol: /^(?:https|grpc)$/ }) })])
        .optional(),
    }),
    network: z.strictObject({
      /** Networks of the machines themselves. */
      nodeCidrs: z.array(cidr).min(1),
      /** Talos gives every node a slice of it; pods get their addresses from the platform's networking layer. */
      podCidrs: z.array(cidr).min(1).max(2),
      serviceCidrs: z.array(cidr).min(1).max(2),
      dnsDomain: z.string().default("cluster.local"),
      /** Who may connect to the machines from outside; everybody when left out. */
      firewall: z
        .strictObject({
          /** Networks of people and pipelines, for the Kubernetes and Talos APIs. */
          admins: z.array(cidr).default([]),
          /** Networks of the cloud beside those of the machines, e.g. the platform's pods: everything. */
          inside: z.array(cidr).default([]),
        })
        .optional(),
    }),
    machines: z.record(name, machine),
  }),
});

export type BaseConfig = z.output<typeof baseSettings>["base"];
export type MachineConfig = BaseConfig["machines"][string];

/**
 * Parses the settings of a base stack.
 *
 * @param deployed version that runs now, if any: minors are not skipped, versions do not go back.
 * @throws InvalidInput with every problem: unknown keys, wrong values and, when all values are well formed, settings
 * that contradict each other.
 */
export function parseBaseConfig(raw: unknown, deployed?: KubernetesVersion): BaseConfig {
  const { base } = parseSettings(baseSettings, "base configuration", raw);
  refuse("base configuration", [
    ...versionProblems("base.kubernetesVersion", base.kubernetesVersion, deployed),
    ...machineProblems(base),
    ...networkProblems(base),
  ]);
  return base;
}

function machineProblems({ machines, network, tier }: BaseConfig): Problem[] {
  const all = Object.entries(machines);
  const controlPlanes = all.filter(([, { role }]) => role === "controlplane");
  const problems: Problem[] = [];
  if (controlPlanes.length % 2 === 0) {
    const given = controlPlanes.length === 0 ? "no control plane" : `${controlPlanes.length} control planes`;
    const rule = "must be an odd number: etcd needs a majority";
    problems.push({ where: "base.machines", given, rule, fix: "give 1, 3 or 5 machines the role controlplane" });
  }
  if (controlPlanes.length === 1 && tier === "production") {
    const rule = "a production cloud must survive the loss of one";
    const fix = "add two machines with the role controlplane, or set tier to development";
    problems.push({ where: "base.machines", given: "1 control plane", rule, fix });
  }
  all.forEach(([machine, { address }], index) => {
    const twin = all.slice(0, index).find(([, other]) => other.address === address);
    const where = `base.machines.${machine}.address`;
    if (twin !== undefined) {
      const rule = `must be the machine's own; ${twin[0]} has it`;
      problems.push({ where, given: address, rule, fix: "correct one of the two" });
    }
    if (!network.nodeCidrs.some((cidr) => cidr.contains(Cidr.parse(`${address}/32`)))) {
      const rule = `must lie in base.network.nodeCidrs (${network.nodeCidrs.join(", ")})`;
      problems.push({ where, given: address, rule, fix: "correct the address or add its network" });
    }
  });
  return problems;
}

function networkProblems({ network }: BaseConfig): Problem[] {
  const uses = (["nodeCidrs", "podCidrs", "serviceCidrs"] as const).flatMap((key) =>
    network[key].map((cidr, index) => ({ where: `base.network.${key}.${index}`, network: cidr })),
  );
  return overlaps(uses);
}
