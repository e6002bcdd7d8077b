/*
 * Generated from components/tenant/settings/ by components/tenant/args-source.ts: change the settings, then run
 * `npm run generate`.
 */

/** One tenant's Kubernetes cluster. */
export interface TenantClusterArgs {
  /** Name of the tenant and of its cluster: a DNS label that begins with a letter. */
  name: string;
  /** production protects the cluster from deletion and asks for three API servers. Deploy it as development before you delete it. Default: production. */
  tier?: Tier;
  /** Version of the control plane, e.g. v1.34.4. Nodes run that of their image. */
  kubernetesVersion: string;
  /** Whether Cluster API leaves the cluster as it is: it runs on, but nothing is changed, repaired or deleted. Changes take effect when it is false again. Default: false. */
  paused?: boolean;
  /** Whether the cluster sleeps: no machines, no API server. Its state and its volumes stay; false wakes the same cluster. Root disks of machines do not stay. Default: false. */
  hibernated?: boolean;
  /** Where its machines run: virtual machines of the management cluster, or of a vSphere, where the platform offers it. Fixed once the cluster exists. Default: kubevirt. */
  infrastructure?: Infrastructure;
  /** The vSphere that machines run in, with infrastructure: vsphere. */
  vsphere?: VSphereArgs;
  /** Networks of the cluster. */
  network: NetworkArgs;
  /** How many API servers there are and how they are reached. */
  controlPlane?: ControlPlaneArgs;
  /** What all its machines and its control plane together may take from the management cluster. */
  quota: QuotaArgs;
  /** Pools of worker machines by name, each of one size. A pool has either replicas or autoscaling. */
  nodePools: Record<string, NodePoolArgs>;
  /** Which groups of the customer may do what. Default: none. */
  access?: AccessArgs;
  /** What every tenant finds in its cluster, by name. */
  addons?: AddonsArgs;
  /** What the platform provides to every tenant. */
  platform: PlatformArgs;
}

/** What the platform provides to every tenant. */
export interface PlatformArgs {
  /** Kamaji DataStore that holds the cluster's state. */
  dataStore: string;
  /** Further Kamaji DataStores by name: those that a tenant can choose. */
  dataStores?: Record<string, DataStoreArgs>;
  /** StorageClass of the management cluster that the tenant's volumes come from. */
  storageClass: string;
  /** StorageClasses of the management cluster by name, for volumes of tenants. Default: that one. */
  storageClasses?: Record<string, PlatformStorageClassArgs>;
  /** Networks of the management cluster by name: the tenant's must not overlap them, its machines not reach them. */
  networks?: Record<string, string>;
  /** Where charts and images come from instead of upstream. */
  mirror?: MirrorArgs;
  /** What components of the platform provide, by capability, e.g. cluster-api/helm. Default: not known. */
  capabilities?: string[];
  /** The management cluster's pod network, that machines are part of. Default: not known. */
  outerNetwork?: OuterNetworkArgs;
  /** Chart of the pod network. */
  podNetwork: ChartArgs;
}

/** Chart of the pod network. */
export interface ChartArgs {
  /** URL of a Helm repository, or oci:// prefix of one. */
  repository: string;
  /** Name in the repository. */
  chart: string;
  /** Exact version. */
  version: string;
}

/** The management cluster's pod network, that machines are part of. Default: not known. */
export interface OuterNetworkArgs {
  /** Addresses of machines. */
  network: string;
  /** Largest packet that it carries between machines, in bytes. */
  mtu: number;
  /** UDP ports of its own tunnels. Default: none. */
  tunnelPorts?: number[];
}

/** Where charts and images come from instead of upstream. */
export interface MirrorArgs {
  /** Helm repository that has all charts: the URL of one, or the oci:// prefix of its charts. */
  charts?: string;
  /** Registry prefix that replaces the host of every image, e.g. registry.example/mirror. */
  images?: string;
}

/** What can be done with a StorageClass. */
export interface PlatformStorageClassArgs {
  /** Whether any machine can use its volumes. */
  shared: boolean;
  /** Whether its volumes can grow. */
  expandable: boolean;
  /** VolumeSnapshotClass of snapshots of its volumes. */
  snapshotClass?: string;
}

/** Where a DataStore answers. */
export interface DataStoreArgs {
  /** Networks in which it answers. None stands for pods of kamaji-etcd in the management cluster. */
  networks?: string[];
  /** Port at which it answers. Default: 2379. */
  port?: number;
}

/** What every tenant finds in its cluster, by name. */
export interface AddonsArgs {
  /** The pod network: Cilium, in the version that the platform runs. */
  cilium?: CiliumArgs;
  /** The pod network: Calico instead of Cilium, which has to be disabled. Chosen once, for a new cluster. */
  calico?: CalicoArgs;
  /** The pod network: one that the customer installs, instead of Cilium, which has to be disabled. */
  ownPodNetwork?: OwnPodNetworkArgs;
  /** Chooses the number of machines of the pools that have autoscaling. */
  clusterAutoscaler?: ClusterAutoscalerArgs;
  /** Volumes of the tenant, from the storage of the platform. */
  csi?: CSIArgs;
  /** What nodes have from their machines, and addresses of Services. Switching it on or off makes new machines. Not with infrastructure: vsphere. */
  cloudController?: CloudControllerArgs;
  /** What nodes have from their machines in a vSphere. Switching it on or off makes new machines. */
  vsphereCloudController?: VSphereCloudControllerArgs;
  /** Certificates of kubelets, signed by the cluster's authority. A change makes new machines. */
  kubeletCertificates?: KubeletCertificatesArgs;
  /** Charts of the customer, installed by Cluster API's Helm add-on provider. */
  helm?: HelmArgs;
  /** Charts and Git repositories of the customer, applied by Flux of the management cluster. */
  flux?: FluxArgs;
  /** Usage of nodes and pods, for kubectl top and HorizontalPodAutoscalers. */
  metricsServer?: MetricsServerArgs;
}

