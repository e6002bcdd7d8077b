import { object } from "../../engine/library/examples";
import { ACME, acmes, cluster, denyAll, networkPolicy, tenantNamespace } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";

const kubeOvn = (kind: string, spec: object, metadata: object = {}) => ({
  apiVersion: "kubeovn.io/v1",
  kind,
  metadata: { name: "acme", labels: ACME, ...metadata },
  spec,
});
const vpc = (spec: object, metadata: object = {}) => kubeOvn("Vpc", { namespaces: ["tenant-acme"], ...spec }, metadata);
const subnet = (spec: object) =>
  kubeOvn("Subnet", {
    vpc: "acme",
    cidrBlock: "10.32.0.0/16",
    private: true,
    namespaces: ["tenant-acme"],
    disableInterConnection: true,
    natOutgoing: false,
    ...spec,
  });
const management = { nodeCIDRs: ["192.0.2.0/24"], podCIDRs: ["10.244.0.0/16"], serviceCIDRs: ["10.96.0.0/16"] };
const managed = (...resources: object[]) => ({ resources, config: { management } });

const closed = (...more: object[]) => managed(tenantNamespace(), denyAll(), ...more);
const egress = (to: object[] | undefined, ports?: object[], podSelector: object = {}) =>
  networkPolicy(
    {
      podSelector,
      policyTypes: ["Egress"],
      egress: [{ ...(to === undefined ? {} : { to }), ...(ports === undefined ? {} : { ports }) }],
    },
    { name: "more" },
  );
const block = (cidr: string, ...except: string[]) => ({ ipBlock: { cidr, except } });
const cilium = (spec: object) =>
  acmes("cilium.io/v2", "CiliumNetworkPolicy", { spec: { endpointSelector: {}, ...spec } });
const INTERNET = block("0.0.0.0/0", "10.0.0.0/8", "169.254.0.0/16", "192.0.2.0/24");

const clusterAt = (name: string, pods: string, services = "10.200.0.0/16") =>
  cluster(
    { clusterNetwork: { pods: { cidrBlocks: [pods] }, services: { cidrBlocks: [services] } } },
    { name, namespace: `tenant-${name}`, labels: { "firmament.example/tenant": name } },
  );

const inTenantStack = (kind: string, group: string, name = "acme") => ({
  type: `kubernetes:${group}/v1:${kind}`,
  name,
  urn: `urn:pulumi:tenant.berlin.acme::firmament::kubernetes:${group}/v1:${kind}::${name}`,
  props: { metadata: { name } },
});

