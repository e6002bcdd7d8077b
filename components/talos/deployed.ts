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
  adopted: z.boolean().exactOptional(),
  machines: z
    .record(
      z.string(),
      z.object({
        role: z.enum(["controlplane", "worker"]),
        address: z.string(),
        endpoint: z.string().optional(),
        installer: z.string().optional(),
        extensions: z.array(z.string()).optional(),
      }),
    )
    .exactOptional(),
  configurations: z.record(z.string(), z.record(z.string(), z.string())).exactOptional(),
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
    ...adoptionChange(base, deployed),
    ...installerProblems(base, deployed),
    ...removalProblems(base, deployed.machines),
  ];
}

/** Keys that Firmament has made are in the state and nowhere else; those of an adopted cluster are in the stack file. */
function adoptionChange({ adopted }: BaseSettings, deployed: Deployed): Problem[] {
  const before = deployed.adopted ?? false;
  if (deployed.machines === undefined || before === (adopted !== undefined)) return [];
  const given = adopted === undefined ? "taken out" : "given";
  const rule = `the cluster is deployed ${before ? "with" : "without"} it, and has the keys that go with that`;
  return [{ where: "adopted", given, rule, fix: before ? "set it again" : "take it out" }];
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

/** What Talos' own table does not allow; the rest is upgraded by this deployment (life/prepared-machine.ts). */
function installerProblems(base: BaseSettings, deployed: Deployed): Problem[] {
  const problems = machinesOf(base).flatMap((machine) => {
    const before = deployed.machines?.[machine.name];
    // older stacks publish one installer for all machines
    const running = before === undefined ? undefined : (before.installer ?? deployed.installer);
    const image = findImage(base, machine);
    if (running === undefined || image === undefined || image.installer === running) return [];
    return upgradeProblems(image.where, image.installer, running);
  });
  // once for all machines of an image
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