/** Usage of nodes and pods, for kubectl top and HorizontalPodAutoscalers. */
export interface MetricsServerArgs {
  /** Whether it is installed. Default: true. */
  enabled?: boolean;
  /** Whether nodes are measured whose kubelets have certificates that nobody signed: whoever is between them can then give any numbers. Needed only without kubeletCertificates. Default: false. */
  insecureKubelets?: boolean;
}

/** Charts and Git repositories of the customer, applied by Flux of the management cluster. */
export interface FluxArgs {
  /** Whether it is installed. Default: true. */
  enabled?: boolean;
  /** HelmReleases by their name. */
  releases?: Record<string, FluxReleaseArgs>;
  /** Folders of Git repositories by the name of their Kustomization. */
  kustomizations?: Record<string, FluxKustomizationArgs>;
}

/** Manifests of a Git repository for the tenant's cluster. */
export interface FluxKustomizationArgs {
  /** URL of a Git repository, https://… or ssh://… */
  url: string;
  /** Branch that is followed. Either this or tag. */
  branch?: string;
  /** Tag that is applied. Either this or branch. */
  tag?: string;
  /** Folder of the repository. Default: ./. */
  path?: string;
  /** Secret in the tenant's namespace of the management cluster with what Git asks for. Default: none. */
  secret?: string;
}

/** A HelmRelease for the tenant's cluster. */
export interface FluxReleaseArgs {
  /** URL of a Helm repository, https://…, or oci://… of the folder that holds the chart. */
  repository: string;
  /** Name in the repository. */
  chart: string;
  /** Exact version. */
  version: string;
  /** Namespace in the tenant's cluster; it is made where it is not there. */
  namespace: string;
  /** Helm values, as YAML text. Default: the chart's own. */
  values?: string;
}

/** Charts of the customer, installed by Cluster API's Helm add-on provider. */
export interface HelmArgs {
  /** Whether it is installed. Default: true. */
  enabled?: boolean;
  /** Charts by the name of their release. */
  charts?: Record<string, HelmChartArgs>;
}

/** A chart that is installed into the tenant's cluster. */
export interface HelmChartArgs {
  /** URL of a Helm repository, https://…, or oci://… of the folder that holds the chart. */
  repository: string;
  /** Name in the repository. */
  chart: string;
  /** Exact version. */
  version: string;
  /** Namespace in the tenant's cluster; it is made where it is not there. */
  namespace: string;
  /** Helm values, as YAML text. {{ .Cluster.metadata.name }} and the like are filled in from the cluster's objects. Default: the chart's own. */
  values?: string;
}

/** Certificates of kubelets, signed by the cluster's authority. A change makes new machines. */
export interface KubeletCertificatesArgs {
  /** Whether it is installed. Default: true. */
  enabled?: boolean;
}

/** What nodes have from their machines in a vSphere. Switching it on or off makes new machines. */
export interface VSphereCloudControllerArgs {
  /** Whether it is installed. Default: where machines are in a vSphere and tenant.vsphere has a secret. */
  enabled?: boolean;
  /** Copies, of which one works and the others wait. Default: 2 in production, else 1. */
  replicas?: number;
}

/** What nodes have from their machines, and addresses of Services. Switching it on or off makes new machines. Not with infrastructure: vsphere. */
export interface CloudControllerArgs {
  /** Whether it is installed. Default: true. */
  enabled?: boolean;
  /** Copies, of which one works and the others wait. Default: 2 in production, else 1. */
  replicas?: number;
  /** Whether Services of type LoadBalancer get an address of the platform; quota.loadBalancers counts them. Default: true. */
  loadBalancer?: boolean;
  /** How long one attempt waits for the address of a load balancer, in seconds. Default: 60. */
  loadBalancerTimeoutSeconds?: number;
  /** Whether nodes have the zone and region of the host that their machine runs on. It may then read the management cluster's nodes. Default: false. */
  zones?: boolean;
}

/** Volumes of the tenant, from the storage of the platform. */
export interface CSIArgs {
  /** Whether it is installed. Default: where an image is given. */
  enabled?: boolean;
  /** KubeVirt's CSI driver, for the controller and for nodes, by its digest: upstream publishes no versions, only a tag that moves. */
  image?: string;
  /** StorageClasses of the tenant by name. Default: one that has the name of the platform's. */
  storageClasses?: Record<string, StorageClassArgs>;
  /** Snapshots of volumes, where the platform takes snapshots of its own: a VolumeSnapshotClass for each of the platform's that volumes of the tenant come from. None, when it is left out. */
  snapshots?: SnapshotsArgs;
  /** What becomes of volumes when the tenant is deleted: they are deleted with it, they stay in the management cluster (keep, in tenant stacks only), or it is not deleted until this says what to do. Default: refuse. */
  volumesOnDelete?: VolumesOnDelete;
}

export const VolumesOnDelete = {
  Refuse: "refuse",
  Delete: "delete",
  Keep: "keep",
} as const;
export type VolumesOnDelete = (typeof VolumesOnDelete)[keyof typeof VolumesOnDelete];

/** Snapshots of volumes, where the platform takes snapshots of its own: a VolumeSnapshotClass for each of the platform's that volumes of the tenant come from. None, when it is left out. */
export interface SnapshotsArgs {
  /** Kubernetes' csi-snapshotter, of v8, by its digest. */
  image: string;
  /** What becomes of a snapshot in the platform's storage whose VolumeSnapshot is deleted. Default: Delete. */
  deletionPolicy?: SnapshotDeletionPolicy;
}

export const SnapshotDeletionPolicy = {
  Delete: "Delete",
  Retain: "Retain",
} as const;
export type SnapshotDeletionPolicy = (typeof SnapshotDeletionPolicy)[keyof typeof SnapshotDeletionPolicy];

