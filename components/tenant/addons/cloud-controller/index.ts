import { dump } from "js-yaml";
import { IMAGES } from "../../../../versions/images";
import { contentName } from "../../../core/names";
import type { ObjectExemption } from "../../../kubernetes/exemptions";
import type { Rights } from "../../../kubernetes/rbac";
import type { AddonNetworkPolicy, ManagementSide, TenantAddon } from "../../addon";
import { CLUSTER_LABEL, namespaceOf, tenantLabels } from "../../names";
import type { Tenant } from "../../settings";
import { accessExemptions } from "../../tenant-access";
import { CLOUD_CONTROLLER_PORT, cloudControllerLimits, cloudControllerSide } from "../cloud-provider";
import { type Controller, managementApi, TENANT_KUBECONFIG, tenantKubeconfig } from "../controller";

const NAME = "cloud-controller";
/** The NetworkPolicy by which load balancers reach machines. */
const ENTRY = "load-balancers";
const CONFIG = { folder: "/etc/cloud", file: "cloud-config" };

/**
 * What of a node only its cloud knows: that its machine exists, its addresses and its provider ID, and the load balancers
 * of Services. The cloud of a tenant is its namespace of the management cluster.
 */
export const cloudController: TenantAddon<"cloudController"> = {
  name: "cloudController",
  description: "Nodes follow their machines, Services of type LoadBalancer get addresses (KubeVirt cloud controller).",
  provides: ["cloud"],
  needs: [],
  management: managementSide,
  objectExemptions: [...accessExemptions(NAME, ["kube-system"]), ...forZones(), openToAll(), byTag()],
  apiClients: [NAME],
  infrastructure: "kubevirt",
  // kubelet taints its node until the cloud controller has seen its machine
  kubelets: () => ({ "cloud-provider": "external" }),
};

function managementSide(tenant: Tenant): ManagementSide {
  const controller = controllerOf(tenant);
  return cloudControllerSide(tenant, controller, {
    config: { [CONFIG.file]: cloudConfig(tenant) },
    networkPolicies: [managementApi(tenant, controller), ...loadBalancerTraffic(tenant)],
    rules: [
      { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["services/status"], verbs: ["patch", "update"] },
    ],
  });
}

/** Ports of nodes that Services of a tenant have, by Kubernetes' default, which the settings of a tenant do not change. */
const NODE_PORTS = { port: 30_000, endPort: 32_767 };

/**
 * What comes through load balancers arrives at node ports of machines, from anywhere: with the address of the client, or
 * with that of the host that took it in. Nobody else reaches them, since tenants have no way out to each other.
 */
function loadBalancerTraffic({ name, addons }: Tenant): AddonNetworkPolicy[] {
  if (!addons.cloudController.loadBalancer) return [];
  const ports = (["TCP", "UDP"] as const).map((protocol) => ({ ...NODE_PORTS, protocol }));
  const podSelector = { matchLabels: { [CLUSTER_LABEL]: name, "cluster.x-k8s.io/role": "worker" } };
  return [{ name: ENTRY, spec: { podSelector, policyTypes: ["Ingress"], ingress: [{ ports }] } }];
}

function controllerOf(tenant: Tenant): Controller {
  const { replicas = tenant.tier === "production" ? 2 : 1 } = tenant.addons.cloudController;
  const { volume, mount } = tenantKubeconfig({ name: NAME });
  return {
    name: NAME,
    replicas,
    usesManagementApi: true,
    rights: outsideRights(tenant),
    annotations: { "firmament.example/cloud-config": contentName(cloudConfig(tenant)) },
    volumes: [volume, { name: "config", configMap: { name: NAME } }],
    containers: [
      {
        name: NAME,
        image: IMAGES.cloudController,
        command: ["/bin/kubevirt-cloud-controller-manager"],
        args: flags(tenant),
        ...cloudControllerLimits(20),
        volumeMounts: [mount, { name: "config", mountPath: CONFIG.folder, readOnly: true }],
      },
    ],
  };
}

/** Release v0.6.0 knows the framework's flags (k8s.io/cloud-provider 0.34) and no others. */
function flags({ name, addons }: Tenant): string[] {
  const { loadBalancer } = addons.cloudController;
  const controllers = ["cloud-node-controller", "cloud-node-lifecycle-controller"];
  return [
    "--cloud-provider=kubevirt",
    `--cloud-config=${CONFIG.folder}/${CONFIG.file}`,
    `--kubeconfig=${TENANT_KUBECONFIG}`,
    // selects the machines that a load balancer leads to: the Cluster's name
    `--cluster-name=${name}`,
    `--controllers=${[...controllers, ...(loadBalancer ? ["service-lb-controller"] : [])].join(",")}`,
    // an attempt waits for its address: one that gets none must not hold up the others
    "--concurrent-service-syncs=10",
    `--secure-port=${CLOUD_CONTROLLER_PORT}`,
    // who may read its metrics would else be looked up with rights in kube-system of the management cluster
    "--authentication-skip-lookup=true",
    "--profiling=false",
  ];
}

/** The file that tells it where its machines are; without a kubeconfig in it, it uses the account of its pod. */
function cloudConfig({ name, addons }: Tenant): string {
  const { loadBalancer, loadBalancerTimeoutSeconds, zones } = addons.cloudController;
  return dump({
    namespace: namespaceOf(name),
    loadBalancer: {
      enabled: loadBalancer,
      creationPollInterval: 2,
      creationPollTimeout: loadBalancerTimeoutSeconds,
    },
    instancesV2: { enabled: true, zoneAndRegionEnabled: zones },
    // everything of a tenant has them, its load balancers too
    infraLabels: tenantLabels(name),
  });
}

/** In the management cluster: it looks at machines, and makes Services. */
function outsideRights({ name, addons }: Tenant): Rights {
  const { loadBalancer, zones } = addons.cloudController;
  return {
    namespaces: {
      [namespaceOf(name)]: [
        { apiGroups: ["kubevirt.io"], resources: ["virtualmachineinstances"], verbs: ["get", "list"] },
        ...(loadBalancer
          ? [{ apiGroups: [""], resources: ["services"], verbs: ["get", "create", "update", "delete"] }]
          : []),
      ],
    },
    ...(zones ? { cluster: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }] } : {}),
  };
}

/** Of every tenant: its namespace comes before. What the roles may hold is another rule's matter, tenant-ccm-rbac. */
function forZones(): ObjectExemption[] {
  return ["ClusterRole", "ClusterRoleBinding"].map((kind) => ({
    rule: "tenant-cluster-scoped",
    selector: { kind, name: `*-${NAME}` },
    reason: "zones are those of hosts, which are in no namespace: it gets them by name, and lists none",
    setting: { name: "zones", default: false },
  }));
}

function openToAll(): ObjectExemption {
  return {
    rule: "tenant-netpol-default-deny",
    selector: { kind: "NetworkPolicy", name: ENTRY },
    reason: "what comes through a load balancer has the address of a client, or of any host that took it in",
    setting: { name: "loadBalancer", default: true },
  };
}

function byTag(): ObjectExemption {
  return {
    rule: "image-digest",
    selector: { kind: "Deployment", name: NAME },
    reason: "upstream names the image by its tag, which a site that keeps a mirror pins there",
  };
}
