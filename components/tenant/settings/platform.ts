import { z } from "zod";
import { cidr, count } from "../../core/schema";
import { text } from "./text";

/** What the platform provides to every tenant: terms of its contract. */
export const platform = z
  .strictObject({
    dataStore: text.min(1, "must name a DataStore").describe("Kamaji DataStore that holds the cluster's state."),
    dataStores: z
      .record(
        text,
        z
          .strictObject({
            networks: z
              .array(cidr)
              .default([])
              .describe("Networks in which it answers. None stands for pods of kamaji-etcd in the management cluster."),
            port: count(1, 65_535).default(2379).describe("Port at which it answers."),
          })
          .meta({ title: "Data store", description: "Where a DataStore answers." }),
      )
      .default({})
      .describe("Further Kamaji DataStores by name: those that a tenant can choose."),
    storageClass: text
      .min(1, "must name a StorageClass")
      .describe("StorageClass of the management cluster that the tenant's volumes come from."),
    storageClasses: z
      .record(
        text,
        z
          .strictObject({
            shared: z.boolean("must be true or false").describe("Whether any machine can use its volumes."),
            expandable: z.boolean("must be true or false").describe("Whether its volumes can grow."),
            snapshotClass: text.exactOptional().describe("VolumeSnapshotClass of snapshots of its volumes."),
          })
          .meta({ title: "Platform storage class", description: "What can be done with a StorageClass." }),
      )
      .exactOptional()
      .describe("StorageClasses of the management cluster by name, for volumes of tenants. Default: that one."),
    networks: z
      .record(text, cidr)
      .default({})
      .describe(
        "Networks of the management cluster by name: the tenant's must not overlap them, its machines not reach them.",
      ),
    mirror: z
      .strictObject({
        charts: text
          .exactOptional()
          .describe("Helm repository that has all charts: the URL of one, or the oci:// prefix of its charts."),
        images: text
          .exactOptional()
          .describe("Registry prefix that replaces the host of every image, e.g. registry.example/mirror."),
      })
      .meta({ title: "Mirror" })
      .prefault({})
      .describe("Where charts and images come from instead of upstream."),
    capabilities: z
      .array(text)
      .exactOptional()
      .describe("What components of the platform provide, by capability, e.g. cluster-api/helm. Default: not known."),
    outerNetwork: z
      .strictObject({
        network: cidr.describe("Addresses of machines."),
        mtu: count(1280, 65_535).describe("Largest packet that it carries between machines, in bytes."),
        tunnelPorts: z.array(count(1, 65_535)).default([]).describe("UDP ports of its own tunnels."),
      })
      .meta({ title: "Outer network" })
      .exactOptional()
      .describe("The management cluster's pod network, that machines are part of. Default: not known."),
    podNetwork: z
      .strictObject({
        repository: text.min(1, "must be a URL").describe("URL of a Helm repository, or oci:// prefix of one."),
        chart: text.min(1, "must name a chart").describe("Name in the repository."),
        version: text.min(1, "must be a version").describe("Exact version."),
      })
      .meta({ title: "Chart" })
      .describe("Chart of the pod network."),
  })
  .meta({ title: "Platform" });

export type PlatformTerms = z.input<typeof platform>;
