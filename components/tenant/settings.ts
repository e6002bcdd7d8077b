import { z } from "zod";
import { DNS_LABEL } from "../core/names";
import { cidr, count, kubernetesVersion, quantityText, domain, tier } from "../core/schema";
import { addonSettings } from "./addons/settings";

/*
 * Everything that can be said of a tenant's cluster, once. From here come the parsed types, the JSON Schema of stack
 * files, the reference page, and, by their titles and descriptions, the arguments of TenantCluster for other languages
 * (args.generated.ts). What depends on more than one value is in rules.ts.
 */

const text = z.string("must be text");

/** Kamaji wants a name that is a DNS label of the older kind, beginning with a letter. */
const tenantName = text.regex(
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "must begin with a letter and consist of a-z, 0-9 and - inside, at most 40 characters",
);

const poolName = text.refine(
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

const nodePool = z
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

const network = z
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

const controlPlane = z
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

const quota = z
  .strictObject({
    cpu: quantityText.describe("Cores, e.g. 16."),
    memory: quantityText.describe("Memory, e.g. 64Gi."),
    storage: quantityText.describe("Volumes of the tenant, e.g. 500Gi."),
    volumes: count(0, 10_000).default(100).describe("Number of volumes."),
    loadBalancers: count(0, 1000)
      .default(5)
      .describe("Number of Services with an external address, that of the Kubernetes API among them."),
    pods: count(1, 10_000)
      .default(200)
      .describe("Number of pods in the tenant's namespace: machines, control plane, controllers."),
  })
  .meta({ title: "Quota" });

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
    network: network.describe("Networks of the cluster."),
    controlPlane: controlPlane.prefault({}).describe("How many API servers there are and how they are reached."),
    quota: quota.describe("What all its machines and its control plane together may take from the management cluster."),
    nodePools: z
      .record(poolName, nodePool)
      .describe("Pools of worker machines by name, each of one size. A pool has either replicas or autoscaling."),
    addons: addonSettings.prefault({}).describe("What every tenant finds in its cluster, by name."),
  })
  .describe("One tenant's Kubernetes cluster.");

/** What the platform provides to every tenant: terms of its contract. */
const platform = z
  .strictObject({
    dataStore: text.min(1, "must name a DataStore").describe("Kamaji DataStore that holds the cluster's state."),
    storageClass: text
      .min(1, "must name a StorageClass")
      .describe("StorageClass of the management cluster that the tenant's volumes come from."),
    networks: z
      .record(text, cidr)
      .default({})
      .describe(
        "Networks of the management cluster by name: the tenant's must not overlap them, its machines not reach them.",
      ),
    mirror: z
      .strictObject({
        images: text
          .exactOptional()
          .describe("Registry prefix that replaces the host of every image, e.g. registry.example/mirror."),
      })
      .meta({ title: "Mirror" })
      .prefault({})
      .describe("Where images come from instead of upstream's registries."),
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
export type NodePool = z.output<typeof nodePool>;
export type Taint = z.output<typeof taint>;
export type PlatformTerms = z.input<typeof platform>;
