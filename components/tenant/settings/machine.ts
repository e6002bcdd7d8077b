import { z } from "zod";
import { DNS_LABEL } from "../../core/names";
import { count, quantityText } from "../../core/schema";
import { commonSize, type InstanceSize } from "../instance-types";
import { text } from "./text";

const subdomain = text.regex(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  "must be the name of an object: a-z, 0-9, - and .",
);

const storageClass = text
  .min(1, "must name a StorageClass")
  .exactOptional()
  .describe("StorageClass of the management cluster. Default: the one that the platform has for tenants.");

/** Cores of a machine, in all units that settings use. */
export const cpus = count(1, 128);

export const instanceType = z
  .strictObject({
    name: text
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be the name of an instance type, like u1.medium")
      .describe("Name of a VirtualMachineClusterInstancetype, e.g. u1.medium of those that KubeVirt installs."),
    preference: text
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be the name of a preference, like ubuntu")
      .exactOptional()
      .describe("Name of a VirtualMachineClusterPreference, e.g. ubuntu. Default: none."),
    capacity: z
      .strictObject({ cpus: cpus.describe("Cores."), memory: quantityText.describe("Memory, e.g. 4Gi.") })
      .meta({ title: "Capacity" })
      .exactOptional()
      .describe("What a machine has, for types that KubeVirt does not install: quota and autoscaler have to know it."),
  })
  .meta({ title: "Instance type" });

const goldenImage = z
  .strictObject({
    kind: z
      .enum(["DataSource", "PersistentVolumeClaim"], "must be DataSource or PersistentVolumeClaim")
      .meta({ title: "Golden image kind" })
      .default("DataSource")
      .describe("Kind of the object."),
    name: subdomain.describe(
      "Name, with its version of Kubernetes where machines join by kubeadm: ubuntu-2404-v1.34.1. They run that version.",
    ),
    namespace: subdomain.describe("Namespace, in which the tenant's machines must be allowed to clone."),
  })
  .meta({ title: "Golden image" });

export const rootDisk = z
  .strictObject({
    size: quantityText.describe("Size, e.g. 100Gi: no smaller than the disk in the image."),
    storageClass,
    from: goldenImage
      .exactOptional()
      .describe("Golden image of the platform that the disk is cloned from, in place of the pool's image."),
  })
  .meta({ title: "Root disk" });

/** What virtio has room for in a serial number. */
const LONGEST_SERIAL = 20;

export const dataDisks = z
  .record(
    text.refine(
      (name) => DNS_LABEL.test(name) && name.length <= LONGEST_SERIAL && !["root", "cloudinitvolume"].includes(name),
      `must be a DNS label of at most ${LONGEST_SERIAL} characters, not root and not cloudinitvolume`,
    ),
    z
      .strictObject({ size: quantityText.describe("Size, e.g. 200Gi."), storageClass })
      .meta({ title: "Data disk", description: "An empty disk." }),
  )
  .default({})
  .describe(
    "Empty disks of each machine by name, e.g. for local volumes: /dev/disk/by-id/virtio-<name>. They go with the machine.",
  );

const device = text.regex(
  /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.[a-z]+\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
  "must be the name of a device like nvidia.com/AD102GL_L40S",
);

export const gpus = z
  .strictObject({
    deviceName: device.describe("Name under which KubeVirt permits it, e.g. nvidia.com/AD102GL_L40S."),
    count: count(1, 16).default(1).describe("GPUs of a machine."),
    resource: device
      .default("nvidia.com/gpu")
      .describe("Name under which pods of the tenant ask for them, for the autoscaler."),
  })
  .meta({ title: "Gpus" });

export const hostDevices = z
  .record(device, count(1, 16))
  .default({})
  .describe("Other devices of hosts by the name under which KubeVirt permits them, and how many a machine has.");

export const devicesQuota = z
  .record(device, count(0, 10_000))
  .default({})
  .describe("Number of GPUs and other devices of hosts, by name. None but those named here.");

/** What settings say of a machine's size. */
interface Sized {
  readonly cpus?: number;
  readonly memory?: string;
  readonly instanceType?: z.output<typeof instanceType>;
}

type Complain = (path: string[], given: unknown, message: string) => void;

/** The size of a machine, from cores and memory or from its instance type; undefined after a complaint. */
export function sizeOf(
  { cpus: cores, memory, instanceType: type }: Sized,
  complain: Complain,
): InstanceSize | undefined {
  if (type === undefined) {
    if (cores === undefined)
      complain(["cpus"], undefined, "must be a whole number from 1 to 128, where there is no instanceType");
    if (memory === undefined)
      complain(["memory"], undefined, "must be a quantity like 4Gi, where there is no instanceType");
    return cores === undefined || memory === undefined ? undefined : { cpus: cores, memory };
  }
  if (cores !== undefined || memory !== undefined) {
    complain(["instanceType"], type.name, "must not stand together with cpus or memory: it decides them");
    return undefined;
  }
  const known = commonSize(type.name);
  if (known !== undefined && type.capacity !== undefined) {
    const size = `${known.cpus} cores and ${known.memory}`;
    complain(["instanceType", "capacity"], type.capacity, `must be left out: ${type.name} has ${size}`);
    return undefined;
  }
  if (known === undefined && type.capacity === undefined) {
    const rule = `must be given: ${type.name} is none that KubeVirt installs, and quota and autoscaler have to know it`;
    complain(["instanceType", "capacity"], undefined, rule);
  }
  return known ?? type.capacity;
}
