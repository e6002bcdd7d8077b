import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";
import { generatedConfiguration } from "../../engine/library/talos/generated";
import { applying, machineWith } from "./examples";

/** A machine of its own in a stack, by name and address. */
const machine = (name: string, address: string, config: object, stack = "base.berlin") => {
  const { props } = config as { readonly props: object };
  const urn = `urn:pulumi:${stack}::firmament::talos:machine/configurationApply:ConfigurationApply::${name}`;
  return { ...applying({ ...props, node: address, endpoint: address }), name, urn };
};
const generated = (role: "controlplane" | "worker", ...patches: object[]) =>
  applying({
    machineConfigurationInput: JSON.stringify(generatedConfiguration(role)),
    configPatches: patches.map((patch) => JSON.stringify(patch)),
  });
const endpoint = (host: string, machineFields: object = {}) =>
  generated("controlplane", {
    machine: machineFields,
    cluster: { controlPlane: { endpoint: `https://${host}:6443` } },
  });
const worker = (host: string) =>
  generated("worker", { cluster: { controlPlane: { endpoint: `https://${host}:6443` } } });
const together = (...resources: object[]) => ({ resources });
const cp = (config: object) => machine("cp-1", "192.0.2.11", config);

describe("the endpoint of machines", () => {
  itJudges([
    ["talos-endpoint", "is the address of a control plane", cp(endpoint("192.0.2.11")), "pass"],
    ["talos-endpoint", "is one that no machine has", cp(endpoint("192.0.2.10")), /endpoint$/],
    [
      "talos-endpoint",
      "is shared by a device of the main document",
      cp(endpoint("192.0.2.10", { network: { interfaces: [{ interface: "eth0", vip: { ip: "192.0.2.10" } }] } })),
      "pass",
    ],
    [
      "talos-endpoint",
      "is the fixed address of a device, also where its Talos API has another",
      cp(
        endpoint("198.51.100.4", { network: { interfaces: [{ interface: "eth0", addresses: ["198.51.100.4/24"] }] } }),
      ),
      "pass",
    ],
    [
      "talos-endpoint",
      "is a worker's",
      together(cp(endpoint("192.0.2.21")), machine("worker-1", "192.0.2.21", worker("192.0.2.21"))),
      "violation",
    ],
    [
      "talos-endpoint",
      "is the control plane of another cloud",
      together(
        machine("cp-1", "192.0.2.11", endpoint("192.0.2.31")),
        machine("cp-1", "192.0.2.31", endpoint("192.0.2.31"), "base.paris"),
      ),
      "violation",
    ],
    [
      "talos-endpoint",
      "is a load balancer's that is listed",
      { ...together(cp(endpoint("203.0.113.5"))), params: { "talos-endpoint": { external: ["203.0.113.5"] } } },
      "pass",
    ],
    ["talos-endpoint", "is a name, which is resolved elsewhere", cp(endpoint("api.example.com")), "pass"],
    ["talos-endpoint", "is on loopback, where machines are simulated", cp(endpoint("127.0.0.9")), "pass"],
    [
      "talos-endpoint",
      "is looked for where no control plane is part of the program",
      machine("worker-1", "192.0.2.21", worker("192.0.2.10")),
      "pass",
    ],
    [
      "talos-endpoint",
      "may be in a patch that is not known yet",
      cp(
        applying({
          machineConfigurationInput: JSON.stringify(generatedConfiguration("controlplane")),
          configPatches: [
            JSON.stringify({ cluster: { controlPlane: { endpoint: "https://192.0.2.10:6443" } } }),
            UNKNOWN,
          ],
        }),
      ),
      "undecided",
    ],
  ]);
});

const alone = generated("controlplane", { cluster: { allowSchedulingOnControlPlanes: true } });
const speaker = (...args: string[]) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "metallb-speaker", namespace: "metallb-system" },
  spec: { template: { spec: { containers: [{ name: "speaker", image: "quay.io/metallb/speaker:v0.16.1", args }] } } },
});