/** A StorageClass of the tenant. */
export interface StorageClassArgs {
  /** StorageClass of the management cluster that its volumes come from. Default: the one that the platform has for tenants. */
  class?: string;
  /** Whether claims that name no class get this one. Default: where it is the only class. */
  isDefault?: boolean;
  /** What becomes of a volume whose claim is deleted. Default: Delete. */
  reclaimPolicy?: ReclaimPolicy;
  /** When a volume is made: with its claim, or with the first pod that uses it. Default: WaitForFirstConsumer. */
  bindingMode?: BindingMode;
  /** Whether volumes can grow. Default: where those of the platform's class can. */
  expandable?: boolean;
  /** File system of volumes that are no block devices. Default: ext4. */
  fsType?: FileSystem;
}

export const FileSystem = {
  Ext4: "ext4",
  Xfs: "xfs",
} as const;
export type FileSystem = (typeof FileSystem)[keyof typeof FileSystem];

export const BindingMode = {
  Immediate: "Immediate",
  WaitForFirstConsumer: "WaitForFirstConsumer",
} as const;
export type BindingMode = (typeof BindingMode)[keyof typeof BindingMode];

export const ReclaimPolicy = {
  Delete: "Delete",
  Retain: "Retain",
} as const;
export type ReclaimPolicy = (typeof ReclaimPolicy)[keyof typeof ReclaimPolicy];

/** Chooses the number of machines of the pools that have autoscaling. */
export interface ClusterAutoscalerArgs {
  /** Whether it is installed. Default: exactly when a pool leaves its size to it. */
  enabled?: boolean;
  /** Which pool grows where several could: the one whose new machines stay least empty, are fewest, or hold most of the pods. Default: least-waste. */
  expander?: Expander;
  /** How long a node must not have been needed before it goes, in seconds. Default: 600. */
  scaleDownUnneededSeconds?: number;
  /** How long after a machine was added no node goes, in seconds. Default: 600. */
  scaleDownDelayAfterAddSeconds?: number;
  /** A node goes when its pods ask for less than this part of its cores and of its memory, and others have room for them. Default: 0.5. */
  scaleDownUtilizationThreshold?: number;
  /** How long a machine may take to become a node, in seconds. One that does not is given up, and its pool rests for five minutes. Default: 1200. */
  maxNodeProvisionSeconds?: number;
  /** Whether pools whose machines are alike grow evenly. Default: true. */
  balanceSimilarNodeGroups?: boolean;
}

export const Expander = {
  LeastWaste: "least-waste",
  LeastNodes: "least-nodes",
  MostPods: "most-pods",
  Random: "random",
} as const;
export type Expander = (typeof Expander)[keyof typeof Expander];

/** The pod network: one that the customer installs, instead of Cilium, which has to be disabled. */
export interface OwnPodNetworkArgs {
  /** Whether the customer installs it. Nodes are not Ready until then. Default: false. */
  enabled?: boolean;
  /** Whether kube-proxy serves Services. Set it to false for a network that does. Default: true. */
  kubeProxy?: boolean;
}

/** The pod network: Calico instead of Cilium, which has to be disabled. Chosen once, for a new cluster. */
export interface CalicoArgs {
  /** Whether it is installed. Default: false. */
  enabled?: boolean;
  /** Largest packet between pods, in bytes. Default: what the platform's pod network carries, less 50 for the tunnel; 1350 where the platform does not say. */
  mtu?: number;
  /** UDP port of the tunnel (VXLAN) between nodes: not one of the platform's own tunnel. Default: 8473. */
  tunnelPort?: number;
}

/** The pod network: Cilium, in the version that the platform runs. */
export interface CiliumArgs {
  /** Whether it is installed. Default: true. */
  enabled?: boolean;
  /** Largest packet between pods, in bytes. Default: what the platform's pod network carries, less 50 for the tunnel; 1350 where the platform does not say. */
  mtu?: number;
  /** UDP port of the tunnel (VXLAN) between nodes: not one of the platform's own tunnel. Default: 8473. */
  tunnelPort?: number;
}

/** Which groups of the customer may do what. Default: none. */
export interface AccessArgs {
  /** Groups of users, as the cluster's authentication names them, that may do everything in the cluster. Default: none. */
  administrators?: string[];
  /** Groups that may look at what is in the cluster's namespaces, but for Secrets and access rights. Default: none. */
  viewers?: string[];
  /** Groups of the management cluster that may look at the cluster's machines and control plane there, and at nothing else. Default: none. */
  observers?: string[];
}

/** Machines of one size. */
export interface NodePoolArgs {
  /** Number of machines. Left out where autoscaling decides it. */
  replicas?: number;
  /** Bounds within which the add-on clusterAutoscaler chooses the number of machines. A new pool starts with min; a larger min takes effect at once. */
  autoscaling?: AutoscalingArgs;
  /** Cores of a machine. */
  cpus?: number;
  /** Memory of a machine, e.g. 4Gi. */
  memory?: string;
  /** Instance type of the platform that decides cores and memory, in place of cpus and memory. */
  instanceType?: InstanceTypeArgs;
  /** Container disk with kubelet and kubeadm of the cluster's minor version. Its machines run the version of its tag. With bootstrap: talos a container disk of Talos for OpenStack, which its disks are filled from. Left out where disk.from names a golden image. */
  image?: string;
  /** Machines in a vSphere. What is left out is that of tenant.vsphere. */
  vsphere?: VSphereMachinesArgs;
  /** A volume of its own, filled from the image, that a machine boots from and keeps through restarts. Default: none; a machine that stops is replaced. */
  disk?: RootDiskArgs;
  /** How its machines become nodes: a general system that kubeadm joins, or Talos, which is given its whole configuration. Default: kubeadm. */
  bootstrap?: Bootstrap;
  /** Machines that run Talos, with bootstrap: talos. */
  talos?: TalosArgs;
  /** Empty disks of each machine by name, e.g. for local volumes: /dev/disk/by-id/virtio-<name>. They go with the machine. */
  dataDisks?: Record<string, DataDiskArgs>;
  /** GPUs of each machine. */
  gpus?: GpusArgs;
  /** Other devices of hosts by the name under which KubeVirt permits them, and how many a machine has. */
  hostDevices?: Record<string, number>;
  /** Kubernetes labels of its nodes. */
  labels?: Record<string, string>;
  /** Taints that its nodes register with. A change makes new machines. Default: none. */
  taints?: TaintArgs[];
  /** Kubelets of its nodes. A change makes new machines. */
  kubelet?: KubeletArgs;
  /** How machines of the pool are spread. A change makes new machines. */
  spread?: SpreadArgs;
  /** What cloud-init does beside joining the machine, for what no setting says. A change makes new machines. */
  cloudInit?: CloudInitArgs;
  /** Who may log in to its machines. Nobody, when it is left out. A change makes new machines. */
  ssh?: SshAccessArgs;
  /** When a machine is lost and replaced. */
  health?: MachineHealthArgs;
  /** How machines are replaced. */
  rollout?: RolloutArgs;
  /** Which machines go first when there are fewer. Default: any; those that are marked for it before. */
  deletionOrder?: DeletionOrder;
  /** How long pods may take to leave a machine that goes, in seconds. After that it goes without them. Default: 600. */
  drainTimeoutSeconds?: number;
}

