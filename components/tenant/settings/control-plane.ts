import { z } from "zod";
import { cidr, count } from "../../core/schema";
import { text } from "./text";

export const controlPlane = z
  .strictObject({
    replicas: count(1, 5).exactOptional().describe("Copies of the API server. Default: 3 in production, else 2."),
    serviceType: z
      .enum(["LoadBalancer", "NodePort", "ClusterIP"], "must be LoadBalancer, NodePort or ClusterIP")
      .meta({ title: "Service type" })
      .default("LoadBalancer")
      .describe("How the API server is reached; LoadBalancer takes an address of the platform's pool."),
    allowedSources: z
      .array(cidr)
      .default([])
      .describe("Networks that may connect to a LoadBalancer; none stands for all."),
    certSANs: z
      .array(text.refine((san) => san !== "" && !san.includes(":"), "must be a name or address without port"))
      .default([])
      .describe("Further names and addresses in the API's certificate, without port."),
  })
  .meta({ title: "Control plane" });