describeRules("rules about the borders of tenants", {
  "tenant-namespace-unique": {
    passes: {
      "objects that carry the label": { resources: [tenantNamespace(), cluster(), denyAll()] },
      "what Cluster API marked as its own": {
        resources: [
          tenantNamespace(),
          acmes("v1", "Secret", {}, { labels: { "cluster.x-k8s.io/cluster-name": "acme" } }),
        ],
      },
      "somebody else's namespace": object("v1", "ConfigMap"),
    },
    breaks: {
      "a namespace of another name": tenantNamespace({ name: "production", labels: ACME }),
      "an object without label": { resources: [tenantNamespace(), acmes("v1", "ConfigMap", {}, { labels: {} })] },
      "two clusters in one namespace": { resources: [tenantNamespace(), cluster(), cluster({}, { name: "second" })] },
      "an object of another tenant": {
        resources: [
          tenantNamespace(),
          acmes("v1", "ConfigMap", {}, { labels: { "firmament.example/tenant": "bank" } }),
        ],
      },
      "a cluster in a namespace without a tenant": { resources: [tenantNamespace({ labels: {} }), cluster()] },
      "a namespace of another stack": {
        resources: [acmes("v1", "ConfigMap", {}, { labels: { "firmament.example/tenant": "bank" } })],
        context: [tenantNamespace()],
      },
    },
  },
  "tenant-namespace-scope": {
    passes: {
      "its own namespace by name": cluster({
        infrastructureRef: { kind: "KubevirtCluster", name: "a", namespace: "tenant-acme" },
      }),
      "a gateway that is there for all": acmes("gateway.networking.k8s.io/v1", "HTTPRoute", {
        spec: { parentRefs: [{ name: "shared", namespace: "gateways" }] },
      }),
      "what is no tenant's": object("v1", "ConfigMap", { spec: { secretRef: { namespace: "other" } } }),
    },
    breaks: {
      "rights for an account of another": {
        ...acmes("rbac.authorization.k8s.io/v1", "RoleBinding", {}),
        subjects: [{ kind: "ServiceAccount", name: "controller", namespace: "tenant-bank" }],
      },
      "a control plane of another": cluster({
        controlPlaneRef: { kind: "KamajiControlPlane", name: "b", namespace: "tenant-bank" },
      }),
      "machines in another namespace": acmes("infrastructure.cluster.x-k8s.io/v1alpha1", "KubevirtMachineTemplate", {
        spec: { template: { spec: { virtualMachineTemplate: { metadata: { namespace: "tenant-bank" } } } } },
      }),
      "the secret of another infrastructure": acmes("infrastructure.cluster.x-k8s.io/v1alpha1", "KubevirtCluster", {
        spec: { infraClusterSecretRef: { name: "x", namespace: "kube-system" } },
      }),
      "a bootstrap configuration of another": acmes("cluster.x-k8s.io/v1beta1", "MachineDeployment", {
        spec: { template: { spec: { bootstrap: { configRef: { name: "x", namespace: "tenant-bank" } } } } },
      }),
      "an object of the tenant elsewhere": acmes("v1", "ConfigMap", {}, { namespace: "tenant-bank" }),
      "a reference in an object of any kind": acmes("example.com/v1", "Backup", {
        spec: { targets: [{ credentialsRef: { name: "x", namespace: "tenant-bank" } }] },
      }),
    },
    undecided: {
      "a reference that is not known": cluster({
        infrastructureRef: { kind: "KubevirtCluster", name: "a", namespace: UNKNOWN },
      }),
    },
  },
  "tenant-cluster-scoped": {
    passes: {
      "a role of the platform": {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "x" },
      },
      "a class inside the tenant": {
        ...inTenantStack("StorageClass", "storage.k8s.io"),
        provider: {
          type: "pulumi:providers:kubernetes",
          name: "acme-api",
          urn: "urn:pulumi:tenant.berlin.acme::firmament::firmament:tenant:TenantCluster$pulumi:providers:kubernetes::acme-api",
        },
      },
      "its namespace": tenantNamespace(),
    },
    breaks: {
      "a class by the name of the stack": inTenantStack("StorageClass", "storage.k8s.io"),
      "a priority by its label": {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: "x", labels: ACME },
      },
      "a webhook": inTenantStack("ValidatingWebhookConfiguration", "admissionregistration.k8s.io"),
      "a DataStore": inTenantStack("DataStore", "kamaji.clastix.io"),
      "a VPC without label": inTenantStack("Vpc", "kubeovn.io"),
    },
  },
  "tenant-netpol-default-deny": {
    passes: {
      "Cilium's own": closed(cilium({ ingress: [{}], egress: [{}] })),
      "the API of the tenant, for its pods": closed(
        networkPolicy(
          {
            podSelector: { matchLabels: { "kamaji.clastix.io/name": "acme" } },
            policyTypes: ["Ingress"],
            ingress: [{ ports: [{ port: 6443 }] }],
          },
          { name: "api" },
        ),
      ),
      DNS: closed(egress([{ namespaceSelector: {} }], [{ port: 53, protocol: "UDP" }])),
      "the internet": closed(egress([INTERNET])),
      "a namespace that is no tenant's": { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
    },
    breaks: {
      "no policy": tenantNamespace(),
      "one for some pods": {
        resources: [
          tenantNamespace(),
          networkPolicy({ podSelector: { matchLabels: { a: "b" } }, policyTypes: ["Ingress", "Egress"] }),
        ],
      },
      "one of another namespace": {
        resources: [tenantNamespace(), networkPolicy({ policyTypes: ["Ingress", "Egress"] }, { namespace: "other" })],
      },
      "everybody may come": closed(networkPolicy({ policyTypes: ["Ingress"], ingress: [{}] }, { name: "open" })),
      "all namespaces may come": closed(
        networkPolicy({ policyTypes: ["Ingress"], ingress: [{ from: [{ namespaceSelector: {} }] }] }, { name: "open" }),
      ),
      "world and cluster may come": closed(cilium({ ingress: [{ fromEntities: ["world", "cluster"] }] })),
      "all may be gone to": closed(egress(undefined)),
    },
    undecided: {
      "a policy whose namespace is not known": {
        resources: [tenantNamespace(), networkPolicy({ policyTypes: ["Ingress", "Egress"] }, { namespace: UNKNOWN })],
      },
    },
  },
  "tenant-mgmt-api-blocked": {
    passes: {
      "the internet without the platform": closed(egress([INTERNET])),
      "the controllers of the tenant": closed(
        egress([block("192.0.2.0/24")], [{ port: 6443 }], { matchLabels: { app: "acme-ccm" } }),
      ),
      "the state of its own API": closed(
        egress([{ namespaceSelector: {}, podSelector: { matchLabels: { app: "etcd" } } }], [{ port: 2379 }], {
          matchLabels: { "kamaji.clastix.io/name": "acme" },
        }),
      ),
      DNS: closed(
        egress(
          [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
          [{ port: 53 }],
        ),
      ),
    },
    breaks: {
      everything: closed(egress(undefined)),
      "the metadata address": closed(egress([block("0.0.0.0/0", "10.0.0.0/8", "192.0.2.0/24")])),
      "one machine": closed(egress([block("192.0.2.11/32")], [{ port: 443 }])),
      "services of the platform": closed(egress([block("10.96.0.1/32")])),
      "the storage controller": closed(
        egress([{ namespaceSelector: {}, podSelector: { matchLabels: { app: "linstor" } } }], [{ port: 3370 }]),
      ),
      "Talos in a range of ports": closed(egress([block("203.0.113.0/24")], [{ port: 49_000, endPort: 51_000 }])),
      "Cilium's name for the API": closed(cilium({ egress: [{ toEntities: ["kube-apiserver"] }] })),
      "Cilium's name for the machines": closed(cilium({ egress: [{ toEntities: ["remote-node"] }] })),
      "all pods of a namespace of the platform": {
        resources: [
          tenantNamespace(),
          denyAll(),
          egress([{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "piraeus-datastore" } } }]),
        ],
        config: { management: { namespaces: ["piraeus-datastore"] } },
      },
    },
  },
  "tenant-vpc-isolated": {
    passes: {
      "a default route": managed(vpc({ staticRoutes: [{ cidr: "0.0.0.0/0", nextHopIP: "10.32.0.1" }] })),
      "external access that is listed": { resources: [vpc({ enableExternal: true })], params: { external: ["acme"] } },
      "the platform's own": {
        ...inTenantStack("Vpc", "kubeovn.io"),
        urn: "urn:pulumi:platform.berlin::firmament::kubernetes:kubeovn.io/v1:Vpc::x",
      },
    },
    breaks: {
      "a second namespace": vpc({ namespaces: ["tenant-acme", "tenant-bank"] }),
      "all namespaces": vpc({ namespaces: undefined }),
      "the namespace of another": vpc({ namespaces: ["tenant-bank"] }),
      "two namespaces without a tenant": vpc({ namespaces: ["a", "b"] }, { labels: {} }),
      "external access": vpc({ enableExternal: true }),
      "a route to the machines": managed(vpc({ staticRoutes: [{ cidr: "192.0.2.0/24", nextHopIP: "10.32.0.1" }] })),
      "a route by way of a machine": managed(vpc({ staticRoutes: [{ cidr: "0.0.0.0/0", nextHopIP: "192.0.2.7" }] })),
      "a policy to the pods": managed(vpc({ policyRoutes: [{ action: "allow", match: "ip4.dst == 10.244.0.0/16" }] })),
    },
    undecided: { "namespaces that are not known": vpc({ namespaces: UNKNOWN }) },
  },
  "tenant-subnet-private": {
    passes: { "a part of itself": subnet({ allowSubnets: ["10.32.4.0/24"] }) },
    breaks: {
      "the default VPC": subnet({ vpc: "ovn-cluster" }),
      "no VPC": subnet({ vpc: undefined }),
      "a subnet of others": subnet({ allowSubnets: ["10.33.0.0/16"] }),
      "something that is no subnet": subnet({ allowSubnets: ["everything"] }),
      "the namespace of another": subnet({ namespaces: ["tenant-bank"] }),
      "connected clusters": subnet({ disableInterConnection: undefined }),
      "nothing about the outside": subnet({ natOutgoing: undefined }),
    },
    undecided: { "privacy that is not known": subnet({ private: UNKNOWN }) },
  },
  "tenant-cidr-disjoint": {
    passes: {
      "two tenants": managed(
        clusterAt("acme", "10.16.0.0/16", "10.17.0.0/16"),
        clusterAt("bank", "10.18.0.0/16", "10.19.0.0/16"),
      ),
      "the same network in VPCs of their own": {
        resources: [
          clusterAt("acme", "10.16.0.0/16"),
          clusterAt("bank", "10.16.0.0/16"),
          vpc({}),
          vpc({ namespaces: ["tenant-bank"] }, { name: "bank" }),
        ],
      },
    },
    breaks: {
      "services of the platform": managed(clusterAt("acme", "10.16.0.0/16", "10.96.0.0/20")),
      "pods and services of one cluster": clusterAt("acme", "10.16.0.0/16", "10.16.128.0/17"),
      "another tenant": {
        resources: [clusterAt("acme", "10.16.0.0/16"), clusterAt("bank", "10.16.0.0/17", "10.201.0.0/16")],
      },
      "a tenant of another stack": {
        resources: [clusterAt("acme", "10.16.0.0/16")],
        context: [clusterAt("bank", "10.16.0.0/17")],
      },
      "a subnet on the machines": managed(subnet({ cidrBlock: "192.0.2.0/25" })),
      IPv6: { resources: [clusterAt("acme", "fd00:10::/56")], config: { management: { podCIDRs: ["fd00:10::/48"] } } },
      "one half of two families": managed(subnet({ cidrBlock: "fd00::/64,10.244.7.0/24" })),
    },
  },
});
