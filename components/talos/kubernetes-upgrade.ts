import type { Problem } from "../core/problem";
import type { KubernetesVersion } from "../core/version";
import type { BaseSettings } from "./settings";

/*
 * A kubelet must not be newer than the API servers that it talks to: since Kubernetes 1.31 it starts no pods then
 * (kubernetes/kubernetes#127316). One configuration holds the versions of both, and the kubelet of the first control
 * plane would meet the old API servers of the others. So another version takes two runs: API servers, then kubelets.
 */

/** What the last deployment left running; nothing before the first one. */
interface Running {
  readonly kubernetesVersion?: KubernetesVersion;
  /** Older stacks do not say: that of the API servers. */
  readonly kubeletVersion?: KubernetesVersion;
}

/** The version of kubelets in this run: what they had, until the API servers of the last run have the new one. */
export function kubeletVersionOf(base: BaseSettings, deployed: Running): KubernetesVersion {
  const { kubernetesVersion: running } = deployed;
  const wanted = base.kubernetesVersion;
  if (running === undefined || String(running) === String(wanted)) return wanted;
  return deployed.kubeletVersion ?? running;
}

/** What the user has to do when kubelets wait. */
export function kubeletNotices(base: BaseSettings, kubelets: KubernetesVersion): Problem[] {
  const given = String(base.kubernetesVersion);
  if (String(kubelets) === given) return [];
  const rule = `API servers get it in this run, kubelets stay at ${kubelets} until all of them have it`;
  return [{ where: "base.kubernetesVersion", given, rule, fix: "run `pulumi up` once more after this run" }];
}

/** The next minor has to wait until kubelets have the last one. */
export function kubeletProblems(base: BaseSettings, { kubernetesVersion, kubeletVersion }: Running): Problem[] {
  const wanted = base.kubernetesVersion;
  if (kubernetesVersion === undefined || kubeletVersion === undefined) return [];
  if (wanted.minor <= kubernetesVersion.minor || kubeletVersion.minor === kubernetesVersion.minor) return [];
  return [
    {
      where: "base.kubernetesVersion",
      given: String(wanted),
      rule: `kubelets run ${kubeletVersion} still; API servers ${kubernetesVersion}`,
      fix: `set it to ${kubernetesVersion} and run \`pulumi up\` first, which upgrades the kubelets`,
    },
  ];
}

/** Keeps kubelets at a version that is not that of the settings. */
export function kubeletPatches(base: BaseSettings, kubelets: KubernetesVersion): string[] {
  if (String(kubelets) === String(base.kubernetesVersion)) return [];
  return [JSON.stringify({ machine: { kubelet: { image: `${KUBELET_IMAGE}:${kubelets}` } } })];
}

/** Where Talos takes kubelets from (machinery 1.13.0, constants.go); registry mirrors apply to it. */
const KUBELET_IMAGE = "ghcr.io/siderolabs/kubelet";