export const DeletionOrder = {
  Random: "Random",
  Newest: "Newest",
  Oldest: "Oldest",
} as const;
export type DeletionOrder = (typeof DeletionOrder)[keyof typeof DeletionOrder];

/** How machines are replaced. */
export interface RolloutArgs {
  /** RollingUpdate replaces machines when what they are made of changes; OnDelete waits until somebody deletes them. Default: RollingUpdate. */
  strategy?: RolloutStrategy;
  /** Machines that may be there beside the wanted ones while a pool rolls. The quota needs room for them. Default: 1. */
  maxSurge?: number;
  /** Machines that may be missing while a pool rolls: what is scarce, e.g. GPUs, is freed before it is taken. Default: 0. */
  maxUnavailable?: number;
}

export const RolloutStrategy = {
  RollingUpdate: "RollingUpdate",
  OnDelete: "OnDelete",
} as const;
export type RolloutStrategy = (typeof RolloutStrategy)[keyof typeof RolloutStrategy];

/** When a machine is lost and replaced. */
export interface MachineHealthArgs {
  /** How long a machine may take to become a node, in seconds, pulling its image included. Default: 1200. */
  nodeStartupTimeoutSeconds?: number;
  /** How long a node may say nothing, in seconds. A machine that restarts must be back by then. Default: 300. */
  unknownTimeoutSeconds?: number;
  /** How long a node may say that it is not ready, in seconds. Default: 600. */
  notReadyTimeoutSeconds?: number;
  /** Lost machines up to which any is replaced, as a number or a percentage ("2", "40%"); "0" replaces none. Where more are lost it is not the machines. Default: 40% of machines with a disk, which come back by themselves, 100% of those without. */
  maxUnhealthy?: string;
  /** Machines that are replaced at a time, as a number or a percentage: "1", "40%". Default: 40%. */
  maxInFlight?: string;
}

/** What cloud-init does beside joining the machine, for what no setting says. A change makes new machines. */
export interface CloudInitArgs {
  /** Files that are written before the machine joins. Default: none. */
  files?: FileArgs[];
  /** Commands of a shell before the machine joins. Default: none. */
  preKubeadmCommands?: string[];
  /** Commands of a shell after it has joined. Default: none. */
  postKubeadmCommands?: string[];
}

/** A file on machines. */
export interface FileArgs {
  /** Where it is, e.g. /etc/sysctl.d/90-app.conf. */
  path: string;
  /** What is in it. Everybody who may read the tenant's namespace can read it: no secrets. */
  content: string;
  /** Permissions, as text. Default: 0644. */
  permissions?: string;
  /** User and group. Default: root:root. */
  owner?: string;
}

/** How machines of the pool are spread. A change makes new machines. */
export interface SpreadArgs {
  /** Evenly where there is room (ScheduleAnyway), evenly or not at all (DoNotSchedule), or no two in one place (AntiAffinity). Default: ScheduleAnyway. */
  mode?: SpreadMode;
  /** Label of the management cluster's nodes that names the place: its hosts, or e.g. topology.kubernetes.io/zone. Default: kubernetes.io/hostname. */
  topologyKey?: string;
}

export const SpreadMode = {
  ScheduleAnyway: "ScheduleAnyway",
  DoNotSchedule: "DoNotSchedule",
  AntiAffinity: "AntiAffinity",
} as const;
export type SpreadMode = (typeof SpreadMode)[keyof typeof SpreadMode];

/** Kubelets of its nodes. A change makes new machines. */
export interface KubeletArgs {
  /** Pods of a node at most. A node has a /24 of the pod network. Default: 110. */
  maxPods?: number;
  /** What pods do not get because the system needs it. Cores and memory that are left out are a twentieth of the machine's, within 50m to 500m and 256Mi to 1Gi. */
  systemReserved?: KubeletReserveArgs;
  /** What pods do not get because Kubernetes needs it. Nothing, when it is left out. */
  kubeReserved?: KubeletReserveArgs;
  /** When pods are evicted because less than that is left. */
  evictionHard?: EvictionThresholdsArgs;
  /** Flags of kubelets that nothing else says, without their dashes. Those that settings decide, that kubeadm sets or that weaken the cluster are refused. */
  extraArgs?: Record<string, string>;
}

/** When pods are evicted because less than that is left. */
export interface EvictionThresholdsArgs {
  /** Free memory. Default: 100Mi. */
  memory?: string;
  /** Free room on the system disk. Default: 10%. */
  nodeFs?: string;
  /** Free inodes of the system disk. Default: 5%. */
  nodeFsInodes?: string;
  /** Free room for images. Default: 15%. */
  imageFs?: string;
}

