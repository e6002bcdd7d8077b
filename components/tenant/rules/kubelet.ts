import type { Problem } from "../../core/problem";
import { quantity } from "../../core/quantity";
import { flagsProblems, type Reasons, WEAK } from "../../kubernetes/flag-reasons";
import { kept } from "../allocatable";
import type { NodePool } from "../settings";

const OWN = "tenant.nodePools.<name>";

/** Flags that settings and add-ons decide, that weaken a node, or that kubeadm sets when a machine joins (1.34). */
const REASONS: Reasons = {
  ...WEAK.kubelet,
  "cloud-provider": { use: "tenant.addons" },
  "eviction-hard": { use: `${OWN}.kubelet.evictionHard` },
  "kube-reserved": { use: `${OWN}.kubelet.kubeReserved` },
  "max-pods": { use: `${OWN}.kubelet.maxPods` },
  "node-labels": { use: `${OWN}.labels` },
  "register-with-taints": { use: `${OWN}.taints` },
  "rotate-server-certificates": { use: "tenant.addons" },
  "system-reserved": { use: `${OWN}.kubelet.systemReserved` },
  "bootstrap-kubeconfig": "kubeadm",
  "cert-dir": "kubeadm",
  "cgroup-driver": "kubeadm",
  "client-ca-file": "kubeadm",
  "cluster-dns": "kubeadm",
  "cluster-domain": { use: "tenant.network.dnsDomain" },
  config: "kubeadm",
  "config-dir": "kubeadm",
  "container-runtime-endpoint": "kubeadm",
  // Cluster API finds the node of a machine by its name
  "hostname-override": "kubeadm",
  kubeconfig: "kubeadm",
  "pod-infra-container-image": "kubeadm",
  "provider-id": "kubeadm",
  "register-node": "kubeadm",
  "rotate-certificates": "kubeadm",
  "tls-cert-file": "kubeadm",
  "tls-private-key-file": "kubeadm",
};

export function kubeletProblems(where: string, pool: NodePool): Problem[] {
  const rules = { owner: "kubeadm", reasons: REASONS };
  return [...flagsProblems(`${where}.extraArgs`, rules, pool.kubelet.extraArgs), ...reserveProblems(where, pool)];
}

/** A kubelet that keeps more than there is does not start. */
function reserveProblems(where: string, pool: NodePool): Problem[] {
  const { cpu, memory } = kept(pool);
  const fix = "lower the reserves, or make the machines larger";
  const checks = [
    { what: "cores", given: `${cpu}m`, has: pool.cpus * 1000, text: String(pool.cpus), takes: cpu },
    {
      what: "memory",
      given: `${Math.ceil(memory)}Mi`,
      has: quantity(pool.memory) / 2 ** 20,
      text: pool.memory,
      takes: memory,
    },
  ];
  // by itself a machine keeps 256Mi, which its owner has not said anything about
  const said = Object.keys(pool.kubelet.systemReserved).length > 0 || pool.kubelet.kubeReserved !== undefined;
  if (!said && pool.kubelet.evictionHard === undefined) return [];
  return checks
    .filter(({ has, takes }) => takes >= has)
    .map(({ what, given, text }) => {
      const rule = `must leave something of the machine's ${text} for pods: that is what kubelets keep of its ${what}`;
      return { where, given, rule, fix };
    });
}
