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

describe("rules about machine configurations", () => {
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
      machineWith({
        apiVersion: "v1alpha1",
        kind: "VolumeConfig",
        name: "EPHEMERAL",
        encryption: { keys: [{ slot: 0, lockToState: false }] },
      }),
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
      machineWith({ machine: { kubelet: { extraArgs: { "read-only-port": ["0", "10255"] } } } }),
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
    [
      "talos-kubelet",
      "mounts that are listed",
      { resources: [mounting("/var/mnt/pool")], params: { "talos-kubelet": { mounts: ["/var/mnt/pool"] } } },
      "pass",
    ],
    ["talos-kubelet", "mounts that are not", mounting("/"), /source$/],
    [
      "talos-kubelet",
      "seccomp",
      machineWith({ machine: { kubelet: { defaultRuntimeSeccompProfileEnabled: false } } }),
      "violation",
    ],
    [
      "talos-registry-tls",
      "a mirror in clear",
      machineWith({ machine: { registries: { mirrors: { "docker.io": { endpoints: ["http://mirror.example"] } } } } }),
      /endpoints\[0\]$/,
    ],
    [
      "talos-registry-tls",
      "a cache on the machine",
      machineWith({ machine: { registries: { mirrors: { "docker.io": { endpoints: ["http://127.0.0.1:5000"] } } } } }),
      "pass",
    ],
    [
      "talos-install-image",
      "TPM needs Secure Boot",
      machineWith({ machine: { install: { image: `factory.talos.dev/metal-installer/${"0".repeat(64)}:v1.13.0` } } }),
      "violation",
    ],
    [
      "talos-install-image",
      "a digest",
      machineWith({
        machine: { install: { image: `registry.example/secureboot-installer@sha256:${"0".repeat(64)}` } },
      }),
      "pass",
    ],
    [
      "talos-install-image",
      "no schematic",
      machineWith({ machine: { install: { image: "factory.talos.dev/metal-installer-secureboot/abc:v1.13.0" } } }),
      "violation",
    ],
    [
      "talos-ingress-firewall",
      "the whole world",
      machineWith({
        apiVersion: "v1alpha1",
        kind: "NetworkRuleConfig",
        name: "machines",
        ingress: [{ subnet: "0.0.0.0/0" }],
      }),
      /subnet$/,
    ],
    [
      "talos-ingress-firewall",
      "a port that is forgotten",
      machineWith({
        apiVersion: "v1alpha1",
        kind: "NetworkRuleConfig",
        name: "machines",
        portSelector: { ports: ["1-9999"] },
      }),
      "violation",
    ],
    [
      "talos-extra-manifests",
      "in clear",
      machineWith({ cluster: { network: { cni: { name: "custom", urls: ["http://cni.example/v1.2.3/cni.yaml"] } } } }),
      "violation",
    ],
    [
      "talos-kernel-args",
      "in a schematic",
      {
        type: "talos:imageFactory/schematic:Schematic",
        name: "s",
        props: { schematic: "customization:\n  extraKernelArgs: [selinux=0]\n" },
      },
      "violation",
    ],
    [
      "talos-sysctls",
      "user namespaces without a reason",
      machineWith({ machine: { sysctls: { "user.max_user_namespaces": "11255" } } }),
      "violation",
    ],
    [
      "talos-no-inline-secret",
      "a private key in base64",
      patches({
        machine: {
          files: [
            { path: "/var/key", content: Buffer.from("-----BEGIN EC PRIVATE KEY-----\nMHcCAQ").toString("base64") },
          ],
        },
      }),
      "violation",
    ],
    [
      "talos-no-inline-secret",
      "said to be secret",
      applying(
        { configPatches: [JSON.stringify({ machine: { token: "abcdef.0123456789abcdef" } })] },
        { additionalSecretOutputs: ["configPatches"] },
      ),
      "pass",
    ],
    [
      "talos-no-inline-secret",
      "not what the provider itself encrypts",
      machineWith({ machine: { token: "abcdef.0123456789abcdef" } }),
      "pass",
    ],
    [
      "talos-etcd-subnets",
      "certificates that are made up",
      machineWith({ cluster: { etcd: { extraArgs: { "peer-auto-tls": "true" } } } }),
      "violation",
    ],
    [
      "talos-profiling",
      "profiles",
      machineWith({ cluster: { controllerManager: { extraArgs: { profiling: "true" } } } }),
      "violation",
    ],
    ["talos-apply-mode", "a mode that restarts", applying({ applyMode: "reboot" }), /applyMode$/],
    [
      "talos-apply-mode",
      "a worker that is drained",
      applying({ machineConfigurationInput: JSON.stringify(worker), onDestroy: { reset: true, graceful: true } }),
      "pass",
    ],
    [
      "talos-apply-mode",
      "a machine of which nothing is known",
      applying({ machineConfigurationInput: UNKNOWN, onDestroy: { reset: true } }),
      "undecided",
    ],
    [
      "talos-secrets-protected",
      "kept when deleted",
      { type: "talos:machine/secrets:Secrets", name: "s", props: {}, opts: { retainOnDelete: true } },
      "pass",
    ],
    [
      "talos-secrets-protected",
      "in the stack of a tenant",
      {
        type: "talos:machine/secrets:Secrets",
        name: "s",
        urn: "urn:pulumi:tenant.a.b::p::talos:machine/secrets:Secrets::s",
        props: {},
        opts: { protect: true },
      },
      "violation",
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

function mounting(source: string): object {
  return machineWith({ machine: { kubelet: { extraMounts: [{ source, destination: source, type: "bind" }] } } });
}
