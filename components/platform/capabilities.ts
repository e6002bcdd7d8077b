/**
 * What components of the platform give to each other and to tenants. A component needs and provides capabilities and
 * never names another component, so that every implementation can be replaced.
 *
 * A capability that stands for objects fixes their names, for every component that provides it: see {@link OBJECTS}.
 */
export const CAPABILITIES = {
  "pod-network": "pods get addresses and reach each other",
  "network-policies": "NetworkPolicies are enforced and Services of type ClusterIP are served",
  "secondary-networks": "pods can have further network interfaces",
  "service-announcements": "the network's agents can announce addresses of Services on the network of the machines",
  "flow-logs": "the network's agents tell which connections they let through and which they drop",
  routes: "the kinds of Gateway API are served",
  "load-balancer": "Services of type LoadBalancer get an address of platform.networking.loadBalancerCidrs",
  certificates: "ClusterIssuers sign certificates: one that signs roots and one of the cloud's own authority",
  "volume-snapshots": "the kinds VolumeSnapshot and VolumeSnapshotClass are served and snapshots are taken",
  volumes: "a default StorageClass is there",
  "storage-class/local": "a StorageClass for volumes on one node, for software that keeps its own copies",
  "storage-class/replicated": "a StorageClass for volumes with copies on several nodes",
  virtualization: "virtual machines run (KubeVirt's API)",
  "disk-import": "disks of virtual machines are imported into volumes (CDI's API)",
  "cluster-api": "Cluster API's core and its operator: Clusters and Machines, providers can be installed",
  "cluster-api/bootstrap": "Machines join by kubeadm",
  "cluster-api/talos": "Machines join as Talos (kind TalosConfigTemplate)",
  "cluster-api/vsphere": "Machines are virtual machines of a vSphere (kind VSphereMachine)",
  "cluster-api/kubeadm-control-plane": "control planes of Clusters run on machines (kind KubeadmControlPlane)",
  "cluster-api/addresses": "Machines get addresses of pools that the cluster keeps (kind InClusterIPPool)",
  "cluster-api/control-plane": "control planes of Clusters run as pods (kind KamajiControlPlane)",
  "cluster-api/helm": "charts are installed into Clusters that ask for them (kind HelmChartProxy)",
  "cluster-api/infrastructure": "Machines are virtual machines (kind KubevirtMachine)",
  "control-plane/kinds": "the kinds of hosted control planes and their data stores are served",
  "control-plane/hosted": "control planes of tenants run as pods (Kamaji's API)",
  "resource-metrics": "what machines and pods use now is served (metrics.k8s.io)",
  backups: "objects and volumes are backed up to an object store",
  "metrics-store": "measurements are collected and kept (VictoriaMetrics' kinds)",
  delivery: "Flux can be installed by an object (kind FluxInstance)",
  dashboards: "Grafana can be installed by an object (kind Grafana)",
  "databases/postgresql": "PostgreSQL clusters are made by an object (CloudNativePG's kinds)",
  "databases/mysql": "MariaDB servers are made by an object",
  "databases/redis": "Redis is made by an object (kind RedisFailover)",
  "databases/rabbitmq": "RabbitMQ clusters are made by an object",
  "data-store": "hosted control planes have a place for their state",
} as const satisfies Record<string, string>;

export type Capability = keyof typeof CAPABILITIES;

/** Names of the objects that stand for a capability, the same for all implementations. */
export const OBJECTS = {
  /** ClusterIssuer that signs nothing but the roots of other issuers. */
  rootIssuer: "selfsigned",
  /** ClusterIssuer that signs what the cloud's own services show each other. */
  cloudIssuer: "firmament-ca",
  /** StorageClass of capability storage-class/local: one volume on one node, found by its pod. */
  localClass: "local",
  /** StorageClass of capability storage-class/replicated: disks of virtual machines first, usable from any node. */
  replicatedClass: "replicated",
  /** Kamaji's DataStore that holds the state of tenants' control planes. */
  dataStore: "tenants",
} as const;
