import { z } from "zod";
import { kubernetesVersion, tier } from "../../core/schema";
import { addonSettings } from "../addons/settings";
import { access } from "./access";
import { controlPlane } from "./control-plane";
import { infrastructure, vsphere } from "./infrastructure";
import { network } from "./network";
import { nodePool, poolName } from "./node-pool";
import { platform } from "./platform";
import { quota } from "./quota";
import { text } from "./text";

/*
 * Everything that can be said of a tenant's cluster, once. From here come the parsed types, the JSON Schema of stack
 * files, the reference page, and, by their titles and descriptions, the arguments of TenantCluster for other languages
 * (args.generated.ts). What depends on more than one value is in ../rules.ts.
 */

/** Kamaji wants a name that is a DNS label of the older kind, beginning with a letter. */
const tenantName = text.regex(
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "must begin with a letter and consist of a-z, 0-9 and - inside, at most 40 characters",
);

/** What a tenant's owner decides: the `tenant` of a stack file. */
const tenant = z
  .strictObject({
    tier: tier
      .meta({ title: "Tier" })
      .default("production")
      .describe(
        "production protects the cluster from deletion and asks for three API servers. Deploy it as development before you delete it.",
      ),
    kubernetesVersion: kubernetesVersion.describe(
      "Version of the control plane, e.g. v1.34.4. Nodes run that of their image.",
    ),
    paused: z
      .boolean("must be true or false")
      .default(false)
      .describe(
        "Whether Cluster API leaves the cluster as it is: it runs on, but nothing is changed, repaired or deleted. Changes take effect when it is false again.",
      ),
    hibernated: z
      .boolean("must be true or false")
      .default(false)
      .describe(
        "Whether the cluster sleeps: no machines, no API server. Its state and its volumes stay; false wakes the same cluster. Root disks of machines do not stay.",
      ),
    infrastructure,
    vsphere: vsphere.exactOptional(),
    network: network.describe("Networks of the cluster."),
    controlPlane: controlPlane.prefault({}).describe("How many API servers there are and how they are reached."),
    quota: quota.describe("What all its machines and its control plane together may take from the management cluster."),
    nodePools: z
      .record(poolName, nodePool)
      .describe("Pools of worker machines by name, each of one size. A pool has either replicas or autoscaling."),
    access: access.prefault({}).describe("Which groups of the customer may do what. Default: none."),
    addons: addonSettings.prefault({}).describe("What every tenant finds in its cluster, by name."),
  })
  .describe("One tenant's Kubernetes cluster.");

/** The settings of a tenant's stack file, without `firmament:`. */
export const tenantSettings = z.strictObject({
  layer: z.literal("tenant", "must be tenant").describe("Which program deploys the stack."),
  tenant,
});

/** A tenant's cluster as a component is given it: its name, the owner's settings, and what the platform provides. */
export const tenantCluster = z
  .strictObject({
    name: tenantName.describe("Name of the tenant and of its cluster: a DNS label that begins with a letter."),
    ...tenant.shape,
    platform: platform.describe("What the platform provides to every tenant."),
  })
  .meta({ title: "Tenant cluster", description: "One tenant's Kubernetes cluster." });

/** The parts that a stack program adds to the settings of its stack file. */
export const tenantSurroundings = tenantCluster.pick({ name: true, platform: true });

export type TenantSettings = z.output<typeof tenant>;
/** A tenant's cluster, parsed and with all defaults. What plans are made from. */
export type Tenant = z.output<typeof tenantCluster>;

export type { NodePool, Taint } from "./node-pool";
export type { PlatformTerms } from "./platform";
