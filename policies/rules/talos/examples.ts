import { applyPatch, type Documents, refuse } from "../../engine/library/talos/merge";
import { POD_SECURITY } from "../../engine/library/talos/generated";
import { APPLY } from "../../engine/library/talos/config";

/** A machine whose configuration satisfies every rule, and changes to it; for examples and tests. */
export const COMPLIANT = {
  version: "v1alpha1",
  debug: false,
  persist: true,
  machine: {
    type: "controlplane",
    certSANs: ["192.0.2.10"],
    kubelet: {
      defaultRuntimeSeccompProfileEnabled: true,
      disableManifestsDirectory: true,
      extraArgs: { "rotate-server-certificates": "true" },
      extraConfig: { podPidsLimit: 4096 },
      nodeIP: { validSubnets: ["192.0.2.0/24"] },
    },
    install: { disk: "/dev/sda", image: `factory.talos.dev/metal-installer-secureboot/${"0".repeat(64)}:v1.13.0` },
    features: { rbac: true, kubePrism: { enabled: true, port: 7445 } },
  },
  cluster: {
    allowSchedulingOnControlPlanes: false,
    controlPlane: { endpoint: "https://192.0.2.10:6443" },
    secretboxEncryptionSecret: "kept elsewhere",
    apiServer: {
      certSANs: ["192.0.2.10"],
      disablePodSecurityPolicy: true,
      admissionControl: [{ name: "PodSecurity", configuration: POD_SECURITY }],
      auditPolicy: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] },
    },
    discovery: { enabled: false, registries: { kubernetes: { disabled: true } } },
    etcd: { advertisedSubnets: ["192.0.2.0/24"], listenSubnets: ["192.0.2.0/24"] },
  },
};

const KEY = { slot: 0, tpm: { checkSecurebootStatusOnEnroll: true } };

const volume = (name: string, key: object) => ({
  apiVersion: "v1alpha1",
  kind: "VolumeConfig",
  name,
  encryption: { provider: "luks2", keys: [key] },
});

const admitted = (name: string, ports: (number | string)[], protocol = "tcp") => ({
  apiVersion: "v1alpha1",
  kind: "NetworkRuleConfig",
  name,
  portSelector: { ports, protocol },
  ingress: [{ subnet: "192.0.2.0/24" }],
});

export const DOCUMENTS = [
  volume("STATE", KEY),
  volume("EPHEMERAL", { ...KEY, lockToState: true }),
  { apiVersion: "v1alpha1", kind: "Layer2VIPConfig", name: "192.0.2.10", link: "eth0" },
  { apiVersion: "v1alpha1", kind: "NetworkDefaultActionConfig", ingress: "block" },
  admitted("machines", ["2379-2380", 6443, 10250, 50000, 50001]),
  admitted("overlay", [6081], "udp"),
];

/**
 * The compliant machine with patches on top, each a document. Its inputs are computed when they are read: every rule has
 * examples, and a check loads all rules but reads none of their examples.
 */
export function machineWith(...patches: readonly object[]): object {
  return computed(() => configuration(patches));
}

/** The compliant machine with more inputs of its resource. */
export function machineGiven(more: object): object {
  return computed(() => ({ ...configuration([]), ...more }));
}

function computed(props: () => object): object {
  let inputs: object | undefined;
  return {
    ...applying({}),
    get props() {
      return (inputs ??= inputsOf(props()));
    },
  };
}

function configuration(patches: readonly object[]): object {
  const documents: Documents = new Map();
  for (const patch of [COMPLIANT, ...DOCUMENTS, ...patches]) {
    // kinds of a newer Talos are refused by the provider, and known to rules
    applyPatch(documents, patch, (path, reason) => reason === "kind" || refuse(path, reason));
  }
  return { machineConfigurationInput: [...documents.values()].map((each) => JSON.stringify(each)).join("\n---\n") };
}

/** The resource that applies a configuration. */
export function applying(props: object, opts: object = {}): object {
  return { type: APPLY, name: "cp-1", props: inputsOf(props), opts };
}

function inputsOf(props: object): object {
  const node = "192.0.2.11";
  return { node, endpoint: node, applyMode: "auto", ...props };
}

/** Takes a field out of what is below it. */
export const without = { $patch: "delete" };