describe("labels of nodes that machines set", () => {
  itJudges([
    [
      "talos-load-balancer-label",
      "is what Talos generates, where all machines are control planes",
      together(cp(alone)),
      /nodeLabels\[.*exclude-from-external-load-balancers.*\]$/,
    ],
    [
      "talos-load-balancer-label",
      "is fine beside a worker",
      together(cp(alone), machine("worker-1", "192.0.2.21", worker("192.0.2.11"))),
      "pass",
    ],
    [
      "talos-load-balancer-label",
      "is not fine beside a worker of another cloud",
      together(cp(alone), machine("worker-1", "192.0.2.21", worker("192.0.2.11"), "base.paris")),
      "violation",
    ],
    [
      "talos-load-balancer-label",
      "waits for a machine that may be a worker",
      together(cp(alone), machine("m-2", "192.0.2.21", applying({ machineConfigurationInput: UNKNOWN }))),
      "undecided",
    ],
    [
      "talos-load-balancer-label",
      "is fine where control planes run no workloads, so no load balancer either",
      cp(generated("controlplane", { cluster: { allowSchedulingOnControlPlanes: false } })),
      "pass",
    ],
    [
      "talos-load-balancer-label",
      "is deleted",
      cp(
        generated("controlplane", {
          machine: { nodeLabels: { "node.kubernetes.io/exclude-from-external-load-balancers": { $patch: "delete" } } },
          cluster: { allowSchedulingOnControlPlanes: true },
        }),
      ),
      "pass",
    ],
    [
      "talos-load-balancer-label",
      "is ignored by a speaker",
      together(cp(alone), speaker("--ignore-exclude-lb=true")),
      "pass",
    ],
    [
      "talos-load-balancer-label",
      "is not ignored by another",
      together(cp(alone), speaker("--port=7472")),
      "violation",
    ],
    [
      "talos-load-balancer-label",
      "is ignored elsewhere",
      { ...together(cp(alone)), params: { "talos-load-balancer-label": { ignored: true } } },
      "pass",
    ],

    [
      "talos-node-labels",
      "of Kubernetes' own are reported by kubelets",
      generated("worker", {
        machine: { nodeLabels: { "topology.kubernetes.io/zone": "a", "kubernetes.io/arch": "arm64" } },
      }),
      "pass",
    ],
    [
      "talos-node-labels",
      "of restricted domains are refused",
      generated("worker", { machine: { nodeLabels: { "node-restriction.kubernetes.io/tier": "gold", rack: "a1" } } }),
      /nodeLabels\["node-restriction\.kubernetes\.io\/tier"\]$/,
    ],
    [
      "talos-node-labels",
      "of applications as well",
      generated("worker", { machine: { nodeLabels: { "app.kubernetes.io/component": "x" } } }),
      "violation",
    ],
    [
      "talos-node-labels",
      "are set by control planes with other rights",
      generated("controlplane", { machine: { nodeLabels: { "node-role.kubernetes.io/storage": "" } } }),
      "pass",
    ],
    [
      "talos-node-labels",
      "stand in a document of their own since Talos 1.14",
      generated("worker", {
        apiVersion: "v1alpha1",
        kind: "KubeNodeConfig",
        labels: { "node-role.kubernetes.io/worker": "" },
      }),
      "violation",
    ],
  ]);
});

const storing = (modules: string[], filter?: string) =>
  machineWith({
    machine: {
      kernel: { modules: modules.map((name) => ({ name })) },
      ...(filter === undefined
        ? {}
        : {
            files: [
              { path: "/etc/lvm/lvm.conf", op: "overwrite", permissions: 0o644, content: `devices {\n${filter}\n}\n` },
            ],
          }),
    },
  });

describe("LVM of machines that hold volumes", () => {
  itJudges([
    ["talos-lvm-filter", "needs no filter where there are no volumes", storing(["openvswitch"]), "pass"],
    ["talos-lvm-filter", "needs one with zfs", storing(["zfs"]), /files$/],
    ["talos-lvm-filter", "needs one for thin pools, by either name", storing(["dm_thin_pool"]), "violation"],
    [
      "talos-lvm-filter",
      "has one for everything",
      storing(["drbd", "zfs"], 'filter = [ "a|^/dev/sd|", "r|.*|" ]'),
      "pass",
    ],
    [
      "talos-lvm-filter",
      "has one with a group",
      storing(["drbd", "zfs"], 'global_filter = [ "r#^/dev/(drbd|zd|dm-).*#" ]'),
      "pass",
    ],
    [
      "talos-lvm-filter",
      "has one that lacks a device",
      storing(["drbd", "zfs"], 'global_filter = [ "r|^/dev/drbd|" ]'),
      /files\[\d+\]\.content$/,
    ],
    [
      "talos-lvm-filter",
      "has one after a pattern that takes everything",
      storing(["drbd"], 'global_filter = [ "a|.*|", "r|^/dev/drbd|" ]'),
      "violation",
    ],
    ["talos-lvm-filter", "has one that is a comment", storing(["drbd"], '# global_filter = [ "r|.*|" ]'), "violation"],
    [
      "talos-lvm-filter",
      "has one for a single device",
      storing(["drbd"], 'filter = [ "r|^/dev/drbd1000$|" ]'),
      "violation",
    ],
  ]);
});
