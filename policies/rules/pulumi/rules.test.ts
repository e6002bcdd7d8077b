import { registered, urnIn, CONFIG_MAP, configMap } from "./examples";
import { TENANT_PROVIDER } from "../../engine/library/examples";
import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";

const CLUSTER = "kubernetes:cluster.x-k8s.io/v1beta2:Cluster";
const REFERENCE = "pulumi:pulumi:StackReference";
const PROVIDER = "pulumi:providers:kubernetes";
const CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const reads = (stack: string, name: string) => ({
  type: REFERENCE,
  name,
  urn: urnIn(stack, REFERENCE, name),
  props: { name: `org/firmament/${name}` },
});
const ignoring = (type: string, ...ignoreChanges: string[]) => registered(type, {}, { opts: { ignoreChanges } });
const namespace = (labels: object, opts: object = {}) =>
  registered("kubernetes:core/v1:Namespace", { metadata: { name: "n", labels } }, { opts });
const kubeconfig = "apiVersion: v1\nkind: Config\nusers: []\n";

describe("rules about the hygiene of programs", () => {
  itJudges([
    [
      "pulumi-protect",
      "not in development",
      { resources: [registered(CLUSTER)], config: { tier: "development" } },
      "pass",
    ],
    ["pulumi-protect", "a tenant's namespace", namespace({ "firmament.example/tenant": "acme" }), /^opts\.protect$/],
    ["pulumi-protect", "any other namespace need not be", namespace({}), "pass"],
    [
      "pulumi-protect",
      "a manifest has no options",
      { apiVersion: "cluster.x-k8s.io/v1beta2", kind: "Cluster", metadata: { name: "c" } },
      "pass",
    ],
    ["pulumi-protect", "a patch owns nothing", registered(`${CLUSTER}Patch`), "pass"],
    [
      "pulumi-secret-output",
      "one that is not known yet",
      { resources: [registered("pulumi:pulumi:Stack", { token: UNKNOWN })] },
      "pass",
    ],
    [
      "pulumi-secret-output",
      "a key under another name",
      { resources: [registered("pulumi:pulumi:Stack", { note: { a: ["-----BEGIN EC PRIVATE KEY-----"] } })] },
      /note\.a\[0\]$/,
    ],
    [
      "pulumi-secret-output",
      "a provider's kubeconfig",
      { resources: [registered(PROVIDER, { kubeconfig })] },
      "violation",
    ],
    [
      "pulumi-secret-output",
      "the name of a file is none",
      { resources: [registered(PROVIDER, { kubeconfig: "~/.kube/config" })] },
      "pass",
    ],
    [
      "pulumi-secret-output",
      "a cluster of another provider",
      { resources: [registered("eks:index:Cluster", { kubeconfig: { users: [] } })] },
      "violation",
    ],
    [
      "pulumi-secret-output",
      "which says so",
      {
        resources: [
          registered(
            "eks:index:Cluster",
            { kubeconfig: { users: [] } },
            { opts: { additionalSecretOutputs: ["kubeconfig"] } },
          ),
        ],
      },
      "pass",
    ],
    [
      "pulumi-provider-allowed",
      "a package on no list",
      { resources: [registered("pulumi:providers:shell", {})], config: { providers: { kubernetes: "4.34.2" } } },
      "violation",
    ],
    ["pulumi-provider-allowed", "a range", registered(PROVIDER, { version: "^4.0.0" }), /^version$/],
    [
      "pulumi-provider-allowed",
      "a download from elsewhere",
      registered(PROVIDER, { pluginDownloadURL: "https://get.pulumi.com.evil.example" }),
      /^pluginDownloadURL$/,
    ],
    [
      "pulumi-provider-allowed",
      "the community's",
      registered("pulumi:providers:talos", { pluginDownloadURL: "github://api.github.com/pulumiverse" }),
      "pass",
    ],
    ["pulumi-explicit-provider", "none at all", { type: CONFIG_MAP, name: "c", props: configMap }, "violation"],
    [
      "pulumi-explicit-provider",
      "a manifest has none to name",
      { apiVersion: "v1", kind: "ConfigMap", ...configMap },
      "pass",
    ],
    [
      "pulumi-explicit-provider",
      "the platform in a tenant's cluster",
      registered(CONFIG_MAP, configMap, {
        urn: urnIn("platform.prod", CONFIG_MAP, "web"),
        provider: TENANT_PROVIDER,
      }),
      "violation",
    ],
    [
      "pulumi-provider-safe",
      "as text",
      registered(PROVIDER, { clusterIdentifier: "m", enablePatchForce: "true" }),
      /^enablePatchForce$/,
    ],
    ["pulumi-provider-safe", "no identifier", registered(PROVIDER), /^clusterIdentifier$/],
    ["pulumi-patch-force", "a patch on no list", registered(`${CONFIG_MAP}Patch`, configMap), "violation"],
    [
      "pulumi-patch-force",
      "a patch on it",
      {
        resources: [registered(`${CONFIG_MAP}Patch`, configMap)],
        params: { "pulumi-patch-force": { patches: ["web"] } },
      },
      "pass",
    ],
    [
      "pulumi-patch-force",
      "not waiting",
      registered(CONFIG_MAP, { metadata: { name: "w", annotations: { "pulumi.com/skipAwait": "true" } } }),
      "violation",
    ],
    [
      "pulumi-patch-force",
      "not waiting for a reason",
      registered(CONFIG_MAP, {
        metadata: {
          name: "w",
          annotations: { "pulumi.com/skipAwait": "true", "example.com/skip-await-reason": "ready when nodes join" },
        },
      }),
      "pass",
    ],
    ["pulumi-ignore-changes", "everything", ignoring("kubernetes:core/v1:ConfigMap", "*"), "violation"],
    [
      "pulumi-ignore-changes",
      "labels of a namespace",
      ignoring("kubernetes:core/v1:Namespace", "metadata.labels"),
      "violation",
    ],
    [
      "pulumi-ignore-changes",
      "one label of a namespace",
      ignoring("kubernetes:core/v1:Namespace", 'metadata.labels["pod-security.kubernetes.io/enforce"]'),
      "violation",
    ],
    ["pulumi-ignore-changes", "labels of anything else", ignoring(CONFIG_MAP, "metadata.labels"), "pass"],
    [
      "pulumi-ignore-changes",
      "the containers of a pod",
      ignoring("kubernetes:apps/v1:Deployment", "spec.template.spec.containers[0]"),
      "violation",
    ],
    [
      "pulumi-ignore-changes",
      "the configuration of a machine",
      ignoring("talos:machine/configurationApply:ConfigurationApply", "machineConfigurationInput"),
      "violation",
    ],
    [
      "pulumi-replace-guard",
      "a change that deletes",
      registered(CLUSTER, {}, { opts: { replaceOnChanges: ["spec"] } }),
      /replaceOnChanges$/,
    ],
    ["pulumi-replace-guard", "a definition that goes with the program", registered(CRD), /retainOnDelete$/],
    [
      "pulumi-replace-guard",
      "a definition that stays",
      registered(CRD, {}, { opts: { retainOnDelete: true } }),
      "pass",
    ],
    [
      "pulumi-replace-guard",
      "a definition that goes with its release",
      registered(CRD, {}, { opts: { parent: "urn:pulumi:t::firmament::kubernetes:helm.sh/v3:Release::shop" } }),
      /retainOnDelete$/,
    ],
    [
      "pulumi-protect",
      "what a release makes, which only its release can protect",
      {
        resources: [
          registered(
            CRD,
            {},
            { opts: { parent: "urn:pulumi:t::firmament::a:b:C$kubernetes:helm.sh/v3:Release::shop" } },
          ),
        ],
        config: { tier: "production" },
      },
      "pass",
    ],
    [
      "pulumi-protect",
      "a definition of the program",
      { resources: [registered(CRD, {}, { opts: {} })], config: { tier: "production" } },
      /^opts\.protect$/,
    ],
    ["pulumi-stack-reference", "itself", reads("tenant.a.b", "tenant.a.b"), "pass"],
    ["pulumi-stack-reference", "another tenant", reads("tenant.a.b", "tenant.a.c"), "violation"],
    ["pulumi-stack-reference", "another cloud", reads("tenant.a.b", "platform.c"), "violation"],
    ["pulumi-stack-reference", "the layer below", reads("platform.a", "base.a"), "pass"],
    [
      "pulumi-stack-reference",
      "what a list says",
      { resources: [reads("tenant.a.b", "shared")], params: { "pulumi-stack-reference": { stacks: ["shared"] } } },
      "pass",
    ],
    [
      "pulumi-timeouts",
      "hours",
      registered(CLUSTER, {}, { opts: { customTimeouts: { createSeconds: 7200, updateSeconds: 600 } } }),
      /createSeconds$/,
    ],
    ["pulumi-timeouts", "a release's own", registered("kubernetes:helm.sh/v3:Release", { timeout: 600 }), "pass"],
  ]);
});
