import * as semver from "semver";
import { SUPPORTED_MINORS } from "../../versions/kubernetes";
import type { Problem } from "./problem";

/** A Kubernetes version, v1.34.4. Compared by value, printed with its v. */
export class KubernetesVersion {
  private constructor(
    readonly minor: number,
    readonly patch: number,
  ) {}

  /** @throws RangeError when the text is not a full Kubernetes version with its v. */
  static parse(text: string): KubernetesVersion {
    const parsed = text.startsWith("v") ? semver.parse(text) : null;
    if (parsed === null || parsed.major !== 1 || parsed.prerelease.length > 0 || text !== `v${parsed.version}`) {
      throw new RangeError(`${text} is not a Kubernetes version like v1.34.4`);
    }
    return new KubernetesVersion(parsed.minor, parsed.patch);
  }

  toString(): string {
    return `v1.${this.minor}.${this.patch}`;
  }
}

/** What is wrong with running `wanted`, where `deployed` (if any) runs now. */
export function versionProblems(where: string, wanted: KubernetesVersion, deployed?: KubernetesVersion): Problem[] {
  const { oldest, newest } = SUPPORTED_MINORS;
  const given = String(wanted);
  if (wanted.minor < oldest || wanted.minor > newest) {
    return [{ where, given, rule: `must be v1.${oldest} to v1.${newest}`, fix: "choose a supported minor" }];
  }
  if (deployed === undefined) return [];
  if (wanted.minor > deployed.minor + 1) {
    const fix = `go to v1.${deployed.minor + 1} first`;
    return [{ where, given, rule: `must not skip a minor; ${deployed} is deployed`, fix }];
  }
  const older = wanted.minor < deployed.minor || (wanted.minor === deployed.minor && wanted.patch < deployed.patch);
  if (older) {
    return [{ where, given, rule: `must not go back; ${deployed} is deployed`, fix: `set ${deployed} or newer` }];
  }
  return [];
}
