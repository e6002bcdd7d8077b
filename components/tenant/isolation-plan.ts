import { POD_SECURITY_VERSION } from "../../versions/kubernetes";
import { Cidr } from "../core/cidr";
import { issuerPorts } from "../kubernetes/authentication-configuration";
import type { AddonNetworkPolicy } from "./addon";
import {
  denyAll,
  DNS,
  EVERYTHING,
  ipBlock,
  namespaceNamed,
  NetworkPolicy,
  type NetworkPolicySpec,
  podsWith,
  port,
} from "../kubernetes/network-policy";
import { controlPlaneOf } from "./control-planes";
import { infrastructureOf } from "./infrastructure";
import { CLUSTER_LABEL, namespaceOf, tenantLabels, tenantMetadata } from "./names";
import { API_PORT, KONNECTIVITY_PORT } from "./ports";
import type { Tenant } from "./settings";

/** Label that Kamaji puts on the pods of a control plane. */
const CONTROL_PLANE_LABEL = "kamaji.clastix.io/name";

/** What a machine must not reach on its way to the internet, also where the management cluster does not use it. */
const PRIVATE_NETWORKS = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"].map(
  (text) => Cidr.parse(text),
);

/**
 * The namespace of a tenant in the management cluster and what keeps it to itself: quota, limits and network policies
 * that deny both directions and then allow, by name, what machines and control plane need.
 *
 * @param traffic what pods of add-ons need beyond that, each for its own pods.
 */
export function planIsolation(tenant: Tenant, traffic: readonly AddonNetworkPolicy[] = []) {
  return {
    namespace: planNamespace(tenant),
    quota: planQuota(tenant),
    limits: planLimits(tenant),
    networkPolicies: planNetworkPolicies(tenant, traffic),
  };
}

/**
 * Machines of an instance type say nothing of limits, so that KubeVirt takes them from its own report of what they need,
 * times this: the double, where nothing is said, would halve the quota.
 */
const LIMITS_OF_INSTANCE_TYPES = { "alpha.kubevirt.io/auto-memory-limits-ratio": "1.0" };

function planNamespace({ name, nodePools }: Tenant) {
  const typed = Object.values(nodePools).some(({ instanceType }) => instanceType !== undefined);
  return {
    metadata: {
      name: namespaceOf(name),
      labels: {
        ...tenantLabels(name),
        // the pods of virtual machines and control planes fit baseline; anything looser would let a container out
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/enforce-version": POD_SECURITY_VERSION,
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
        ...(typed ? LIMITS_OF_INSTANCE_TYPES : {}),
      },
    },
  };
}

function planQuota({ name, quota }: Tenant) {
  return {
    metadata: tenantMetadata(name, "tenant"),
    spec: {
      hard: {
        "requests.cpu": quota.cpu,
        "limits.cpu": quota.cpu,
        "requests.memory": quota.memory,
        "limits.memory": quota.memory,
        "requests.storage": quota.storage,
        persistentvolumeclaims: String(quota.volumes),
        pods: String(quota.pods),
        "services.loadbalancers": String(quota.loadBalancers),
        ...Object.fromEntries(
          Object.entries(quota.devices).map(([device, most]) => [`requests.${device}`, String(most)]),
        ),
        // a load balancer of the tenant holds node ports too: that of the API one each for API and konnectivity
        "services.nodeports": String(quota.loadBalancers * 10),
      },
    },
  };
}

/**
 * Defaults for helpers that say nothing; machines and control planes always say what they need. No least and no most:
 * KubeVirt's helpers ask for next to nothing beside machines of any size, and a pod outside of them would never start.
 */
function planLimits({ name }: Tenant) {
  return {
    metadata: tenantMetadata(name, "defaults"),
    spec: {
      limits: [
        {
          type: "Container",
          default: { cpu: "250m", memory: "256Mi" },
          defaultRequest: { cpu: "25m", memory: "128Mi" },
        },
      ],
    },
  };
}