/** What pods do not get because Kubernetes needs it. Nothing, when it is left out. */
export interface KubeletReserveArgs {
  /** Cores, like 500m. */
  cpu?: string;
  /** Memory, like 1Gi. */
  memory?: string;
  /** Room on the system disk, like 1Gi. */
  ephemeralStorage?: string;
}

/** Keeps pods that do not tolerate it off a node. */
export interface TaintArgs {
  /** Label key, e.g. nvidia.com/gpu. */
  key: string;
  /** Label value. Default: none. */
  value?: string;
  /** What happens to pods that do not tolerate it. */
  effect: TaintEffect;
}

export const TaintEffect = {
  NoSchedule: "NoSchedule",
  PreferNoSchedule: "PreferNoSchedule",
  NoExecute: "NoExecute",
} as const;
export type TaintEffect = (typeof TaintEffect)[keyof typeof TaintEffect];

/** GPUs of each machine. */
export interface GpusArgs {
  /** Name under which KubeVirt permits it, e.g. nvidia.com/AD102GL_L40S. */
  deviceName: string;
  /** GPUs of a machine. Default: 1. */
  count?: number;
  /** Name under which pods of the tenant ask for them, for the autoscaler. Default: nvidia.com/gpu. */
  resource?: string;
}

/** An empty disk. */
export interface DataDiskArgs {
  /** Size, e.g. 200Gi. */
  size: string;
  /** StorageClass of the management cluster. Default: the one that the platform has for tenants. */
  storageClass?: string;
}

/** Machines that run Talos, with bootstrap: talos. */
export interface TalosArgs {
  /** Minor of Talos in the image, e.g. v1.13: its configuration is written for it. */
  version: string;
  /** Patches of the machine configuration, as YAML, for what no setting says: merged into it one after the other. No secrets. A change makes new machines. Default: none. */
  strategicPatches?: string[];
}

export const Bootstrap = {
  Kubeadm: "kubeadm",
  Talos: "talos",
} as const;
export type Bootstrap = (typeof Bootstrap)[keyof typeof Bootstrap];

/** A volume of its own, filled from the image, that a machine boots from and keeps through restarts. Default: none; a machine that stops is replaced. */
export interface RootDiskArgs {
  /** Size, e.g. 100Gi: no smaller than the disk in the image. */
  size: string;
  /** StorageClass of the management cluster. Default: the one that the platform has for tenants. */
  storageClass?: string;
  /** Golden image of the platform that the disk is cloned from, in place of the pool's image. */
  from?: GoldenImageArgs;
}

/** Golden image of the platform that the disk is cloned from, in place of the pool's image. */
export interface GoldenImageArgs {
  /** Kind of the object. Default: DataSource. */
  kind?: GoldenImageKind;
  /** Name, with its version of Kubernetes where machines join by kubeadm: ubuntu-2404-v1.34.1. They run that version. */
  name: string;
  /** Namespace, in which the tenant's machines must be allowed to clone. */
  namespace: string;
}

export const GoldenImageKind = {
  DataSource: "DataSource",
  PersistentVolumeClaim: "PersistentVolumeClaim",
} as const;
export type GoldenImageKind = (typeof GoldenImageKind)[keyof typeof GoldenImageKind];

/** Instance type of the platform that decides cores and memory, in place of cpus and memory. */
export interface InstanceTypeArgs {
  /** Name of a VirtualMachineClusterInstancetype, e.g. u1.medium of those that KubeVirt installs. */
  name: string;
  /** Name of a VirtualMachineClusterPreference, e.g. ubuntu. Default: none. */
  preference?: string;
  /** What a machine has, for types that KubeVirt does not install: quota and autoscaler have to know it. */
  capacity?: CapacityArgs;
}

/** What a machine has, for types that KubeVirt does not install: quota and autoscaler have to know it. */
export interface CapacityArgs {
  /** Cores. */
  cpus: number;
  /** Memory, e.g. 4Gi. */
  memory: string;
}

/** Bounds within which the add-on clusterAutoscaler chooses the number of machines. A new pool starts with min; a larger min takes effect at once. */
export interface AutoscalingArgs {
  /** Smallest number of machines, and that of a new pool; from none, they are made when the first pod waits for one. */
  min: number;
  /** Largest number of machines. The quota must have room for all of them. Where there are more already, none is added, and none goes before somebody scales the MachineDeployment down to it. */
  max: number;
}

/** What all its machines and its control plane together may take from the management cluster. */
export interface QuotaArgs {
  /** Cores, e.g. 16. */
  cpu: string;
  /** Memory, e.g. 64Gi. */
  memory: string;
  /** Volumes of the tenant, e.g. 500Gi. */
  storage: string;
  /** Number of volumes. Default: 100. */
  volumes?: number;
  /** Number of GPUs and other devices of hosts, by name. None but those named here. */
  devices?: Record<string, number>;
  /** Number of Services with an external address, that of the Kubernetes API among them. Default: 5. */
  loadBalancers?: number;
  /** Number of pods in the tenant's namespace: machines, control plane, controllers. Default: 200. */
  pods?: number;
}

