/** A reference to a pool of addresses. */
interface AddressPool {
  readonly apiGroup: "ipam.cluster.x-k8s.io";
  readonly kind: "GlobalInClusterIPPool";
  readonly name: string;
}

/** The vSphere of a cluster: where it is, who makes machines there, and where the Kubernetes API answers. */
export interface VSphereClusterSpec {
  readonly server: string;
  readonly thumbprint?: string;
  readonly identityRef: { readonly kind: "Secret" | "VSphereClusterIdentity"; readonly name: string };
  /** Left out where the control plane's provider writes it. */
  readonly controlPlaneEndpoint?: { readonly host: string; readonly port: number };
}

/** Immutable: its webhook refuses updates, so its name must follow its content (provider 1.16.1). */
export interface VSphereMachineTemplateSpec {
  readonly template: {
    readonly spec: {
      readonly server: string;
      readonly thumbprint?: string;
      readonly datacenter: string;
      readonly folder?: string;
      readonly resourcePool?: string;
      readonly datastore?: string;
      readonly storagePolicyName?: string;
      readonly template: string;
      readonly cloneMode: "fullClone" | "linkedClone";
      readonly numCPUs: number;
      readonly memoryMiB: number;
      readonly diskGiB?: number;
      readonly dataDisks?: { readonly name: string; readonly sizeGiB: number }[];
      readonly os: "Linux";
      readonly powerOffMode: "trySoft";
      readonly network: {
        readonly devices: {
          readonly networkName: string;
          readonly dhcp4: boolean;
          readonly dhcp6: false;
          readonly addressesFromPools?: AddressPool[];
          readonly nameservers?: string[];
        }[];
      };
    };
  };
}
