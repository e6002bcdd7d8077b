import { z } from "zod";
import { count } from "../../../core/schema";

/** Settings of the cloud controller of machines in a vSphere. */
export const vsphereCloudControllerSettings = z
  .strictObject({
    enabled: z
      .boolean("must be true or false")
      .exactOptional()
      .describe("Whether it is installed. Default: where machines are in a vSphere and tenant.vsphere has a secret."),
    replicas: count(1, 3)
      .exactOptional()
      .describe("Copies, of which one works and the others wait. Default: 2 in production, else 1."),
  })
  .meta({ title: "vSphere cloud controller" });