/** How many API servers there are and how they are reached. */
export interface ControlPlaneArgs {
  /** What runs the control plane: pods of the management cluster (kamaji), or machines of its own with an etcd on each (kubeadm), where the platform offers it. Fixed once the cluster exists. Default: kamaji. */
  provider?: ControlPlaneProvider;
  /** A control plane on machines, with provider: kubeadm. */
  kubeadm?: KubeadmControlPlaneArgs;
  /** Copies of the API server: pods, or machines with provider: kubeadm, of which there are 1, 3 or 5. Default: 3 in production, else 2 pods or 1 machine. */
  replicas?: number;
  /** DataStore that holds the cluster's state, of those that the platform names. Default: the one that tenants share. A change moves the state to another of the same kind; nothing can be written meanwhile. */
  dataStore?: string;
  /** How the API server is reached; LoadBalancer takes an address of the platform's pool, ClusterIP is reached inside the management cluster, or by an ingress or gateway. Default: LoadBalancer. */
  serviceType?: ServiceType;
  /** Networks that may connect to a LoadBalancer; none stands for all. */
  allowedSources?: string[];
  /** What a LoadBalancer is asked for. */
  loadBalancer?: LoadBalancerArgs;
  /** The API is reached by a name at the platform's ingress controller. Agents of konnectivity stay with the Service. */
  ingress?: IngressArgs;
  /** The API is reached by a name at a Gateway of the platform, with the listeners kube-apiserver (6443) and konnectivity-server (8132) that pass TLS through to TLSRoutes of the tenant's namespace. */
  gateway?: GatewayArgs;
  /** Further names and addresses in the API's certificate, without port. Default: none. */
  certSANs?: string[];
  /** Admission plugins of the API server. */
  admission?: AdmissionArgs;
  /** What the API server logs to its standard output, for the platform's log agents. Nothing, when it is left out. Of kinds that hold secrets it is who did what, never their content, whatever the rules say. */
  audit?: AuditArgs;
  /** Whom people log in at (OpenID Connect). Nobody but holders of a kubeconfig, when it is left out. */
  oidc?: OidcArgs;
  /** Whom people log in at, where that is more than one issuer, or tokens and users have to fulfil rules. In place of oidc. */
  authentication?: AuthenticationArgs;
  /** API servers. */
  apiServer?: ApiServerArgs;
  /** Controller managers. */
  controllerManager?: ControllerManagerArgs;
  /** Schedulers. */
  scheduler?: SchedulerArgs;
  /** The API server's way to webhooks, logs and aggregated APIs. */
  konnectivity?: KonnectivityArgs;
}

/** The API server's way to webhooks, logs and aggregated APIs. */
export interface KonnectivityArgs {
  /** Version of its images. Default: that of the cluster's minor, as far as it is published. */
  version?: string;
  /** What each copy takes. What is left out has a default. */
  resources?: ComputeResourcesArgs;
}

/** Schedulers. */
export interface SchedulerArgs {
  /** What each copy takes. What is left out has a default. */
  resources?: ComputeResourcesArgs;
  /** Flags of schedulers that nothing else says, without their dashes. Those that settings decide, that Kamaji sets or that weaken the cluster are refused. */
  extraArgs?: Record<string, string>;
}

/** Controller managers. */
export interface ControllerManagerArgs {
  /** What each copy takes. What is left out has a default. */
  resources?: ComputeResourcesArgs;
  /** Flags of controller managers that nothing else says, without their dashes. Those that settings decide, that Kamaji sets or that weaken the cluster are refused. */
  extraArgs?: Record<string, string>;
}

/** API servers. */
export interface ApiServerArgs {
  /** What each copy takes. What is left out has a default. */
  resources?: ComputeResourcesArgs;
  /** Flags of API servers that nothing else says, without their dashes. Those that settings decide, that Kamaji sets or that weaken the cluster are refused. */
  extraArgs?: Record<string, string>;
}

/** What each copy takes. What is left out has a default. */
export interface ComputeResourcesArgs {
  /** What each copy is given for sure. */
  requests?: ComputeAmountsArgs;
  /** What each copy may take at most. The quota has to have room for it. */
  limits?: ComputeAmountsArgs;
}

/** What each copy may take at most. The quota has to have room for it. */
export interface ComputeAmountsArgs {
  /** Cores, e.g. 500m. */
  cpu?: string;
  /** Memory, e.g. 1Gi. */
  memory?: string;
}

/** Whom people log in at, where that is more than one issuer, or tokens and users have to fulfil rules. In place of oidc. */
export interface AuthenticationArgs {
  /** Issuers of tokens, each with clients and rules of its own. */
  issuers: IssuerArgs[];
}

/** Who says who somebody is. */
export interface IssuerArgs {
  /** URL of the issuer, as its tokens name it. */
  url: string;
  /** Where API servers find its configuration, if that is not below its URL. */
  discoveryUrl?: string;
  /** Clients that tokens must be made for (aud), any of them. */
  audiences: string[];
  /** Certificate in PEM of the authority that signed the issuer's. Default: the well-known ones. */
  ca?: string;
  /** Names of its users. */
  username?: UsernameArgs;
  /** Groups of its users. None, when it is left out. */
  groups?: GroupsArgs;
  /** What tokens must claim beside. Default: none. */
  claimRules?: ClaimRuleArgs[];
  /** What users must be beside. Default: none. */
  userRules?: UserRuleArgs[];
}

/** What a user must be. */
export interface UserRuleArgs {
  /** Expression in CEL on user that must be true. */
  expression: string;
  /** What is logged where it is false. */
  message?: string;
}

/** What claims of a token must be. */
export interface ClaimRuleArgs {
  /** Claim that must have a value. */
  claim?: string;
  /** The value, a text. Default: an empty one. */
  requiredValue?: string;
  /** Expression in CEL on claims that must be true instead. */
  expression?: string;
  /** What is logged where the expression is false. */
  message?: string;
}

/** Groups of its users. None, when it is left out. */
export interface GroupsArgs {
  /** Claim that holds the user's groups. */
  claim?: string;
  /** What goes before the user's groups of a claim. Default: oidc:. */
  prefix?: string;
  /** Expression in CEL that gives the user's groups instead, e.g. "oidc:" + claims.sub. */
  expression?: string;
}

/** Names of its users. */
export interface UsernameArgs {
  /** Claim that holds the user's name. */
  claim?: string;
  /** What goes before the user's name of a claim. Default: oidc:. */
  prefix?: string;
  /** Expression in CEL that gives the user's name instead, e.g. "oidc:" + claims.sub. */
  expression?: string;
}

