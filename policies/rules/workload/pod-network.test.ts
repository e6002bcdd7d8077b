import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";
import { container, deployment, object, podSpec, TENANT_PROVIDER } from "../../engine/library/examples";

const config = (daemon: string) => object("v1", "ConfigMap", { data: { "daemon-config.json": daemon } });
const multus = (image: string, ...args: string[]) =>
  object("apps/v1", "DaemonSet", {
    spec: { template: { spec: podSpec({ containers: [container({ image, args })] }) } },
  });
const THIN = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.3.0";

const guests = object("kubevirt.io/v1", "VirtualMachine", { spec: { template: { spec: {} } } });
const cilium = (values: object, more: object = {}) => ({
  type: "kubernetes:helm.sh/v3:Release",
  name: "cilium",
  urn: "urn:pulumi:platform.berlin::firmament::kubernetes:helm.sh/v3:Release::cilium",
  props: { name: "cilium", namespace: "kube-system", chart: "cilium", version: "1.19.5", values },
  ...more,
});
const together = (...resources: object[]) => ({ resources });

/*
 * Multus v4.3.0 sorts the files of /etc/cni/net.d once, when it starts, and stays with the first one until it is
 * restarted (k8snetworkplumbingwg/multus-cni#1499). The thin plugin does the same in its entrypoint.
 */
describe("the primary network of Multus", () => {
  itJudges([
    [
      "multus-primary-network",
      "is a file of its own",
      config('{"multusConfigFile":"/etc/cni/00-multus.conf"}'),
      "pass",
    ],
    [
      "multus-primary-network",
      "is an empty name",
      config('{"multusConfigFile":"auto","multusMasterCNI":""}'),
      "violation",
    ],
    ["multus-primary-network", "is not read of what is no JSON", config("auto"), "pass"],
    ["multus-primary-network", "is not known yet", config(UNKNOWN), "undecided"],
    ["multus-primary-network", "is left to the thin plugin", multus(THIN, "--multus-conf-file=auto"), /args\[0\]$/],
    [
      "multus-primary-network",
      "is named to the thin plugin",
      multus(THIN, "--multus-conf-file=auto", "--multus-master-cni-file-name=05-cilium.conflist"),
      "pass",
    ],
    [
      "multus-primary-network",
      "is no matter of other programs",
      multus("registry.example/web:1", "--multus-conf-file=auto"),
      "pass",
    ],
  ]);
});

/* Cilium 1.19: cilium/cilium#14563, #37669, kubevirt/kubevirt#10388. */
describe("Services for virtual machines", () => {
  const replacing = { kubeProxyReplacement: true };
  const inTenant = cilium(replacing, { provider: TENANT_PROVIDER });
  itJudges([
    ["cilium-socket-lb", "are translated at sockets", together(guests, cilium(replacing)), /hostNamespaceOnly$/],
    [
      "cilium-socket-lb",
      "that older values name",
      together(guests, cilium({ kubeProxyReplacement: "strict" })),
      "violation",
    ],
    [
      "cilium-socket-lb",
      "are translated per packet",
      together(guests, cilium({ ...replacing, socketLB: { hostNamespaceOnly: true } })),
      "pass",
    ],
    ["cilium-socket-lb", "are kube-proxy's", together(guests, cilium({ kubeProxyReplacement: false })), "pass"],
    ["cilium-socket-lb", "do not matter without virtual machines", together(deployment(), cilium(replacing)), "pass"],
    [
      "cilium-socket-lb",
      "matter to machines of another program",
      { ...together(cilium(replacing)), params: { "cilium-socket-lb": { virtualMachines: true } } },
      "violation",
    ],
    ["cilium-socket-lb", "do not matter inside of one", together(guests, inTenant), "pass"],
    [
      "cilium-socket-lb",
      "from a vendored chart as well",
      together(
        guests,
        cilium(
          { ...replacing },
          {
            props: { namespace: "kube-system", chart: "./charts/cilium-1.19.5.tgz", values: replacing },
          },
        ),
      ),
      "violation",
    ],
    [
      "cilium-socket-lb",
      "are not known yet",
      together(guests, cilium({ ...replacing, socketLB: UNKNOWN })),
      "undecided",
    ],
  ]);
});

const pool = (spec: object) => object("metallb.io/v1beta1", "IPAddressPool", { spec });

/* cilium/cilium#33155; MetalLB 0.16.1. */
describe("what the network of the machines loses", () => {
  const firewall = { hostFirewall: { enabled: true } };
  itJudges([
    ["cilium-host-firewall", "all IPv6 to a chart's values", cilium(firewall), /hostFirewall\.enabled$/],
    ["cilium-host-firewall", "nothing where IPv6 is on", cilium({ ...firewall, ipv6: { enabled: true } }), "pass"],
    ["cilium-host-firewall", "nothing to a firewall that is off", cilium({ hostFirewall: { enabled: false } }), "pass"],
    ["cilium-host-firewall", "what is not known yet", cilium({ ...firewall, ipv6: UNKNOWN }), "undecided"],
    [
      "metallb-pool-addresses",
      "a range of one address",
      pool({ avoidBuggyIPs: true, addresses: ["198.51.100.7", "198.51.100.255-198.51.100.255"] }),
      /addresses\[1\]$/,
    ],
    ["metallb-pool-addresses", "nothing where all are given out", pool({ addresses: ["198.51.100.0/32"] }), "pass"],
    [
      "metallb-pool-addresses",
      "nothing of a range of more",
      pool({ avoidBuggyIPs: true, addresses: ["198.51.100.0-198.51.101.0", "fd00::/128"] }),
      "pass",
    ],
  ]);
});
