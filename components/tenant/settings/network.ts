import { z } from "zod";
import { cidr, domain } from "../../core/schema";

export const network = z
  .strictObject({
    podCidr: cidr.describe("Network of its pods, a /24 per node, e.g. 10.243.0.0/16. Fixed once the cluster exists."),
    serviceCidr: cidr.describe("Network of its services, e.g. 10.95.0.0/16. Fixed once the cluster exists."),
    dnsDomain: domain
      .default("cluster.local")
      .describe("Domain of its services, with a dot. Fixed once the cluster exists."),
    reachable: z
      .array(cidr)
      .prefault([])
      .describe("Private networks that its machines may reach, e.g. that of a registry. All others are closed."),
  })
  .meta({ title: "Network" });
