import { z } from "zod";
import { address, hostPort, image, kubernetesVersion, name, tier, url } from "../core/schema";
import { boot } from "./settings/boot";
import { adopted } from "./settings/adopted";
import { host, hugePages, userVolumes } from "./settings/host";
import { extensions, factoryImage, imageClasses } from "./settings/image";
import { installDisk } from "./settings/install-disk";
import { kubernetes } from "./settings/kubernetes";
import { links } from "./settings/links";
import { network } from "./settings/network";
import { patches, sharedPatches } from "./settings/patches";
import { registries, registryPasswords } from "./settings/registries";

const machine = z.strictObject({
  role: z
    .enum(["controlplane", "worker"])
    .describe("What runs on the machine: the Kubernetes control plane with etcd, or workloads only."),
  address: address.describe(
    "Address of the machine in the node network, never a virtual one. Its Talos API is reached there too, unless `endpoint` is given.",
  ),
  endpoint: hostPort
    .exactOptional()
    .describe("host or host:port of its Talos API where it differs from `address`, e.g. through a port forward."),
  installDisk: installDisk
    .exactOptional()
    .describe("Disk that Talos is installed to, where it is another one than `base.talos.installDisk` says."),
  links: links
    .exactOptional()
    .describe("Links of the machine: what it has beside `base.network.links`, or says otherwise of them."),
  boot: boot.exactOptional(),
  image: name.exactOptional().describe("Class of `base.talos.images` whose image it has."),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe("Kubernetes labels of its node. Those of a worker must be ones that a kubelet may set."),
  userVolumes: userVolumes
    .exactOptional()
    .describe("Volumes of the machine: beside those of `base.talos.userVolumes`, or instead of one of the same name."),
  hugePages: hugePages
    .exactOptional()
    .describe("Pages of 2 MiB that it sets aside, where they are others than `base.talos.hugePages` says."),
  patches: patches.default([]).describe("Patches of this machine, after those of `base.talos.patches`."),
});

const talos = z
  .strictObject({
    version: z
      .string()
      .regex(/^v1\.1[234]$/, "must be v1.12, v1.13 or v1.14")
      .describe(
        "Version of Talos that the machines are configured for, at most that of the installer. " +
          "v1.14 takes configurations of v1.13, which are what it gets.",
      ),
    image: factoryImage.exactOptional(),
    images: imageClasses,
    installer: image
      .exactOptional()
      .describe(
        "Instead of `image`: the installer of an image of yours. Another one upgrades the machines. It must carry the system extension drbd, and zfs where " +
          "storage pools are on ZFS.",
      ),
    extensions: extensions
      .exactOptional()
      .describe(
        "System extensions that `installer` carries, as the image factory names them. " +
          "The kernel modules of siderolabs/drbd and siderolabs/zfs are loaded where they are listed.",
      ),
    installDisk: installDisk.exactOptional(),
    diskEncryption: z
      .union(
        [
          z.literal("tpm"),
          z.strictObject({
            kms: url(["https", "grpc"], "https://kms.example:4050").describe("URL of the key server."),
          }),
        ],
        "must be tpm, or { kms: <URL of a key server, https or grpc> }",
      )
      .exactOptional()
      .describe(
        "What seals the key of the system disk: the machine's TPM (the image must be one for Secure Boot), or a key server. " +
          "Disks are not encrypted when it is left out. Decided before machines are installed: later they need a reset.",
      ),
    ...host,
    patches: sharedPatches,
  })
  .describe("Talos Linux on the machines.");

/** Settings of a stack of the base layer: its stack file under `firmament:`. */
export const baseSettings = z.strictObject({
  layer: z.literal("base").describe("Layer of the stack; agrees with the stack's name."),
  base: z
    .strictObject({
      cluster: name.describe("Name of the management cluster, also in kubeconfigs."),
      tier: tier.default("production").describe("production asks for three control planes or more."),
      endpoint: z
        .string()
        .regex(
          /^https:\/\/[A-Za-z0-9.-]+:[0-9]{1,5}$/,
          "must be a URL with a port and without a path, like https://192.0.2.10:6443",
        )
        .refine(URL.canParse, "must be a URL like https://192.0.2.10:6443")
        .describe(
          "URL of the Kubernetes API, with its port: network.vip, one control plane, or what externalEndpoint is about.",
        ),
      externalEndpoint: z
        .boolean()
        .default(false)
        .describe(
          "Whether the endpoint is yours: a load balancer or a DNS name in front of the control planes that nothing in this file makes.",
        ),
      kubernetesVersion: kubernetesVersion.describe("Version of the control plane and the kubelets, e.g. v1.34.4."),
      talos,
      kubernetes,
      network,
      registries,
      machines: z.record(name, machine).describe("The machines by name, which is their hostname too."),
      workersAtOnce: z
        .int()
        .min(1, "must be 1 or more")
        .default(1)
        .describe(
          "How many workers are changed at the same time, which may restart them: fewer than a replicated volume has copies. Control planes are always changed one at a time.",
        ),
      lostMachines: z
        .array(name)
        .default([])
        .describe(
          "Machines taken out of `machines` that are gone for good, or were reset by hand. They are not asked to leave: etcd forgets them before others join, their nodes are deleted. The list may stay.",
        ),
    })
    .describe("The management cluster: machines booted into Talos that become a Kubernetes cluster."),
  registryPasswords,
  adopted,
});

type Parsed = z.output<typeof baseSettings>;
/** The management cluster as the components take it: parsed settings, and its secret ones beside them. */
export type BaseSettings = Parsed["base"] & Pick<Parsed, "registryPasswords" | "adopted">;
/** One machine with its name. */
export type Machine = BaseSettings["machines"][string] & { readonly name: string };

/** All machines by name: the order in which control planes are changed, not the order in the stack file. */
export function machinesOf({ machines }: BaseSettings): Machine[] {
  return Object.entries(machines)
    .map(([name, machine]) => ({ name, ...machine }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Networks that reach every port of the machines: all where there is no firewall. */
export function reachableFrom({ network: { firewall, nodeCidrs } }: BaseSettings): string[] {
  return firewall === undefined ? ["0.0.0.0/0"] : [...nodeCidrs, ...firewall.inside].map(String);
}
