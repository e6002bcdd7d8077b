import { encryptedVolumes } from "./disk-encryption";
import { kernelModules } from "./extensions";
import { HOST_FILES, hostDocuments, hostSysctls } from "./host-tuning";
import { imageOf } from "./image/classes";
import { diskPatch } from "./install-disk";
import { controlPlaneFeatures, controlPlaneFiles, controlPlaneSettings, kubeletSettings } from "./kubernetes-patches";
import { networkDocuments, sharedAddress } from "./network-documents";
import { ownPatches } from "./patches";
import { registryDocuments } from "./registries";
import type { BaseSettings, Machine } from "./settings";
import { userVolumes } from "./user-volumes";

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
    ...userVolumes(cluster, machine),
    ...hostDocuments(cluster),
    ...networkDocuments(cluster, machine),
    ...registryDocuments(cluster),
    ...ownPatches(cluster, machine),
  ].map((document) => JSON.stringify(document));
}

function commonPatch(cluster: BaseSettings, machine: Machine): object {
  const { network } = cluster;
  const { installer, extensions } = imageOf(cluster, machine);
  const { extraConfig, ...kubelet } = kubeletSettings(cluster, machine);
  const labels = { ...removedLabels(cluster, machine), ...machine.labels };
  return {
    machine: {
      certSANs: apiNames(cluster),
      install: { ...diskPatch(cluster, machine), image: installer },
      kubelet: {
        nodeIP: { validSubnets: ownAddresses(network) },
        // a pod that forks without end takes its own share, not the machine's
        extraConfig: { podPidsLimit: 4096, ...extraConfig },
        ...kubelet,
      },
      kernel: { modules: kernelModules(extensions) },
      sysctls: hostSysctls(cluster, machine),
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
  const files = controlPlaneFiles(cluster);
  const features = controlPlaneFeatures(cluster);
  const { apiServer, etcd, ...others } = controlPlaneSettings(cluster);
  const machine = {
    ...(files.length === 0 ? {} : { files }),
    ...(Object.keys(features).length === 0 ? {} : { features }),
  };
  return {
    ...(Object.keys(machine).length === 0 ? {} : { machine }),
    cluster: {
      ...others,
      // a cloud without workers has nowhere else to run its workloads
      allowSchedulingOnControlPlanes: schedulesOnControlPlanes(cluster),
      apiServer: { certSANs: apiNames(cluster), ...apiServer },
      // of all addresses of a machine, members of etcd use those that other machines reach
      etcd: { advertisedSubnets: subnets, listenSubnets: subnets, ...etcd },
    },
  };
}

function schedulesOnControlPlanes(cluster: BaseSettings): boolean {
  return Object.values(cluster.machines).every(({ role }) => role === "controlplane");
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
