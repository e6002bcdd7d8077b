import { z } from "zod";
import { count, quantityText } from "../../core/schema";
import { devicesQuota } from "./machine";

export const quota = z
  .strictObject({
    cpu: quantityText.describe("Cores, e.g. 16."),
    memory: quantityText.describe("Memory, e.g. 64Gi."),
    storage: quantityText.describe("Volumes of the tenant, e.g. 500Gi."),
    volumes: count(0, 10_000).default(100).describe("Number of volumes."),
    devices: devicesQuota,
    loadBalancers: count(0, 1000)
      .default(5)
      .describe("Number of Services with an external address, that of the Kubernetes API among them."),
    pods: count(1, 10_000)
      .default(200)
      .describe("Number of pods in the tenant's namespace: machines, control plane, controllers."),
  })
  .meta({ title: "Quota" });
