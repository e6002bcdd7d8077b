import { z } from "zod";
import { address, cidr, hostPort } from "../../core/schema";
import { text } from "./text";

/** Where machines of a cluster run. */
export const infrastructure = z
  .enum(["kubevirt", "vsphere"], "must be kubevirt or vsphere")
  .meta({ title: "Infrastructure" })
  .default("kubevirt")
  .describe(
    "Where its machines run: virtual machines of the management cluster, or of a vSphere, where the platform offers it. Fixed once the cluster exists.",
  );

const inventory = (what: string) =>
  text.min(1, `must name a ${what}`).max(1024, "must be at most 1024 characters, as vSphere's provider takes them");

const network = z
  .strictObject({
    name: inventory("network").describe("Name or inventory path of the port group."),
    addressPool: text
      .min(1, "must name a GlobalInClusterIPPool")
      .exactOptional()
      .describe(
        "GlobalInClusterIPPool of the platform that machines get addresses and gateway from. Default: they ask by DHCP.",
      ),
    nameservers: z
      .array(address)
      .default([])
      .describe("Name servers of machines with an address of a pool; others learn theirs by DHCP."),
  })
  .meta({ title: "vSphere network", description: "A network card of machines." });

/** Where in a vSphere machines are. */
const placement = {
  folder: inventory("folder").exactOptional().describe("Folder of the machines. Default: the datacenter's own."),
  resourcePool: inventory("resource pool")
    .exactOptional()
    .describe("Resource pool of the machines. Default: the only one that there is."),
  datastore: inventory("datastore")
    .exactOptional()
    .describe("Datastore of their disks. Default: one of the storage policy, or the only one that there is."),
  storagePolicy: inventory("storage policy").exactOptional().describe("Storage policy of their disks. Default: none."),
};

/** The vSphere that machines run in. */
export const vsphere = z
  .strictObject({
    server: hostPort.describe("Address of the vCenter, e.g. vcenter.example.org."),
    thumbprint: text
      .regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){19}$/, "must be a SHA-1 checksum like AB:CD:…, twenty bytes in capitals")
      .exactOptional()
      .describe("SHA-1 checksum of the vCenter's certificate. Without it the certificate is not checked."),
    identity: text
      .min(1, "must name a VSphereClusterIdentity")
      .exactOptional()
      .describe(
        "VSphereClusterIdentity of the platform whose account makes the machines: the tenant's namespace has no credentials then.",
      ),
    secret: text
      .min(1, "must name a Secret")
      .exactOptional()
      .describe(
        "Secret of the tenant's namespace with the keys username and password, written there by who runs the vSphere. Makes the machines where there is no identity, and gives its account to the add-on vsphereCloudController.",
      ),
    serverNetworks: z
      .array(cidr)
      .default([])
      .describe("Networks in which the vCenter answers: opened for the add-on vsphereCloudController alone."),
    machineNetworks: z
      .array(cidr)
      .min(1, "must hold a network")
      .describe("Networks that machines have addresses of: kubelets get certificates for these alone."),
    datacenter: inventory("datacenter").describe("Datacenter."),
    ...placement,
    networks: z
      .array(network)
      .min(1, "must hold a network")
      .max(10, "must be at most 10: a machine has no more network cards")
      .describe("Network cards of machines; nodes have the addresses of the first."),
  })
  .meta({ title: "vSphere", description: "The vSphere that machines run in, with infrastructure: vsphere." });

/** Machines of one size in a vSphere. */
export const vsphereMachines = z
  .strictObject({
    template: inventory("template").describe(
      "Template that machines are cloned from, by name or inventory path, with its version of Kubernetes where machines join by kubeadm: ubuntu-2404-kube-v1.34.1. They run that version.",
    ),
    cloneMode: z
      .enum(["fullClone", "linkedClone"], "must be fullClone or linkedClone")
      .meta({ title: "Clone mode" })
      .default("fullClone")
      .describe(
        "A copy of its own, or one that depends on the template's snapshot: made faster, and with a disk of the template's size.",
      ),
    ...placement,
  })
  .meta({
    title: "vSphere machines",
    description: "Machines in a vSphere. What is left out is that of tenant.vsphere.",
  });

export type VsphereSettings = z.output<typeof vsphere>;
export type VsphereMachines = z.output<typeof vsphereMachines>;