/** Whom people log in at (OpenID Connect). Nobody but holders of a kubeconfig, when it is left out. */
export interface OidcArgs {
  /** URL of the issuer, as its tokens name it. API servers fetch its keys from there. */
  issuer: string;
  /** Client that tokens must be made for (aud). */
  clientId: string;
  /** Claim that names the user. Default: sub. */
  usernameClaim?: string;
  /** What names of users begin with in the cluster. Default: oidc:. */
  usernamePrefix?: string;
  /** Claim that lists the user's groups. None, when it is left out. */
  groupsClaim?: string;
  /** What names of groups begin with in the cluster. Default: oidc:. */
  groupsPrefix?: string;
  /** Certificate in PEM of the authority that signed the issuer's. The well-known ones, when it is left out. */
  ca?: string;
}

/** What the API server logs to its standard output, for the platform's log agents. Nothing, when it is left out. Of kinds that hold secrets it is who did what, never their content, whatever the rules say. */
export interface AuditArgs {
  /** What is logged of requests that no rule is about. Default: Metadata. */
  level?: AuditLevel;
  /** Rules, of which the first that fits a request counts. Default: none. */
  rules?: AuditRuleArgs[];
}

/** What is logged of some requests. */
export interface AuditRuleArgs {
  /** What is logged: nothing, who did what, also what was sent, also what was answered. */
  level: AuditRuleLevel;
  /** Users, e.g. system:kube-scheduler. All, when it is left out. */
  users?: string[];
  /** Groups of users, any of them. All, when it is left out. */
  userGroups?: string[];
  /** Verbs like get and update. All, when it is left out. */
  verbs?: string[];
  /** Namespaces. All, when it is left out. */
  namespaces?: string[];
  /** Kinds of objects, any of them. Everything, when it is left out. */
  resources?: AuditedKindsArgs[];
  /** Paths of requests that are about no object, like /healthz*. */
  nonResourceURLs?: string[];
}

/** AuditedKindsArgs */
export interface AuditedKindsArgs {
  /** API group, like apps. The core group, when it is left out. Default: . */
  group?: string;
  /** Kinds in plural, like pods or pods/log. All, when it is left out. */
  resources?: string[];
  /** Names of objects. All, when it is left out. */
  resourceNames?: string[];
}

export const AuditRuleLevel = {
  None: "None",
  Metadata: "Metadata",
  Request: "Request",
  RequestResponse: "RequestResponse",
} as const;
export type AuditRuleLevel = (typeof AuditRuleLevel)[keyof typeof AuditRuleLevel];

export const AuditLevel = {
  Metadata: "Metadata",
  Request: "Request",
  RequestResponse: "RequestResponse",
} as const;
export type AuditLevel = (typeof AuditLevel)[keyof typeof AuditLevel];

/** Admission plugins of the API server. */
export interface AdmissionArgs {
  /** Plugins beside the usual ones. Default: none. */
  add?: AddedPlugin[];
  /** Plugins to do without. Those that protect the cluster stay. Default: none. */
  remove?: RemovedPlugin[];
}

export const RemovedPlugin = {
  DefaultIngressClass: "DefaultIngressClass",
  DefaultStorageClass: "DefaultStorageClass",
  DefaultTolerationSeconds: "DefaultTolerationSeconds",
} as const;
export type RemovedPlugin = (typeof RemovedPlugin)[keyof typeof RemovedPlugin];

export const AddedPlugin = {
  AlwaysPullImages: "AlwaysPullImages",
  DenyServiceExternalIPs: "DenyServiceExternalIPs",
  ExtendedResourceToleration: "ExtendedResourceToleration",
  LimitPodHardAntiAffinityTopology: "LimitPodHardAntiAffinityTopology",
  NamespaceAutoProvision: "NamespaceAutoProvision",
  NamespaceExists: "NamespaceExists",
  OwnerReferencesPermissionEnforcement: "OwnerReferencesPermissionEnforcement",
  PodNodeSelector: "PodNodeSelector",
  PodTolerationRestriction: "PodTolerationRestriction",
} as const;
export type AddedPlugin = (typeof AddedPlugin)[keyof typeof AddedPlugin];

/** The API is reached by a name at a Gateway of the platform, with the listeners kube-apiserver (6443) and konnectivity-server (8132) that pass TLS through to TLSRoutes of the tenant's namespace. */
export interface GatewayArgs {
  /** Name of the API, which machines and users resolve to the Gateway. */
  host: string;
  /** Name of the Gateway. */
  name: string;
  /** Namespace of the Gateway. */
  gatewayNamespace: string;
  /** Namespace of the pods that pass connections on: machines may reach it. */
  namespace: string;
}

/** The API is reached by a name at the platform's ingress controller. Agents of konnectivity stay with the Service. */
export interface IngressArgs {
  /** Name of the API, which machines and users resolve to the ingress controller. */
  host: string;
  /** Port at which the controller answers. Default: 443. */
  port?: number;
  /** IngressClass of a controller that passes TLS through. */
  className: string;
  /** Annotations that make the controller pass TLS through, where its class does not. */
  annotations?: Record<string, string>;
  /** Namespace of the pods that pass connections on: machines may reach it. */
  namespace: string;
}

/** What a LoadBalancer is asked for. */
export interface LoadBalancerArgs {
  /** Class of the load balancer, e.g. metallb.io/metallb. Fixed once the cluster exists. */
  class?: string;
  /** Address of the platform's pool that the API keeps, for MetalLB and Cilium. Default: any that is free. */
  address?: string;
}

export const ServiceType = {
  LoadBalancer: "LoadBalancer",
  NodePort: "NodePort",
  ClusterIP: "ClusterIP",
} as const;
export type ServiceType = (typeof ServiceType)[keyof typeof ServiceType];

