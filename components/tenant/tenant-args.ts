/** How much a loss would hurt. production protects the cluster from deletion and asks for three API servers. */
export const Tier = { Development: "development", Production: "production" } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];

/** How the Kubernetes API of a tenant is reached from outside its namespace. */
export const ServiceType = { ClusterIP: "ClusterIP", NodePort: "NodePort", LoadBalancer: "LoadBalancer" } as const;
export type ServiceType = (typeof ServiceType)[keyof typeof ServiceType];

/*
 * Arguments are plain values, not inputs: a preview then says which machines roll, and contradictions are refused
 * before anything is created. They stay within what the analyzer of component packages understands (no literal unions,
 * no readonly arrays, no intersections), so that the component can be used from every language of Pulumi.
 */

/** One tenant's Kubernetes cluster. */
export interface TenantClusterArgs {
  /** Name of the tenant and of its cluster: a DNS label that begins with a letter, at most 40 characters. */
  tenant: string;
  /** Default: production. */
  tier?: Tier;
  /** Version of control plane and nodes, e.g. v1.34.4. */
  kubernetesVersion: string;
  /** Network of the tenant's pods, e.g. 10.243.0.0/16. Fixed once the cluster exists. */
  podCidr: string;
  /** Network of the tenant's services, e.g. 10.95.0.0/16. Fixed once the cluster exists. */
  serviceCidr: string;
  /** Domain of services inside the cluster. Fixed once the cluster exists. Default: cluster.local. */
  dnsDomain?: string;
  /** How many API servers there are and how they are reached. */
  controlPlane?: ControlPlaneArgs;
  /** What all machines and the control plane together may take from the management cluster. */
  quota: QuotaArgs;
  /** Pools of worker machines by name. */
  nodePools: Record<string, NodePoolArgs>;
  /** Kamaji DataStore that holds the cluster's state. */
  dataStore: string;
  /** StorageClass of the management cluster that the tenant's volumes come from. */
  infraStorageClass: string;
  /** Networks of the management cluster by name, closed to the tenant's machines. Default: none beyond private ones. */
  managementNetworks?: Record<string, string>;
  /** Private networks that the machines may reach nevertheless, e.g. that of a registry. Default: none. */
  reachableNetworks?: string[];
  /** Chart of the tenant's pod network, Cilium. */
  cniChart: ChartArgs;
  /** Registry prefix that replaces the host of every image, e.g. registry.example/mirror. Default: upstream's. */
  imageRegistry?: string;
}

/** The tenant's Kubernetes API. */
export interface ControlPlaneArgs {
  /** Copies of the API server. Default: 3 in production, else 2. */
  replicas?: number;
  /** Default: LoadBalancer, which takes an address of the platform's pool. */
  serviceType?: ServiceType;
  /** Networks that may connect to a LoadBalancer. Default: all. */
  allowedSources?: string[];
  /** Further names and addresses in the API's certificate, without port. */
  certSANs?: string[];
}

/** Kubernetes quantities. */
export interface QuotaArgs {
  /** Cores, e.g. 16. */
  cpu: string;
  /** e.g. 64Gi. */
  memory: string;
  /** Volumes of the tenant, e.g. 500Gi. */
  storage: string;
  /** Number of volumes. Default: 100. */
  volumes?: number;
  /** Number of Services with an external address, that of the Kubernetes API among them. Default: 5. */
  loadBalancers?: number;
  /** Number of pods in the namespace: machines, control plane, controllers. Default: 200. */
  pods?: number;
}

/** Machines of one size. Has either `replicas` or `autoscaling`. */
export interface NodePoolArgs {
  /** Number of machines. */
  replicas?: number;
  /** Bounds within which the autoscaler chooses the number of machines. */
  autoscaling?: AutoscalingArgs;
  /** Cores of a machine. */
  cpus: number;
  /** Memory of a machine, e.g. 4Gi. */
  memory: string;
  /** Container disk with kubelet and kubeadm of the cluster's version. */
  image: string;
  /** Kubernetes labels of its nodes. */
  labels?: Record<string, string>;
}

/** Smallest and largest number of machines. */
export interface AutoscalingArgs {
  /** 0 or more; from none, machines are made when the first pod waits for one. */
  min: number;
  /** `min` or more. The quota must have room for all of them. */
  max: number;
}

/** A Helm chart in a repository. */
export interface ChartArgs {
  /** URL of a Helm repository, or oci:// prefix of one. */
  repository: string;
  /** Name in the repository. */
  chart: string;
  /** Exact version. */
  version: string;
}
