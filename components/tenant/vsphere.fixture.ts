import { ControlPlaneProvider, Infrastructure, type TenantClusterArgs } from "./args.generated";
import { plain, tenantArgs } from "./tenant.fixture";

/** Settings of a vSphere; tests change what they are about. */
export const vsphere = (change: object = {}) => ({
  server: "vcenter.example.org",
  thumbprint: "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
  secret: "vcenter",
  serverNetworks: ["192.0.2.20/32"],
  machineNetworks: ["198.51.100.0/24"],
  datacenter: "dc-1",
  folder: "/dc-1/vm/tenants",
  resourcePool: "/dc-1/host/a/Resources/tenants",
  datastore: "ssd",
  networks: [{ name: "tenants" }],
  ...change,
});

const template = "ubuntu-2404-kube-v1.34.1";

/** A pool of machines in a vSphere. */
export const vspherePool = (change: object = {}) => ({
  replicas: 2,
  cpus: 2,
  memory: "4Gi",
  vsphere: { template },
  ...change,
});

/** Settings of a control plane on machines. */
export const kubeadm = (change: object = {}) => ({
  endpoint: { host: "198.51.100.10" },
  machines: { cpus: 2, memory: "8Gi", diskSize: "40Gi", vsphere: { template } },
  ...change,
});

/** A control plane on machines. */
export const plane = (change: object, more: object = {}) => ({
  controlPlane: { provider: ControlPlaneProvider.Kubeadm, kubeadm: kubeadm(change), ...more },
});

/** A tenant in a vSphere, with a control plane on machines of its own; what is changed to undefined is left out. */
export function vsphereArgs(change: object = {}): TenantClusterArgs {
  const args = tenantArgs({
    platform: {
      ...tenantArgs().platform,
      capabilities: ["cluster-api/vsphere", "cluster-api/kubeadm-control-plane", "cluster-api/control-plane"],
    },
    infrastructure: Infrastructure.Vsphere,
    vsphere: vsphere(),
    controlPlane: { provider: ControlPlaneProvider.Kubeadm, kubeadm: kubeadm() },
    nodePools: { small: vspherePool() },
    ...change,
  });
  return plain(args);
}