/** A control plane on machines, with provider: kubeadm. */
export interface KubeadmControlPlaneArgs {
  /** Where the Kubernetes API answers. Fixed once the cluster exists. */
  endpoint: APIEndpointArgs;
  /** Machines that the control plane runs on. */
  machines: ControlPlaneMachinesArgs;
  /** Days before the end of a machine's certificates, which are valid for a year, at which it is replaced by another. Default: 30. */
  renewCertificatesDays?: number;
  /** How long pods may take to leave a machine that is replaced, in seconds. Default: 600. */
  drainTimeoutSeconds?: number;
  /** Who may log in to its machines. Nobody, when it is left out. A change makes new machines. */
  ssh?: SshAccessArgs;
}

/** Who may log in to its machines. Nobody, when it is left out. A change makes new machines. */
export interface SshAccessArgs {
  /** User that is made, with sudo. */
  user: string;
  /** Public keys, as in authorized_keys. */
  keys: string[];
}

/** Machines that the control plane runs on. */
export interface ControlPlaneMachinesArgs {
  /** Cores of a machine. */
  cpus: number;
  /** Memory of a machine, e.g. 8Gi. */
  memory: string;
  /** Size of its disk, e.g. 40Gi. Default: that of the template. */
  diskSize?: string;
  /** Machines in a vSphere. What is left out is that of tenant.vsphere. */
  vsphere?: VSphereMachinesArgs;
}

/** Machines in a vSphere. What is left out is that of tenant.vsphere. */
export interface VSphereMachinesArgs {
  /** Template that machines are cloned from, by name or inventory path, with its version of Kubernetes where machines join by kubeadm: ubuntu-2404-kube-v1.34.1. They run that version. */
  template: string;
  /** A copy of its own, or one that depends on the template's snapshot: made faster, and with a disk of the template's size. Default: fullClone. */
  cloneMode?: CloneMode;
  /** Folder of the machines. Default: the datacenter's own. */
  folder?: string;
  /** Resource pool of the machines. Default: the only one that there is. */
  resourcePool?: string;
  /** Datastore of their disks. Default: one of the storage policy, or the only one that there is. */
  datastore?: string;
  /** Storage policy of their disks. Default: none. */
  storagePolicy?: string;
}

export const CloneMode = {
  FullClone: "fullClone",
  LinkedClone: "linkedClone",
} as const;
export type CloneMode = (typeof CloneMode)[keyof typeof CloneMode];

/** Where the Kubernetes API answers. Fixed once the cluster exists. */
export interface APIEndpointArgs {
  /** Address of the Kubernetes API, or its name where a load balancer holds it. */
  host: string;
  /** Port of the Kubernetes API. Default: 6443. */
  port?: number;
  /** kube-vip: the machines themselves, one at a time, in the network of their first card. load-balancer: one that is there and leads to them. Default: kube-vip. */
  heldBy?: EndpointHolder;
  /** Interface on which kube-vip holds the address. Default: that of the default route. */
  interface?: string;
  /** Networks in which the API answers, opened for the tenant's controllers in the management cluster. Default: the address of the host. */
  networks?: string[];
}

export const EndpointHolder = {
  KubeVip: "kube-vip",
  LoadBalancer: "load-balancer",
} as const;
export type EndpointHolder = (typeof EndpointHolder)[keyof typeof EndpointHolder];

export const ControlPlaneProvider = {
  Kamaji: "kamaji",
  Kubeadm: "kubeadm",
} as const;
export type ControlPlaneProvider = (typeof ControlPlaneProvider)[keyof typeof ControlPlaneProvider];

/** Networks of the cluster. */
export interface NetworkArgs {
  /** Network of its pods, a /24 per node, e.g. 10.243.0.0/16. Fixed once the cluster exists. */
  podCidr: string;
  /** Network of its services, e.g. 10.95.0.0/16. Fixed once the cluster exists. */
  serviceCidr: string;
  /** Domain of its services, with a dot. Fixed once the cluster exists. Default: cluster.local. */
  dnsDomain?: string;
  /** Private networks that its machines may reach, e.g. that of a registry. All others are closed. Default: none. */
  reachable?: string[];
}

/** The vSphere that machines run in, with infrastructure: vsphere. */
export interface VSphereArgs {
  /** Address of the vCenter, e.g. vcenter.example.org. */
  server: string;
  /** SHA-1 checksum of the vCenter's certificate. Without it the certificate is not checked. */
  thumbprint?: string;
  /** VSphereClusterIdentity of the platform whose account makes the machines: the tenant's namespace has no credentials then. */
  identity?: string;
  /** Secret of the tenant's namespace with the keys username and password, written there by who runs the vSphere. Makes the machines where there is no identity, and gives its account to the add-on vsphereCloudController. */
  secret?: string;
  /** Networks in which the vCenter answers: opened for the add-on vsphereCloudController alone. */
  serverNetworks?: string[];
  /** Networks that machines have addresses of: kubelets get certificates for these alone. */
  machineNetworks: string[];
  /** Datacenter. */
  datacenter: string;
  /** Folder of the machines. Default: the datacenter's own. */
  folder?: string;
  /** Resource pool of the machines. Default: the only one that there is. */
  resourcePool?: string;
  /** Datastore of their disks. Default: one of the storage policy, or the only one that there is. */
  datastore?: string;
  /** Storage policy of their disks. Default: none. */
  storagePolicy?: string;
  /** Network cards of machines; nodes have the addresses of the first. */
  networks: VSphereNetworkArgs[];
}

/** A network card of machines. */
export interface VSphereNetworkArgs {
  /** Name or inventory path of the port group. */
  name: string;
  /** GlobalInClusterIPPool of the platform that machines get addresses and gateway from. Default: they ask by DHCP. */
  addressPool?: string;
  /** Name servers of machines with an address of a pool; others learn theirs by DHCP. Default: none. */
  nameservers?: string[];
}

export const Infrastructure = {
  Kubevirt: "kubevirt",
  Vsphere: "vsphere",
} as const;
export type Infrastructure = (typeof Infrastructure)[keyof typeof Infrastructure];

export const Tier = {
  Development: "development",
  Production: "production",
} as const;
export type Tier = (typeof Tier)[keyof typeof Tier];
