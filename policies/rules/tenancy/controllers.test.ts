import { container, object, podSpec, TENANT_PROVIDER } from "../../engine/library/examples";
import { acmes } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";

const inside = (manifest: object) => {
  const { apiVersion, kind } = manifest as { apiVersion: string; kind: string };
  return {
    type: `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`,
    name: "x",
    props: manifest,
    provider: TENANT_PROVIDER,
  };
};
const role = (rules: object[], kind = "Role", metadata: object = {}) =>
  acmes("rbac.authorization.k8s.io/v1", kind, { rules }, { name: "acme-kccm", ...metadata });
const workload = (name: string, image: string, args: unknown[], more: object = {}) =>
  acmes(
    "apps/v1",
    "Deployment",
    {
      spec: { template: { spec: podSpec({ containers: [container({ name: "csi-driver", image, args, ...more })] }) } },
    },
    { name },
  );
const CSI = [
  "--infra-cluster-namespace=tenant-acme",
  "--infra-cluster-labels=cluster.x-k8s.io/cluster-name=acme",
  "--run-node-service=false",
];
const csi = (args: unknown[], more: object = {}) =>
  workload("acme-csi-controller", "registry.example/kubevirt-csi-driver:1", args, more);
const autoscaler = (...args: string[]) =>
  workload("acme-autoscaler", "registry.example/cluster-autoscaler:1.34.1", args);
const GROUPS = "--node-group-auto-discovery=clusterapi:namespace=tenant-acme,clusterName=acme";

const KUBECONFIG = [
  "apiVersion: v1",
  "kind: Config",
  "clusters: [{name: cloud, cluster: {server: https://192.0.2.10:6443}}]",
  "users: [{name: csi, user: {token: not-a-real-token}}]",
].join("\n");
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const JWT = [
  part({ alg: "RS256", kid: "0123456789" }),
  part({ iss: "kubernetes/serviceaccount" }),
  "c2lnbmF0dXJl",
].join(".");
const TOKEN = Buffer.from(JWT).toString("base64");
const secret = (data: object) => object("v1", "Secret", { ...data }, { namespace: "kube-system" });
const hidden = (value: unknown) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });
const outputs = (props: object) => ({ type: "pulumi:pulumi:Stack", name: "tenant", props });

