import { quantity } from "../../../core/quantity";
import type { Tenant } from "../../settings";
import type { VsphereSettings } from "../../settings/infrastructure";
import type { Machines } from "../infrastructure";
import type { VSphereClusterSpec, VSphereMachineTemplateSpec } from "./kinds";

type MachineSpec = VSphereMachineTemplateSpec["template"]["spec"];

/** Rules refuse a cluster without. */
export function vsphereOf({ vsphere }: Pick<Tenant, "vsphere">): VsphereSettings {
  if (vsphere === undefined) throw new RangeError("a cluster of machines in a vSphere needs tenant.vsphere");
  return vsphere;
}

/** The endpoint is said where it is known: Kamaji's provider writes that of a load balancer itself. */
export function clusterSpec(tenant: Tenant): VSphereClusterSpec {
  const { server, thumbprint, identity, secret = "" } = vsphereOf(tenant);
  const { provider, kubeadm } = tenant.controlPlane;
  return {
    server,
    ...(thumbprint === undefined ? {} : { thumbprint }),
    identityRef:
      identity === undefined ? { kind: "Secret", name: secret } : { kind: "VSphereClusterIdentity", name: identity },
    ...(provider === "kubeadm" && kubeadm !== undefined
      ? { controlPlaneEndpoint: { host: kubeadm.endpoint.host, port: kubeadm.endpoint.port } }
      : {}),
  };
}

/** What machines in a vSphere are made of. */
export function machineTemplateSpec(tenant: Tenant, machines: Machines): VSphereMachineTemplateSpec {
  const { server, thumbprint, datacenter } = vsphereOf(tenant);
  const { cpus, memory, disk, dataDisks, vsphere } = machines;
  if (vsphere === undefined) throw new RangeError("machines in a vSphere need a template");
  const data = Object.entries(dataDisks).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    template: {
      spec: {
        server,
        ...(thumbprint === undefined ? {} : { thumbprint }),
        datacenter,
        ...placement(tenant, machines),
        template: vsphere.template,
        cloneMode: vsphere.cloneMode,
        numCPUs: cpus,
        memoryMiB: quantity(memory) / MEBIBYTE,
        ...(disk === undefined ? {} : { diskGiB: quantity(disk.size) / GIBIBYTE }),
        ...(data.length === 0
          ? {}
          : { dataDisks: data.map(([name, { size }]) => ({ name, sizeGiB: quantity(size) / GIBIBYTE })) }),
        os: "Linux",
        // the guest ends its pods; a machine without VMware's tools is switched off after five minutes
        powerOffMode: "trySoft",
        network: { devices: devices(tenant) },
      },
    },
  };
}

/** Units in which vSphere counts. */
export const MEBIBYTE = 2 ** 20;
export const GIBIBYTE = 2 ** 30;

/** What machines say themselves, else what the cluster says. */
function placement(
  tenant: Tenant,
  { vsphere }: Machines,
): Pick<MachineSpec, "folder" | "resourcePool" | "datastore" | "storagePolicyName"> {
  const { folder, resourcePool, datastore, storagePolicy } = { ...vsphereOf(tenant), ...vsphere };
  return {
    ...(folder === undefined ? {} : { folder }),
    ...(resourcePool === undefined ? {} : { resourcePool }),
    ...(datastore === undefined ? {} : { datastore }),
    ...(storagePolicy === undefined ? {} : { storagePolicyName: storagePolicy }),
  };
}

function devices(tenant: Tenant): MachineSpec["network"]["devices"] {
  return vsphereOf(tenant).networks.map(({ name, addressPool, nameservers }) => ({
    networkName: name,
    dhcp4: addressPool === undefined,
    dhcp6: false,
    ...(addressPool === undefined
      ? {}
      : {
          addressesFromPools: [{ apiGroup: "ipam.cluster.x-k8s.io", kind: "GlobalInClusterIPPool", name: addressPool }],
        }),
    ...(nameservers.length === 0 ? {} : { nameservers: [...nameservers] }),
  }));
}
