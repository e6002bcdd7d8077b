import { labelKeyProblems } from "../../core/node-labels";
import type { Problem } from "../../core/problem";
import type { NodePool } from "../settings";

/** Rollouts that never end, and places that nothing names. */
export function lifeProblems(where: string, { rollout, spread }: NodePool): Problem[] {
  const { strategy, maxSurge, maxUnavailable } = rollout;
  const problems = labelKeyProblems(`${where}.spread.topologyKey`, spread.topologyKey);
  if (strategy === "OnDelete" || maxSurge + maxUnavailable > 0) return problems;
  const rule = "must let a machine be added or missing while the pool rolls: it would never begin";
  const fix = "set maxSurge or maxUnavailable to 1";
  return [...problems, { where: `${where}.rollout`, given: "maxSurge 0, maxUnavailable 0", rule, fix }];
}

/** Folders whose files others write: kubeadm, kubelet, Cluster API. */
const OWNED = /^\/(etc\/kubernetes|var\/lib\/kubelet|run\/kubeadm|run\/cluster-api|var\/lib\/cloud|etc\/cloud)(\/|$)/;

/** Files of cloud-init that would be lost, that break the join, or that everybody may read. */
export function cloudInitProblems(where: string, { cloudInit }: NodePool): Problem[] {
  return cloudInit.files.flatMap(({ path, content }, index, all) => {
    const at = `${where}.files.${index}`;
    const again = all.slice(0, index).some((other) => other.path === path);
    return [
      ...(again
        ? [
            {
              where: `${at}.path`,
              given: path,
              rule: "must be the only file of its path",
              fix: "remove one of the two",
            },
          ]
        : []),
      ...(OWNED.test(path)
        ? [
            {
              where: `${at}.path`,
              given: path,
              rule: "is kubeadm's, kubelet's or cloud-init's own: the machine would not join",
              fix: "choose another folder, or a setting of tenant.nodePools.<name>.kubelet",
            },
          ]
        : []),
      ...(/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(content)
        ? [
            {
              where: `${at}.content`,
              given: "a private key",
              rule: "must hold no secrets: who may read the tenant's namespace can read it, and it is in previews",
              fix: "let machines fetch it, or put it into a Secret of the tenant's cluster",
            },
          ]
        : []),
    ];
  });
}
