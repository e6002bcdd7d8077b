import type { Problem } from "../../../core/problem";
import { bootSource } from "../../node-image";
import type { NodePool, Tenant } from "../../settings";

/** What is wrong with a pool whose machines join by kubeadm. */
export function kubeadmProblems({ kubernetesVersion }: Tenant, where: string, pool: NodePool): Problem[] {
  return [
    ...imageProblems(where, pool, kubernetesVersion.minor),
    ...talosProblems(where, pool),
    ...cloudInitProblems(`${where}.cloudInit`, pool),
  ];
}

/** A kubeadm of another minor than the control plane's does not join. Images whose name says no version are believed. */
function imageProblems(where: string, pool: NodePool, minor: number): Problem[] {
  const source = bootSource(pool);
  if (source === undefined || (source.version?.minor ?? minor) === minor) return [];
  const rule = `must hold kubeadm and kubelet of v1.${minor}, the cluster's version`;
  return [{ where: `${where}.${source.setting}`, given: source.name, rule, fix: `use an image of v1.${minor}` }];
}

function talosProblems(where: string, { talos }: NodePool): Problem[] {
  if (talos === undefined) return [];
  const rule = "is for machines that run Talos, and those of this pool join by kubeadm";
  return [{ where: `${where}.talos`, given: talos.version, rule, fix: "set bootstrap to talos, or remove it" }];
}

/** Folders whose files others write: kubeadm, kubelet, Cluster API. */
const OWNED = /^\/(etc\/kubernetes|var\/lib\/kubelet|run\/kubeadm|run\/cluster-api|var\/lib\/cloud|etc\/cloud)(\/|$)/;

/** Files of cloud-init that would be lost, that break the join, or that everybody may read. */
function cloudInitProblems(where: string, { cloudInit }: NodePool): Problem[] {
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

/** Machines that run another patch than the control plane. */
export function imageNotices({ kubernetesVersion }: Tenant, where: string, pool: NodePool): Problem[] {
  const source = bootSource(pool);
  if (source?.version === undefined || String(source.version) === String(kubernetesVersion)) return [];
  const rule = `its machines run ${source.version}, not ${kubernetesVersion} as the control plane`;
  const fix = `for the same version use an image of ${kubernetesVersion}`;
  return [{ where: `${where}.${source.setting}`, given: source.name, rule, fix }];
}
