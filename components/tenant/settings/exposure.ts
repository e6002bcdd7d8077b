import { z } from "zod";
import { address, count, domain } from "../../core/schema";
import { text } from "./text";

const namespace = text
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "must be the name of a namespace")
  .describe("Namespace of the pods that pass connections on: machines may reach it.");

/** A load balancer's own wishes. */
export const loadBalancer = z
  .strictObject({
    class: text
      .min(1, "must name a class")
      .exactOptional()
      .describe("Class of the load balancer, e.g. metallb.io/metallb. Fixed once the cluster exists."),
    address: address
      .exactOptional()
      .describe(
        "Address of the platform's pool that the API keeps, for MetalLB and Cilium. Default: any that is free.",
      ),
  })
  .meta({ title: "Load balancer" })
  .describe("What a LoadBalancer is asked for.");

/** An Ingress that passes TLS through. */
export const ingress = z
  .strictObject({
    host: domain.describe("Name of the API, which machines and users resolve to the ingress controller."),
    port: count(1, 65_535).default(443).describe("Port at which the controller answers."),
    className: text
      .min(1, "must name an IngressClass")
      .describe("IngressClass of a controller that passes TLS through."),
    annotations: z
      .record(text, text)
      .default({})
      .describe("Annotations that make the controller pass TLS through, where its class does not."),
    namespace,
  })
  .meta({ title: "Ingress" })
  .describe(
    "The API is reached by a name at the platform's ingress controller. Agents of konnectivity stay with the Service.",
  );

/** A Gateway whose listeners pass TLS through. */
export const gateway = z
  .strictObject({
    host: domain.describe("Name of the API, which machines and users resolve to the Gateway."),
    name: text.min(1, "must name a Gateway").describe("Name of the Gateway."),
    gatewayNamespace: text.min(1, "must name a namespace").describe("Namespace of the Gateway."),
    namespace,
  })
  .meta({ title: "Gateway" })
  .describe(
    "The API is reached by a name at a Gateway of the platform, with the listeners kube-apiserver (6443) and konnectivity-server (8132) that pass TLS through to TLSRoutes of the tenant's namespace.",
  );
