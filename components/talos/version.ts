import { NEWEST_CONTRACT, TALOS_MINORS } from "../../versions/talos";
import type { Problem } from "../core/problem";
import { DEFAULT_CLASS, type MachineImage, usedImages } from "./image/classes";
import type { BaseSettings } from "./settings";

/** The version contract that the provider is asked for: v1.13 also for machines that run Talos 1.14. */
export function contractOf({ talos: { version } }: BaseSettings): string {
  return `v1.${Math.min(minorOf(version), NEWEST_CONTRACT)}`;
}

/** Talos against its installer and Kubernetes. */
export function talosVersionProblems(base: BaseSettings): Problem[] {
  const images = usedImages(base);
  return [...images.flatMap((image) => contractProblems(base, image)), ...kubernetesProblems(base, images)];
}

/** An installer whose tag says its version must know the contract. */
function contractProblems({ talos: { version } }: BaseSettings, { name, installer }: MachineImage): Problem[] {
  const installed = installedMinor(installer);
  if (installed === undefined || installed >= minorOf(version)) return [];
  const of = name === DEFAULT_CLASS ? "the installer" : `the installer of ${name}`;
  const rule = `must not be newer than ${of}, which is v1.${installed}`;
  return [
    { where: "base.talos.version", given: version, rule, fix: `set it to v1.${installed}, or a newer installer` },
  ];
}

/** Talos refuses a kubelet that it was not tried with only when the machine starts. */
function kubernetesProblems(
  { kubernetesVersion, talos: { version } }: BaseSettings,
  images: readonly MachineImage[],
): Problem[] {
  const minors = new Set(images.map(({ installer }) => installedMinor(installer) ?? minorOf(version)));
  return [...minors].flatMap((talos) => {
    const runs = TALOS_MINORS[talos]?.kubernetes;
    if (runs === undefined || (runs.oldest <= kubernetesVersion.minor && kubernetesVersion.minor <= runs.newest))
      return [];
    return [
      {
        where: "base.kubernetesVersion",
        given: String(kubernetesVersion),
        rule: `Talos v1.${talos} runs v1.${runs.oldest} to v1.${runs.newest}`,
        fix: "choose one of these, or another Talos",
      },
    ];
  });
}

/** Whether the installer may not be put onto machines that another one installed; both say their version or all goes. */
export function upgradeProblems(where: string, installer: string, deployed: string): Problem[] {
  const [wanted, running] = [installedMinor(installer), installedMinor(deployed)];
  const from = wanted === undefined ? undefined : TALOS_MINORS[wanted]?.from;
  if (from === undefined || running === undefined || (from.oldest <= running && running <= from.newest)) return [];
  return [
    {
      where,
      given: installer,
      rule: `Talos v1.${wanted} is installed over v1.${from.oldest} to v1.${from.newest}; v1.${running} is deployed`,
      fix: running < from.oldest ? `upgrade to v1.${running + 1} first` : "choose a newer installer",
    },
  ];
}

/** The minor that the tag of an installer says. */
export function installedMinor(installer: string): number | undefined {
  const minor = /:v1\.(\d+)\.\d+/.exec(installer)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** 13 of v1.13. */
export function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}