function planNetworkPolicies(tenant: Tenant, traffic: readonly AddonNetworkPolicy[]) {
  const named = (name: string) => tenantMetadata(tenant.name, name);
  const policy = (name: string, spec: NetworkPolicySpec) => NetworkPolicy({ metadata: named(name), spec });
  const controlPlane = { matchLabels: { [CONTROL_PLANE_LABEL]: tenant.name } };
  const machines = { matchLabels: { [CLUSTER_LABEL]: tenant.name, "cluster.x-k8s.io/role": "worker" } };
  const reachable = tenant.network.reachable.map((network) => ipBlock(String(network)));
  const { inPods, networks } = controlPlaneOf(tenant).traffic(tenant);
  const where = (there: boolean) => (policies: ReturnType<typeof policy>[]) => (there ? policies : []);
  const [hosted, virtual] = [where(inPods), where(infrastructureOf(tenant).inNamespace)];
  return [
    denyAll(named("default-deny")),
    policy("same-namespace", {
      podSelector: EVERYTHING,
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: EVERYTHING }] }],
      egress: [{ to: [{ podSelector: EVERYTHING }] }],
    }),
    policy("dns", { podSelector: EVERYTHING, policyTypes: ["Egress"], egress: [DNS] }),
    ...hosted([
      // from everywhere: users come through the load balancer, Cluster API and Kamaji from inside. Who may come through
      // the load balancer is decided there, where the source is still known.
      policy("kubernetes-api", {
        podSelector: controlPlane,
        policyTypes: ["Ingress"],
        ingress: [{ ports: [port(API_PORT), port(KONNECTIVITY_PORT)] }],
      }),
      policy("data-store", { podSelector: controlPlane, policyTypes: ["Egress"], egress: dataStores(tenant) }),
      ...issuers(tenant).map((ports) =>
        policy("issuers", {
          podSelector: controlPlane,
          policyTypes: ["Egress"],
          egress: [{ to: [internet(tenant), ...reachable], ports: ports.map((each) => port(each)) }],
        }),
      ),
    ]),
    ...virtual([
      ...apiEntry(tenant).map((namespace) =>
        policy("kubernetes-api-entry", {
          podSelector: machines,
          policyTypes: ["Egress"],
          egress: [{ to: [{ namespaceSelector: namespaceNamed(namespace) }] }],
        }),
      ),
      policy("internet", {
        podSelector: machines,
        policyTypes: ["Egress"],
        egress: [{ to: [internet(tenant), ...reachable] }],
      }),
    ]),
    // controllers of add-ons, whose own names say which they are: nothing else runs in the namespace then
    ...(networks.length === 0
      ? []
      : [
          policy("kubernetes-api-elsewhere", {
            podSelector: EVERYTHING,
            policyTypes: ["Egress"],
            egress: [
              {
                to: networks.map((network) => ipBlock(String(network))),
                ports: [port(tenant.controlPlane.kubeadm?.endpoint.port ?? API_PORT)],
              },
            ],
          }),
        ]),
    ...traffic.map(({ name, spec }) => policy(name, spec)),
  ];
}

/** Where the state is. Of a tenant that moves from the shared DataStore to its own, both are open for good. */
function dataStores({ controlPlane, platform }: Tenant) {
  const etcd = { to: [podsWith("app.kubernetes.io/name", "kamaji-etcd")], ports: [port(2379)] };
  const own = controlPlane.dataStore === undefined ? undefined : platform.dataStores[controlPlane.dataStore];
  if (own === undefined || own.networks.length === 0) return [etcd];
  return [etcd, { to: own.networks.map((network) => ipBlock(String(network))), ports: [port(own.port)] }];
}

/** Ports at which API servers ask issuers of tokens for their keys: one list, or none where nobody logs in. */
function issuers({ controlPlane: { oidc, authentication } }: Tenant): number[][] {
  const urls = [
    ...(oidc === undefined ? [] : [oidc.issuer]),
    ...(authentication?.issuers ?? []).flatMap(({ url, discoveryUrl }) => [
      url,
      ...(discoveryUrl === undefined ? [] : [discoveryUrl]),
    ]),
  ];
  return urls.length === 0 ? [] : [issuerPorts(urls)];
}

/** Namespace through whose pods machines reach their API, where that is not its own Service. */
function apiEntry({ controlPlane: { ingress, gateway } }: Tenant): string[] {
  const namespace = ingress?.namespace ?? gateway?.namespace;
  return namespace === undefined ? [] : [namespace];
}

/** All addresses but private ones and those of the management cluster. */
function internet({ platform }: Tenant) {
  const closed = [...PRIVATE_NETWORKS, ...Object.values(platform.networks)].filter(
    (network, index, all) =>
      !all.some((other, i) => i !== index && other.contains(network) && (i < index || !network.contains(other))),
  );
  return ipBlock("0.0.0.0/0", closed.map(String).sort());
}
