import { z } from "zod";
import type { Problem } from "../core/problem";
import { kubernetesVersion } from "../core/schema";
import { versionProblems } from "../core/version";
import { findImage } from "./image/classes";
import { kubeletProblems } from "./kubernetes-upgrade";
import { removalProblems } from "./removed-machines";
import { type BaseSettings, machinesOf } from "./settings";
import { upgradeProblems } from "./version";

/** What the last deployment of a base stack published, as far as it did. */
const deployed = z.object({
  cluster: z.string().exactOptional(),
  kubernetesVersion: kubernetesVersion.exactOptional(),
  kubeletVersion: kubernetesVersion.exactOptional(),
  installer: z.string().exactOptional(),
  podCidrs: z.array(z.string()).exactOptional(),
  serviceCidrs: z.array(z.string()).exactOptional(),
  dnsDomain: z.string().exactOptional(),
  machines: z
    .record(
      z.string(),
      z.object({
        role: z.enum(["controlplane", "worker"]),
        address: z.string(),
        installer: z.string().exactOptional(),
      }),
    )
    .exactOptional(),
});
export type Deployed = z.output<typeof deployed>;

/** Names of the outputs that {@link readDeployed} reads. */
export const DEPLOYED_OUTPUTS: readonly string[] = Object.keys(deployed.shape);

/** Outputs of the last deployment; none before the first one. */
export function readDeployed(outputs: unknown): Deployed {
  return deployed.parse(outputs);
}

/** Changes of what runs that are not possible, or that would change a text and nothing on the machines. */
export function deploymentProblems(base: BaseSettings, deployed: Deployed): Problem[] {
  return [
    ...versionProblems("base.kubernetesVersion", base.kubernetesVersion, deployed.kubernetesVersion),
    ...kubeletProblems(base, deployed),
    ...fixed("base.cluster", base.cluster, deployed.cluster),
    ...fixed("base.network.podCidrs", base.network.podCidrs.join(", "), deployed.podCidrs?.join(", ")),
    ...fixed("base.network.serviceCidrs", base.network.serviceCidrs.join(", "), deployed.serviceCidrs?.join(", ")),
    ...fixed("base.network.dnsDomain", base.network.dnsDomain, deployed.dnsDomain),
    ...installerProblems(base, deployed),
    ...removalProblems(base, deployed.machines),
  ];
}

/**
 * Names and networks are in certificates, in etcd and in the identity of every object that the other layers made: with
 * another name of the cluster, providers would take it for another cluster and replace all of them.
 */
function fixed(where: string, given: string, deployed: string | undefined): Problem[] {
  if (deployed === undefined || deployed === given) return [];
  const rule = `is fixed when the cluster is created; ${deployed} is deployed`;
  return [{ where, given, rule, fix: `set it back to ${deployed}, or make another cloud` }];
}

/**
 * The provider writes the installer into the configuration of a machine and upgrades none
 * (siderolabs/terraform-provider-talos 0.11; #274, #134 there). New machines are installed with any.
 */
function installerProblems(base: BaseSettings, deployed: Deployed): Problem[] {
  const upgraded = [base.talos.upgradedTo ?? []].flat();
  const wrong = new Map<string, Upgrade>();
  for (const machine of machinesOf(base)) {
    const before = deployed.machines?.[machine.name];
    // older stacks publish one installer for all machines
    const running = before === undefined ? undefined : (before.installer ?? deployed.installer);
    const image = findImage(base, machine);
    if (running === undefined || image === undefined) continue;
    const { name, where, installer } = image;
    if (running === installer || upgraded.includes(installer)) continue;
    const key = `${name} ${running}`;
    const addresses = [...(wrong.get(key)?.addresses ?? []), machine.address];
    wrong.set(key, { where, installer, running, addresses });
  }
  return [...wrong.values()].flatMap(upgradeOf);
}

/** What machines of one image would have to be upgraded to, and from. */
interface Upgrade {
  readonly where: string;
  readonly installer: string;
  readonly running: string;
  readonly addresses: readonly string[];
}

function upgradeOf({ where, installer, running, addresses }: Upgrade): Problem[] {
  const impossible = upgradeProblems(where, installer, running);
  if (impossible.length > 0) return impossible;
  return [
    {
      where,
      given: installer,
      rule: `upgrades no machine that runs; ${running} is deployed`,
      fix:
        `run \`talosctl upgrade --nodes <address> --image ${installer}\` for one machine after the other ` +
        `(${addresses.join(", ")}), then set base.talos.upgradedTo to the same image`,
    },
  ];
}
