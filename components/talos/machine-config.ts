import { VERSION } from "./document";
import { kernelModules } from "./extensions";
import { HOST_FILES, SYSCTLS } from "./host-tuning";
import { diskPatch } from "./install-disk";
import { networkDocuments, sharedAddress } from "./network-documents";
import { ownPatches } from "./patches";
import { registryDocuments } from "./registries";
import { type BaseSettings, type Machine, machinesOf } from "./settings";

/**
 * The patches that turn Talos' generated configuration of a machine into ours, in the order in which they apply.
 *
 * Every patch is a JSON document: text that starts with `{` is never taken for a file name by the provider, and each
 * document kind merges into its own. JSON patches (RFC 6902) are refused by configurations of several documents.
 */
export function machinePatches(cluster: BaseSettings, machine: Machine): string[] {
  return [
    commonPatch(cluster, machine),
    ...(machine.role === "controlplane" ? [controlPlanePatch(cluster)] : []),
    ...sharedAddress(cluster, machine),
    ...encryptedVolumes(cluster),
    ...networkDocuments(cluster, machine),
    ...registryDocuments(cluster),
    ...ownPatches(cluster, machine),
  ].map((document) => JSON.stringify(document));
}

function commonPatch(cluster: BaseSettings, machine: Machine): object {
  const { talos, network } = cluster;
  const labels = { ...removedLabels(cluster, machine), ...machine.labels };
  return {
    machine: {
      certSANs: apiNames(cluster),
      install: { ...diskPatch(cluster, machine), image: talos.installer },
      kubelet: {
        nodeIP: { validSubnets: ownAddresses(network) },
        // a pod that forks without end takes its own share, not the machine's
        extraConfig: { podPidsLimit: 4096 },
      },
      kernel: { modules: kernelModules(talos.extensions) },
      sysctls: SYSCTLS,
      files: HOST_FILES,
      ...(Object.keys(labels).length === 0 ? {} : { nodeLabels: labels }),
    },
    cluster: {
      network: {
        // the platform layer brings the network: nodes stay NotReady until it is there
        cni: { name: "none" },
        podSubnets: network.podCidrs.map(String),
        serviceSubnets: network.serviceCidrs.map(String),
        dnsDomain: network.dnsDomain,
      },
      // Cilium replaces it
      proxy: { disabled: true },
      // by default machines report to a service on the internet; ours find each other through the endpoint
      discovery: { enabled: false },
    },
  };
}

function controlPlanePatch(cluster: BaseSettings): object {
  const subnets = ownAddresses(cluster.network);
  return {
    cluster: {
      // a cloud without workers has nowhere else to run its workloads
      allowSchedulingOnControlPlanes: schedulesOnControlPlanes(cluster),
      apiServer: { certSANs: apiNames(cluster) },
      // of all addresses of a machine, members of etcd use those that other machines reach
      etcd: { advertisedSubnets: subnets, listenSubnets: subnets },
    },
  };
}

function schedulesOnControlPlanes(cluster: BaseSettings): boolean {
  return machinesOf(cluster).every(({ role }) => role === "controlplane");
}

/**
 * Talos labels control planes as excluded from load balancers, and MetalLB's speaker announces no address from nodes
 * that are, without a word in its log: where there are no others, every address stays silent (Talos 1.13.0;
 * metallb/metallb#2676, #2274, cozystack/cozystack#4043).
 */
function removedLabels(cluster: BaseSettings, { role }: Machine): Record<string, object> {
  if (role !== "controlplane" || !schedulesOnControlPlanes(cluster)) return {};
  return { "node.kubernetes.io/exclude-from-external-load-balancers": { $patch: "delete" } };
}

/** Names and addresses, beside a machine's own, under which it is asked for its certificate. */
function apiNames({ endpoint, network: { vip } }: BaseSettings): string[] {
  return [...new Set([new URL(endpoint).hostname, ...(vip === undefined ? [] : [vip.address])])];
}

/** Where kubelets and etcd find the address that is a machine's own: never the shared one, which moves. */
function ownAddresses({ nodeCidrs, vip }: BaseSettings["network"]): string[] {
  return [...nodeCidrs.map(String), ...(vip === undefined ? [] : [`!${vip.address}/32`])];
}

/** STATE holds the keys of the cluster, EPHEMERAL etcd and what pods write; the latter opens only beside its STATE. */
function encryptedVolumes({ talos: { diskEncryption } }: BaseSettings): object[] {
  if (diskEncryption === undefined) return [];
  const key =
    diskEncryption === "tpm"
      ? { slot: 0, tpm: { checkSecurebootStatusOnEnroll: true } }
      : { slot: 0, kms: { endpoint: diskEncryption.kms } };
  const volume = (name: string, keys: readonly object[]) => ({
    ...VERSION,
    kind: "VolumeConfig",
    name,
    encryption: { provider: "luks2", keys },
  });
  return [volume("STATE", [key]), volume("EPHEMERAL", [{ ...key, lockToState: true }])];
}