describeRules("rules about controllers and credentials of tenants", {
  "tenant-ccm-rbac": {
    passes: {
      "reading nodes": role([{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }], "ClusterRole"),
      "machines with a reason": role(
        [{ apiGroups: ["kubevirt.io"], resources: ["virtualmachineinstances"], verbs: ["get", "update"] }],
        "Role",
        {
          annotations: { "firmament.example/reason": "labels machines with the services they carry" },
        },
      ),
      "somebody else's role": role([{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }], "Role", { name: "web" }),
    },
    breaks: {
      secrets: role([{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]),
      "machines without reason": role([
        { apiGroups: ["kubevirt.io"], resources: ["virtualmachineinstances"], verbs: ["update"] },
      ]),
      "pods everywhere": role([{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }], "ClusterRole"),
      "listing nodes": role([{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }], "ClusterRole"),
      "a binding to a ClusterRole": acmes(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        { roleRef: { kind: "ClusterRole", name: "edit" }, subjects: [] },
        { name: "acme-kccm" },
      ),
    },
  },
  "tenant-csi-controller-outside": {
    passes: {
      "a namespace by variable": csi(["--infra-cluster-namespace=$(NS)", ...CSI.slice(1)], {
        env: [{ name: "NS", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
      }),
      "some other controller": workload("linstor-csi-controller", "registry.example/linstor-csi:1", [
        "--csi-endpoint=x",
      ]),
      "the node's side inside": inside({
        ...object("apps/v1", "DaemonSet", {
          spec: { template: { spec: podSpec({ containers: [container({ args: ["--run-node-service=true"] })] }) } },
        }),
      }),
    },
    breaks: {
      "another namespace": csi(["--infra-cluster-namespace=tenant-bank", ...CSI.slice(1)]),
      "no labels": csi([CSI[0], CSI[2]]),
      "the node service as well": csi([CSI[0], CSI[1], "--run-node-service=true"]),
      "a place inside the tenant": inside(csi(CSI)),
      "a chart inside the tenant": {
        type: "kubernetes:helm.sh/v3:Release",
        name: "csi",
        props: { chart: "kubevirt-csi", values: {} },
        provider: TENANT_PROVIDER,
      },
    },
    undecided: {
      "an argument that is not known": csi([UNKNOWN, CSI[1], CSI[2], "--infra-cluster-namespace=tenant-acme"]),
    },
  },
  "tenant-autoscaler-outside": {
    passes: {
      "that of another cloud": workload("x", "registry.example/cluster-autoscaler:1", ["--cloud-provider=aws"]),
    },
    breaks: {
      "no discovery": autoscaler("--cloud-provider=clusterapi"),
      "no cluster": autoscaler("--node-group-auto-discovery=clusterapi:namespace=tenant-acme"),
      "another namespace": autoscaler("--node-group-auto-discovery=clusterapi:namespace=tenant-bank,clusterName=acme"),
      "a place inside the tenant": inside(autoscaler("--cloud-provider=clusterapi", GROUPS)),
      "rights everywhere": acmes(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        { rules: [] },
        { name: "acme-cluster-autoscaler" },
      ),
      "the chart with its defaults": {
        type: "kubernetes:helm.sh/v3:Release",
        name: "x",
        props: {
          chart: "cluster-autoscaler",
          values: { cloudProvider: "clusterapi", autoDiscovery: { clusterName: "a", namespace: "b" } },
        },
      },
    },
  },
  "tenant-credentials-inside": {
    passes: {
      "the same outside": secret({ stringData: { kubeconfig: KUBECONFIG } }),
      "an endpoint": inside(object("v1", "ConfigMap", { data: { endpoint: "https://192.0.2.10:6443" } })),
      "a token that its own API has issued": inside(
        secret({ type: "kubernetes.io/service-account-token", data: { token: TOKEN } }),
      ),
    },
    breaks: {
      "another token": inside(secret({ type: "Opaque", data: { token: TOKEN } })),
      base64: inside(secret({ data: { value: Buffer.from(KUBECONFIG).toString("base64") } })),
      "a ConfigMap": inside(object("v1", "ConfigMap", { data: { config: KUBECONFIG } })),
      "the passphrase of the storage": inside(secret({ stringData: { "linstor-passphrase": "hush-hush" } })),
      "values of a chart": {
        type: "kubernetes:helm.sh/v3:Release",
        name: "x",
        props: { chart: "x", values: { cloud: { config: KUBECONFIG } } },
        provider: TENANT_PROVIDER,
      },
      "an argument": inside(csi(["--infra-cluster-kubeconfig=/etc/infra"])),
    },
  },
  "tenant-kubeconfig-secret": {
    passes: {
      "a Secret": secret({ stringData: { value: KUBECONFIG } }),
      "a secret output": outputs({ kubeconfig: hidden(KUBECONFIG) }),
      "an engine that does not mark secrets": {
        resources: [outputs({ kubeconfig: KUBECONFIG })],
        params: { secretsUnmarked: true },
      },
    },
    breaks: {
      "an output": outputs({ kubeconfig: KUBECONFIG }),
      "an output of a component": {
        type: "firmament:tenant:TenantCluster",
        name: "acme",
        props: { access: { config: KUBECONFIG } },
      },
      "an annotation": object("v1", "Secret", {}, { annotations: { backup: KUBECONFIG } }),
      "binary data": object("v1", "ConfigMap", { binaryData: { x: Buffer.from(KUBECONFIG).toString("base64") } }),
    },
  },
  "tenant-storage-class": {
    passes: {
      "a quota for each granted class": {
        resources: [
          acmes("v1", "ResourceQuota", {
            spec: { hard: { "fast.storageclass.storage.k8s.io/requests.storage": "1Ti" } },
          }),
        ],
        config: { grants: { "tenant-acme": { storageClasses: ["fast"] } } },
      },
      "a ConfigMap of something else": object("v1", "ConfigMap", { data: { a: "b" } }),
    },
    breaks: {
      "no enforcement": acmes("v1", "ConfigMap", { data: { infraClusterNamespace: "tenant-acme" } }),
      "no list": acmes("v1", "ConfigMap", { data: { infraStorageClassEnforcement: "allowAll: false" } }),
      "what is no YAML": acmes("v1", "ConfigMap", { data: { infraStorageClassEnforcement: "{" } }),
      "a class that was not granted": {
        resources: [
          acmes("v1", "ConfigMap", { data: { infraStorageClassEnforcement: "allowAll: false\nallowList: [fast]" } }),
        ],
        config: { grants: { "tenant-acme": { storageClasses: ["slow"] } } },
      },
      "a granted class without quota": {
        resources: [acmes("v1", "ResourceQuota", { spec: { hard: { "requests.storage": "1Ti" } } })],
        config: { grants: { "tenant-acme": { storageClasses: ["fast"] } } },
      },
      "a variable of the controller": csi(CSI, {
        env: [{ name: "INFRA_STORAGE_CLASS_ENFORCEMENT", value: "allowAll: true" }],
      }),
    },
  },
});
