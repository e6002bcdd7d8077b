import { NEWEST_CONTRACT, TALOS_MINORS } from "../../../../versions/talos";
import type { Problem } from "../../../core/problem";
import { unserved } from "../../platform-capabilities";
import { bootSource } from "../../node-image";
import type { NodePool, Tenant } from "../../settings";
import { patchProblems } from "./patches";

/** What is wrong with a pool whose machines run Talos. */
export function talosProblems(tenant: Tenant, where: string, pool: NodePool): Problem[] {
  return [
    ...unserved(tenant, {
      where: `${where}.bootstrap`,
      given: "talos",
      capability: "cluster-api/talos",
      fix: "set it to kubeadm: the platform has nothing that lets Talos machines join hosted control planes",
    }),
    ...versionProblems(tenant, where, pool),
    ...diskProblems(where, pool),
    ...cloudInitProblems(where, pool),
    ...(pool.talos?.strategicPatches ?? []).flatMap((patch, index) =>
      patchProblems(`${where}.talos.strategicPatches.${index}`, patch),
    ),
  ];
}

function versionProblems({ kubernetesVersion }: Tenant, where: string, { talos }: NodePool): Problem[] {
  if (talos === undefined) {
    const rule = "must say which Talos its image holds";
    return [{ where: `${where}.talos`, given: "missing", rule, fix: "give talos.version, e.g. v1.13" }];
  }
  const problem = (rule: string, fix: string) => [{ where: `${where}.talos.version`, given: talos.version, rule, fix }];
  const minor = Number(talos.version.split(".")[1]);
  const minors = Object.keys(TALOS_MINORS).map(Number);
  const usable = minors.filter((each) => each <= NEWEST_CONTRACT).sort((a, b) => a - b);
  const known = TALOS_MINORS[minor];
  if (known === undefined || !usable.includes(minor)) {
    return problem("is no Talos that the provider writes configurations for", `use ${listed(usable)}`);
  }
  const { oldest, newest } = known.kubernetes;
  if (kubernetesVersion.minor >= oldest && kubernetesVersion.minor <= newest) return [];
  const fitting = usable.filter((each) => runs(each, kubernetesVersion.minor));
  const fix = fitting.length === 0 ? "use another version of Kubernetes" : `use ${listed(fitting)}`;
  return problem(`runs Kubernetes v1.${oldest} to v1.${newest}, and the cluster has ${kubernetesVersion}`, fix);
}

function runs(minor: number, kubernetes: number): boolean {
  const known = TALOS_MINORS[minor]?.kubernetes;
  return known !== undefined && kubernetes >= known.oldest && kubernetes <= known.newest;
}

const listed = (minors: readonly number[]) => minors.map((minor) => `v1.${minor}`).join(" or ");

/** Talos keeps its configuration and the kubelet's certificate on its disk, and installs its upgrades there. */
function diskProblems(where: string, pool: NodePool): Problem[] {
  const source = bootSource(pool);
  if (pool.disk !== undefined || source?.setting !== "image") return [];
  const rule = "must not be what machines that run Talos boot from: a container disk is blank again at every start";
  const fix = `give ${where}.disk: machines get disks of their own, filled from the image`;
  return [{ where: `${where}.image`, given: source.name, rule, fix }];
}

/** Talos has no shell, no users and no cloud-init. */
function cloudInitProblems(where: string, { cloudInit, ssh }: NodePool): Problem[] {
  const { files, preKubeadmCommands, postKubeadmCommands } = cloudInit;
  const rule = "is for machines that kubeadm joins: Talos has neither a shell nor users";
  const fix = "remove it, and say it in talos.strategicPatches where Talos has a setting for it";
  const amount = files.length + preKubeadmCommands.length + postKubeadmCommands.length;
  return [
    ...(amount === 0 ? [] : [{ where: `${where}.cloudInit`, given: `${amount} of its steps`, rule, fix }]),
    ...(ssh === undefined ? [] : [{ where: `${where}.ssh`, given: ssh.user, rule, fix: "remove it" }]),
  ];
}
