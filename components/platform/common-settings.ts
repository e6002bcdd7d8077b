import { z } from "zod";
import { cidr, count, tier } from "../core/schema";
import { bgp } from "./bgp-settings";
import { offers } from "./offers";

/** Helm values of a chart: plain JSON. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * Settings under `platform:` that several components read. What only one component reads is a settings fragment of that
 * component; settings.ts puts all of them together.
 */
export const commonSettings = {
  tier: tier
    .default("production")
    .describe("production keeps data and CRDs on uninstall and runs two replicas of what can be redundant"),
  mirror: z
    .strictObject({
      charts: z.url().optional().describe("URL of one Helm repository that holds every chart of the lock file"),
      images: z
        .string()
        .optional()
        .describe("registry prefix that replaces the host of every image, e.g. registry.example/mirror"),
      providers: z
        .string()
        .optional()
        .describe(
          "registry prefix that holds the components of Cluster API's providers, <prefix>/cluster-api-providers/<kind>-<name>; default: that of images; without either they are downloaded from GitHub, which limits downloads without a token",
        ),
      githubToken: z
        .boolean()
        .default(false)
        .describe(
          "whether components of Cluster API's providers are downloaded from GitHub with the secret githubToken",
        ),
    })
    .prefault({})
    .describe("where charts and images come from instead of their upstream places (air gap)"),
  dataStores: z
    .record(
      z.string().min(1),
      z.strictObject({
        networks: z
          .array(cidr)
          .default([])
          .describe("networks in which it answers; none stands for pods of kamaji-etcd in the management cluster"),
        port: count(1, 65_535).default(2379).describe("port at which it answers"),
      }),
    )
    .default({})
    .describe("further Kamaji DataStores by name, made by somebody else, that tenants can choose"),
  offers: offers
    .exactOptional()
    .describe("what customers can make their clusters of, e.g. in a portal; default: those who make tenants decide"),
  values: z
    .record(z.string(), z.record(z.string(), z.json()))
    .default({})
    .describe("Helm values of single charts, by the chart's name, merged over the ones that the platform sets"),
};

/** Settings of the networks, of which policies of every component name some. */
export const networkingSettings = {
  podCidr: cidr.describe("addresses of the management cluster's pods: an IPv4 network like 10.244.0.0/16"),
  joinCidr: cidr.describe("network between nodes and pods: an IPv4 network like 100.64.0.0/16"),
  machineMtu: count(1380, 65_520)
    .exactOptional()
    .describe(
      "largest packet that the network between machines carries, e.g. 9000; default: machines find out by themselves, and tenants count on 1500",
    ),
  loadBalancerCidrs: z
    .array(cidr)
    .min(1)
    .describe("addresses for Services of type LoadBalancer, among them every tenant's Kubernetes API"),
  bgp: bgp.exactOptional(),
  abandonedCidrs: z
    .array(cidr)
    .default([])
    .describe(
      "networks that were in loadBalancerCidrs and are given up: every Service with an address of theirs loses it at once",
    ),
};

type Parsed<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape, z.core.$strict>>;

/** The parsed settings that every component can read. */
export type CommonSettings = Readonly<Parsed<typeof commonSettings>> & {
  readonly networking: Readonly<Parsed<typeof networkingSettings>>;
};
