import { InvalidInput } from "../../../components/core/problem";
import { type HelmRun, runHelm } from "./helm-command";

/*
 * The Kubernetes provider installs with Helm 3 (3.18 to 3.20 in its releases 4.24 to 4.34). Helm 4 removes other defaults
 * than Helm 3 where a chart's values are null for one of its dependencies: what it renders is not what is installed.
 */

type Helm = Pick<HelmRun, "helm" | "home">;

/** Whether charts may be rendered with it. A helm that does not say its version fails at each release, with its reason. */
export async function isHelm3(helm: Helm): Promise<boolean> {
  return isVersion3(await helmVersion(helm));
}

/** @throws InvalidInput for another version than 3. */
export async function refuseOtherHelm(helm: Helm): Promise<void> {
  const version = await helmVersion(helm);
  if (isVersion3(version)) return;
  throw new InvalidInput("helm", [
    {
      where: helm.helm,
      given: `version ${version}`,
      rule: "must be Helm 3, with which the Kubernetes provider installs charts",
      fix: "give the path of a Helm 3",
    },
  ]);
}

/** Helm's own version, 3.18.6; undefined when it does not say. */
async function helmVersion(helm: Helm): Promise<string | undefined> {
  const args = ["version", "--template", "{{.Version}}"];
  const text = await runHelm({ ...helm, args, timeout: SECONDS }).catch(() => "");
  return /^v?(\d+\.\d+\.\d+)/.exec(text.trim())?.[1];
}

function isVersion3(version: string | undefined): boolean {
  return version === undefined || version.startsWith("3.");
}

const SECONDS = 30;
