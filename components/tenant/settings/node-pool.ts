import { z } from "zod";
import { DNS_LABEL } from "../../core/names";
import { count, quantityText } from "../../core/schema";
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

export const nodePool = z
  .strictObject({
    replicas: count(0, 500).exactOptional().describe("Number of machines. Left out where autoscaling decides it."),
    autoscaling: z
      .strictObject({
        min: count(0, 500).describe(
          "Smallest number of machines, and that of a new pool; from none, they are made when the first pod waits for one.",
        ),
        max: count(1, 500).describe("Largest number of machines. The quota must have room for all of them."),
      })
      .meta({ title: "Autoscaling" })
      .exactOptional()
      .describe(
        "Bounds within which an autoscaler chooses the number of machines. None is deployed yet: a new pool starts with min, later bounds change nothing.",
      ),
    cpus: count(1, 128).describe("Cores of a machine."),
    memory: quantityText.describe("Memory of a machine, e.g. 4Gi."),
    image: text
      .min(1, "must name a container disk")
      .describe(
        "Container disk with kubelet and kubeadm of the cluster's minor version. Its machines run the version of its tag.",
      ),
    disk: z
      .strictObject({
        size: quantityText.describe("Size, e.g. 100Gi: no smaller than the disk in the image."),
        storageClass: text
          .min(1, "must name a StorageClass")
          .exactOptional()
          .describe("StorageClass of the management cluster. Default: the one that the platform has for tenants."),
      })
      .meta({ title: "Root disk" })
      .exactOptional()
      .describe(
        "A volume of its own, filled from the image, that a machine boots from and keeps through restarts. Default: none; a machine that stops is replaced.",
      ),
    labels: z.record(text, text).default({}).describe("Kubernetes labels of its nodes."),
    taints: z.array(taint).default([]).describe("Taints that its nodes register with. A change makes new machines."),
    drainTimeoutSeconds: count(1, 86_400)
      .default(600)
      .describe("How long pods may take to leave a machine that goes, in seconds. After that it goes without them."),
  })
  .meta({ title: "Node pool", description: "Machines of one size." });

export type NodePool = z.output<typeof nodePool>;
export type Taint = z.output<typeof taint>;
