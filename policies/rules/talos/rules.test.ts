import { UNKNOWN } from "../..";
import { applying, machineWith, without } from "./examples";
import { itJudges } from "../../../test/support/rule-cases";

const patches = (...given: object[]) => applying({ configPatches: given.map((each) => JSON.stringify(each)) });
const over = (...given: object[]) =>
  applying({ machineConfigurationInput: UNKNOWN, configPatches: given.map((each) => JSON.stringify(each)) });
const worker = { machine: { type: "worker" } };
const template = (patch: object, generateType = "worker") => ({
  apiVersion: "bootstrap.cluster.x-k8s.io/v1alpha3",
  kind: "TalosConfigTemplate",
  metadata: { name: "pool", namespace: "tenant-acme" },
  spec: { template: { spec: { generateType, strategicPatches: [JSON.stringify(patch)] } } },
});

describe("rules about machine configurations: access, disks, control plane", () => {
  itJudges([
    [
      "talos-rbac",
      "a patch counts as well",
      patches({ machine: { features: { rbac: false } } }),
      /configPatches\.machine\.features\.rbac$/,
    ],
    ["talos-rbac", "waits for a configuration that is not known", over({}), "undecided"],
    [
      "talos-rbac",
      "does not wait with what a known patch says",
      over({ machine: { features: { rbac: false } } }),
      "violation",
    ],
    ["talos-rbac", "sees the patches of templates", template({ machine: { features: { rbac: false } } }), "violation"],
    ["talos-rbac", "a file cannot be read here", applying({ machineConfigurationInput: "cp.yaml" }), "undecided"],
    [
      "talos-api-access",
      "needs namespaces",
      machineWith({
        machine: { features: { kubernetesTalosAPIAccess: { enabled: true, allowedRoles: ["os:reader"] } } },
      }),
      "violation",
    ],
    [
      "talos-api-access",
      "is fine when it is off",
      machineWith({
        machine: { features: { kubernetesTalosAPIAccess: { enabled: false, allowedRoles: ["os:admin"] } } },
      }),
      "pass",
    ],
    [
      "talos-disk-encryption",
      "knows the older place",
      machineWith(
        { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "STATE", encryption: without },
        {
          machine: {
            systemDiskEncryption: {
              state: { provider: "luks2", keys: [{ slot: 0, kms: { endpoint: "https://kms.example" } }] },
            },
          },
        },
      ),
      "pass",
    ],
    [
      "talos-disk-encryption",
      "of a volume for users",
      machineWith({ apiVersion: "v1alpha1", kind: "UserVolumeConfig", name: "data" }),
      "violation",
    ],
    ["talos-disk-encryption", "waits for what is not known", over({ machine: {} }), "undecided"],
    [
      "talos-disk-key",
      "a passphrase",
      machineWith(
        { machine: { systemDiskEncryption: {} } },
        {
          apiVersion: "v1alpha1",
          kind: "UserVolumeConfig",
          name: "d",
          encryption: { provider: "luks2", keys: [{ slot: 0, static: { passphrase: "x" } }] },
        },
      ),
      /static$/,
    ],
    [
      "talos-disk-key",
      "EPHEMERAL is locked",
      machineWith(
        { apiVersion: "v1alpha1", kind: "VolumeConfig", name: "EPHEMERAL", encryption: { keys: without } },
        {
          apiVersion: "v1alpha1",
          kind: "VolumeConfig",
          name: "EPHEMERAL",
          encryption: {
            keys: [{ slot: 0, tpm: { checkSecurebootStatusOnEnroll: true }, lockToState: false }],
          },
        },
      ),
      /lockToState$/,
    ],
    [
      "talos-secretbox",
      "is nothing that workers have",
      machineWith(worker, { cluster: { secretboxEncryptionSecret: without } }),
      "pass",
    ],
    [
      "talos-secretbox",
      "nothing at all",
      machineWith({ cluster: { secretboxEncryptionSecret: without } }),
      "violation",
    ],
    [
      "talos-anonymous-auth",
      "of the kubelet, on workers too",
      machineWith(worker, {
        machine: { kubelet: { extraConfig: { authentication: { anonymous: { enabled: true } } } } },
      }),
      "violation",
    ],
    [
      "talos-anonymous-auth",
      "said to be off",
      machineWith({ cluster: { apiServer: { extraArgs: { "anonymous-auth": "false" } } } }),
      "pass",
    ],
    [
      "talos-anonymous-auth",
      "one of several values",
      template({ machine: { kubelet: { extraArgs: { "read-only-port": ["0", "10255"] } } } }),
      "violation",
    ],
    [
      "talos-apiserver-args",
      "an authorizer before Node and RBAC",
      machineWith({
        cluster: { apiServer: { authorizationConfig: [{ type: "Webhook" }, { type: "Node" }, { type: "RBAC" }] } },
      }),
      /authorizationConfig$/,
    ],
    [
      "talos-apiserver-args",
      "one after them",
      machineWith({
        cluster: { apiServer: { authorizationConfig: [{ type: "Node" }, { type: "RBAC" }, { type: "Webhook" }] } },
      }),
      "pass",
    ],
    [
      "talos-cert-sans",
      "a VIP",
      machineWith({ apiVersion: "v1alpha1", kind: "Layer2VIPConfig", name: "192.0.2.9", link: "eth0" }),
      "violation",
    ],
    ["talos-cert-sans", "a wildcard", machineWith({ machine: { certSANs: ["*.example.com"] } }), /certSANs\[1\]$/],
    [
      "talos-pod-security",
      "an exemption that is listed",
      { resources: [exempting("longhorn")], config: { privilegedNamespaces: ["longhorn"] } },
      "pass",
    ],
    ["talos-pod-security", "an exemption that is not", exempting("shop"), /namespaces\[1\]$/],
    [
      "talos-audit-policy",
      "that leaves out Secrets",
      auditing({ level: "None", resources: [{ group: "", resources: ["secrets"] }] }, { level: "Metadata" }),
      "violation",
    ],
    [
      "talos-audit-policy",
      "that leaves out events",
      auditing({ level: "None", resources: [{ group: "", resources: ["events"] }] }, { level: "Metadata" }),
      "pass",
    ],
    [
      "talos-discovery",
      "with a service of one's own",
      machineWith({
        cluster: { discovery: { enabled: true, registries: { service: { endpoint: "https://discovery.example/" } } } },
      }),
      "pass",
    ],
  ]);
});

function exempting(namespace: string): object {
  return machineWith({
    cluster: {
      apiServer: {
        admissionControl: [{ name: "PodSecurity", configuration: { exemptions: { namespaces: [namespace] } } }],
      },
    },
  });
}

function auditing(...rules: object[]): object {
  return machineWith({
    cluster: { apiServer: { auditPolicy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules } } },
  });
}
