import { itJudges } from "../../../test/support/rule-cases";
import { generatedConfiguration } from "../../engine/library/talos/generated";
import { applying, machineWith, without } from "./examples";

const network = (fields: object) => machineWith({ cluster: { network: fields } });
const rule = (ports: (number | string)[], protocol: string, subnet: string) => ({
  apiVersion: "v1alpha1",
  kind: "NetworkRuleConfig",
  name: "more",
  portSelector: { ports, protocol },
  ingress: [{ subnet }],
});
const within = (given: object, ...podCIDRs: string[]) => ({ resources: [given], config: { management: { podCIDRs } } });

/* kube-apiserver 1.34.4 exits for these; Talos 1.13.0 validates no list of networks. */
describe("networks of a cluster", () => {
  itJudges([
    ["talos-cluster-networks", "are too small for Services", network({ serviceSubnets: ["10.96.0.0/30"] }), /\[0\]$/],
    ["talos-cluster-networks", "are just large enough", network({ serviceSubnets: ["10.96.0.0/29"] }), "pass"],
    [
      "talos-cluster-networks",
      "are two of pods in one IP family",
      network({ podSubnets: ["10.244.0.0/16", "fd00::/48", "fd01::/48"] }),
      /podSubnets\[2\]$/,
    ],
    [
      "talos-cluster-networks",
      "stand in a document of their own since Talos 1.14",
      machineWith({ apiVersion: "v1alpha1", kind: "KubeNetworkConfig", serviceSubnets: ["10.96.0.0/30"] }),
      "violation",
    ],
  ]);
});

/* Talos 1.13.0 admits port 53 of the host from podSubnets and serviceSubnets (nftables_chain_config.go). */
describe("a firewall of machines", () => {
  itJudges([
    [
      "talos-firewall-pods",
      "keeps out configured networks of pods",
      within(machineWith(), "10.244.0.0/16"),
      /ingress$/,
    ],
    [
      "talos-firewall-pods",
      "lets in what Talos knows as pods",
      within(network({ podSubnets: ["10.244.0.0/16"] }), "10.244.0.0/16"),
      "pass",
    ],
    [
      "talos-firewall-pods",
      "lets in what a rule for a range of ports is about",
      within(machineWith(rule(["1-65535"], "udp", "10.0.0.0/8")), "10.244.0.0/16"),
      "pass",
    ],
    [
      "talos-firewall-pods",
      "keeps out what a rule for another port is about",
      within(machineWith(rule([4240], "udp", "10.0.0.0/8")), "10.244.0.0/16"),
      "violation",
    ],
    [
      "talos-firewall-pods",
      "is no matter where it accepts",
      within(
        // put onto block, accept would change nothing
        machineWith(
          { apiVersion: "v1alpha1", kind: "NetworkDefaultActionConfig", ingress: without },
          { apiVersion: "v1alpha1", kind: "NetworkDefaultActionConfig", ingress: "accept" },
        ),
        "10.244.0.0/16",
      ),
      "pass",
    ],
    [
      "talos-firewall-pods",
      "is no matter where DNS is not forwarded",
      within(machineWith({ machine: { features: { hostDNS: { forwardKubeDNSToHost: false } } } }), "10.244.0.0/16"),
      "pass",
    ],
  ]);
});

const running = (talos: string, fields: object) =>
  machineWith(
    { machine: { install: { image: `factory.talos.dev/metal-installer/${"0".repeat(64)}:${talos}` } } },
    fields,
  );
const kubelet = (version: string) => ({ machine: { kubelet: { image: `ghcr.io/siderolabs/kubelet:${version}` } } });

/* pkg/machinery/compatibility of machinery 1.12.0, 1.13.0, 1.14.0-rc.1: 1.30-1.35, 1.31-1.36, 1.32-1.37. */
describe("the Kubernetes that machines run", () => {
  itJudges([
    [
      "talos-kubernetes-version",
      "is too new for Talos 1.12",
      running("v1.12.5", kubelet("v1.36.0")),
      /kubelet\.image$/,
    ],
    ["talos-kubernetes-version", "is the newest of Talos 1.12", running("v1.12.5", kubelet("v1.35.9")), "pass"],
    ["talos-kubernetes-version", "is the newest of Talos 1.14", running("v1.14.0", kubelet("v1.37.0-rc.1")), "pass"],
    ["talos-kubernetes-version", "is too old for Talos 1.14", running("v1.14.0", kubelet("v1.31.0")), "violation"],
    [
      "talos-kubernetes-version",
      "is the API server's as well",
      running("v1.13.0", { cluster: { apiServer: { image: "registry.k8s.io/kube-apiserver:v1.37.0" } } }),
      /apiServer\.image$/,
    ],
    ["talos-kubernetes-version", "is not known of a Talos that is not", running("v1.20.0", kubelet("v1.36.0")), "pass"],
    [
      "talos-kubernetes-version",
      "is not said",
      applying({ machineConfigurationInput: JSON.stringify(generatedConfiguration("worker")) }),
      "pass",
    ],
  ]);
});
