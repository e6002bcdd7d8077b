import * as assert from "node:assert/strict";
import { remediated } from "../../engine/remediation";
import type { ResourceRule } from "../../engine/rule";
import { RULES } from "..";
import { DEFAULTS } from "../../engine/settings";
import { resourcesOf } from "../../engine/targets";
import { machineWith, without } from "./examples";
import { POD_SECURITY } from "../../engine/library/talos/generated";
import { itJudges } from "../../../test/support/rule-cases";

const document = (kind: string, fields: object) => ({ apiVersion: "v1alpha1", kind, ...fields });
const main = (machine: object, cluster: object = {}) => ({ machine, cluster });

/** The parts of the main document that newer documents take over. */
const split = main(
  { kubelet: without },
  {
    controlPlane: without,
    secretboxEncryptionSecret: without,
    allowSchedulingOnControlPlanes: without,
    apiServer: without,
  },
);
const kubelet = (config: object, fields: object = {}) =>
  document("KubeletConfig", { defaultRuntimeSeccompProfileEnabled: true, config, ...fields });
const bounded = { podPidsLimit: 4096, serverTLSBootstrap: true };
const node = (validSubnets: string[], taint = "NoSchedule") =>
  document("KubeNodeConfig", {
    nodeIP: { validSubnets },
    taints: { "node-role.kubernetes.io/control-plane": taint },
  });
const placed = node(["192.0.2.0/24"]);
const admission = (configuration: object) =>
  document("KubeAdmissionControlConfig", { name: "PodSecurity", configuration });
const audit = (level: string) =>
  document("KubeAuditPolicyConfig", {
    configuration: { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level }] },
  });
const encrypted = (...providers: object[]) =>
  document("KubeEtcdEncryptionConfig", { config: { resources: [{ resources: ["secrets"], providers }] } });
const server = (...certExtraSANs: string[]) => document("KubeAPIServerConfig", { certExtraSANs });
const named = document("KubeClusterConfig", { clusterName: "c", endpoint: "https://192.0.2.10:6443" });
const anonymous = (changes: object) =>
  document("KubeAuthenticationConfig", { configuration: { anonymous: { enabled: true, ...changes } } });

const machine = (...documents: object[]) => machineWith(split, ...documents);

const kubeletRule = RULES.find(({ id }) => id === "talos-kubelet") as ResourceRule;

/** Whether the remediation of the rule about the kubelet would change a machine. */
const remediates = (given: object) => {
  const [resource] = resourcesOf([given]);
  assert.ok(resource !== undefined);
  return remediated(kubeletRule, resource, DEFAULTS) !== undefined;
};

describe("documents that took over parts of a machine configuration", () => {
  itJudges([
    ["talos-kubelet", "the document of the kubelet", machine(kubelet(bounded), placed), "pass"],
    [
      "talos-kubelet",
      "one without seccomp profiles",
      machine(kubelet(bounded, { defaultRuntimeSeccompProfileEnabled: false }), placed),
      /defaultRuntimeSeccompProfileEnabled$/,
    ],
    ["talos-kubelet", "one without a bound", machine(kubelet({ serverTLSBootstrap: true }), placed), /podPidsLimit$/],
    ["talos-kubelet", "a node of any address", machine(kubelet(bounded), node([])), /validSubnets$/],
    [
      "talos-anonymous-auth",
      "a kubelet that anonymous requests are admitted",
      machine(kubelet({ ...bounded, authentication: { anonymous: { enabled: true } } })),
      /anonymous\.enabled$/,
    ],
    [
      "talos-anonymous-auth",
      "an API server that anonymous requests are admitted",
      machine(anonymous({})),
      /anonymous\.enabled$/,
    ],
    [
      "talos-anonymous-auth",
      "one that anonymous requests are admitted for its health",
      machine(anonymous({ conditions: [{ path: "/livez" }] })),
      "pass",
    ],
    [
      "talos-apiserver-args",
      "an authorizer that allows everything",
      machine(document("KubeAuthorizerConfig", { name: "all", type: "AlwaysAllow" })),
      /type$/,
    ],
    ["talos-pod-security", "the generated admission", machine(admission(POD_SECURITY)), "pass"],
    [
      "talos-pod-security",
      "one that lets everything in",
      machine(admission({ ...POD_SECURITY, defaults: { ...POD_SECURITY.defaults, enforce: "privileged" } })),
      /defaults\.enforce$/,
    ],
    [
      "talos-pod-security",
      "the admission of something else",
      machine(document("KubeAdmissionControlConfig", { name: "x" })),
      "violation",
    ],
    ["talos-audit-policy", "the generated policy", machine(audit("Metadata")), "pass"],
    ["talos-audit-policy", "a policy of nothing", machine(audit("None")), "violation"],
    ["talos-secretbox", "secretbox first", machine(encrypted({ secretbox: {} }, { identity: {} })), "pass"],
    ["talos-secretbox", "AES-CBC first", machine(encrypted({ aescbc: {} }, { secretbox: {} })), "violation"],
    ["talos-secretbox", "no encryption", machine(encrypted({ identity: {} })), "violation"],
    ["talos-scheduling", "a tainted control plane", machine(placed), "pass"],
    ["talos-scheduling", "one without taints", machine(document("KubeNodeConfig", {})), /control-plane"\]$/],
    ["talos-scheduling", "one that is merely avoided", machine(node([], "PreferNoSchedule")), "violation"],
    [
      "talos-sysctls",
      "a sysctl in a document",
      machineWith(document("SysctlConfig", { params: { "kernel.kptr_restrict": "0" } })),
      /params/,
    ],
    [
      "talos-install-image",
      "an installer without a version in a document",
      machineWith(document("UnattendedInstallConfig", { installer: { image: "ghcr.io/siderolabs/installer:latest" } })),
      /installer\.image$/,
    ],
    ["talos-cert-sans", "names in documents", machine(named, server("192.0.2.10")), "pass"],
    ["talos-cert-sans", "an endpoint that no name is for", machine(named, server("api.example.com")), /certExtraSANs$/],
  ]);

  it("are not patched through the part they took over", () => {
    assert.equal(remediates(machineWith({ machine: { kubelet: { extraConfig: without } } })), true);
    assert.equal(remediates(machine(kubelet({ serverTLSBootstrap: true }), placed)), false);
  });
});
