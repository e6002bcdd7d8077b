import { z } from "zod";
import { DNS_LABEL } from "../../core/names";
import { count, quantityText } from "../../core/schema";
import { bootstrap, talos } from "./bootstrap";
import { cloudInit, ssh } from "./cloud-init";
import { vsphereMachines } from "./infrastructure";
import { kubelet } from "./kubelet";
import { cpus, dataDisks, gpus, hostDevices, instanceType, rootDisk, sizeOf } from "./machine";
import { deletionOrder, health, rollout, spread } from "./pool-life";
import { text } from "./text";

export const poolName = text.refine(
  (given) => DNS_LABEL.test(given) && given.length <= 40,
  "must be a DNS label: a-z, 0-9 and - inside, at most 40 characters",
);

const taint = z
  .strictObject({
    key: text.describe("Label key, e.g. nvidia.com/gpu."),
    value: text.exactOptional().describe("Label value. Default: none."),
    effect: z
      .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"], "must be NoSchedule, PreferNoSchedule or NoExecute")
      .meta({ title: "Taint effect" })
      .describe("What happens to pods that do not tolerate it."),
  })
  .meta({ title: "Taint", description: "Keeps pods that do not tolerate it off a node." });

const fields = z
  .strictObject({
    replicas: count(0, 500).exactOptional().describe("Number of machines. Left out where autoscaling decides it."),
    autoscaling: z
      .strictObject({
        min: count(0, 500).describe(
          "Smallest number of machines, and that of a new pool; from none, they are made when the first pod waits for one.",
        ),
        max: count(1, 500).describe(
          "Largest number of machines. The quota must have room for all of them. Where there are more already, none is added, and none goes before somebody scales the MachineDeployment down to it.",
        ),
      })
      .meta({ title: "Autoscaling" })
      .exactOptional()
      .describe(
        "Bounds within which the add-on clusterAutoscaler chooses the number of machines. A new pool starts with min; a larger min takes effect at once.",
      ),
    cpus: cpus.exactOptional().describe("Cores of a machine."),
    memory: quantityText.exactOptional().describe("Memory of a machine, e.g. 4Gi."),
    instanceType: instanceType
      .exactOptional()
      .describe("Instance type of the platform that decides cores and memory, in place of cpus and memory."),
    image: text
      .min(1, "must name a container disk")
      .exactOptional()
      .describe(
        "Container disk with kubelet and kubeadm of the cluster's minor version. Its machines run the version of its tag. With bootstrap: talos a container disk of Talos for OpenStack, which its disks are filled from. Left out where disk.from names a golden image.",
      ),
    vsphere: vsphereMachines.exactOptional(),
    disk: rootDisk
      .exactOptional()
      .describe(
        "A volume of its own, filled from the image, that a machine boots from and keeps through restarts. Default: none; a machine that stops is replaced.",
      ),
    bootstrap,
    talos: talos.exactOptional(),
    dataDisks,
    gpus: gpus.exactOptional().describe("GPUs of each machine."),
    hostDevices,
    labels: z.record(text, text).default({}).describe("Kubernetes labels of its nodes."),
    taints: z.array(taint).default([]).describe("Taints that its nodes register with. A change makes new machines."),
    kubelet,
    spread,
    cloudInit,
    ssh: ssh.exactOptional(),
    health,
    rollout,
    deletionOrder: deletionOrder
      .exactOptional()
      .describe("Which machines go first when there are fewer. Default: any; those that are marked for it before."),
    drainTimeoutSeconds: count(1, 86_400)
      .default(600)
      .describe("How long pods may take to leave a machine that goes, in seconds. After that it goes without them."),
  })
  .meta({ title: "Node pool", description: "Machines of one size." });

/** A pool, with the size of its machines where an instance type decides it. */
export const nodePool = fields.transform((pool, context) => {
  const complain = (path: string[], given: unknown, message: string) => {
    context.addIssue({ code: "custom", path, message, input: given });
  };
  const size = sizeOf(pool, complain);
  return size === undefined ? z.NEVER : { ...pool, ...size };
});

export type NodePool = z.output<typeof nodePool>;
export type Taint = z.output<typeof taint>;
