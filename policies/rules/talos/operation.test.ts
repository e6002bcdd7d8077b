import { UNKNOWN } from "../..";
import { applying, machineWith } from "./examples";
import { itJudges } from "../../../test/support/rule-cases";

const patches = (...given: object[]) => applying({ configPatches: given.map((each) => JSON.stringify(each)) });
const worker = { machine: { type: "worker" } };

describe("rules about machine configurations: kubelet, supply, network, operation", () => {
  itJudges([
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
      "a mirror without TLS",
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
    ["talos-install-image", "zfs without its module", withZfs("openvswitch"), /kernel\.modules$/],
    ["talos-install-image", "zfs without any module", withZfs(), /kernel\.modules$/],
    ["talos-install-image", "zfs with its module", withZfs("openvswitch", "zfs"), "pass"],
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
      "without TLS",
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

/** A machine whose image carries drbd and zfs. */
function withZfs(...modules: string[]): object {
  const image =
    "factory.talos.dev/metal-installer-secureboot/98442b5bb4e8d050f30978ce3e6ec22e7bf534d57cafcd51313235128057e612:v1.13.0";
  const kernel = modules.length === 0 ? {} : { kernel: { modules: modules.map((name) => ({ name })) } };
  return machineWith({ machine: { install: { image }, ...kernel } });
}

function mounting(source: string): object {
  return machineWith({ machine: { kubelet: { extraMounts: [{ source, destination: source, type: "bind" }] } } });
}
