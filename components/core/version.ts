import { SUPPORTED_MINORS } from "../../versions/kubernetes";
import type { Problem } from "./problem";

/** v1.34.4: no leading zeros, no pre-release. The semver package is too slow to load for this. */
const RELEASE = /^v1\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/;

/** A Kubernetes version, v1.34.4. Compared by value, printed with its v. */
export class KubernetesVersion {
  private constructor(
    readonly minor: number,
    readonly patch: number,
  ) {}

  /** @throws RangeError when the text is not a full Kubernetes version with its v. */
  static parse(text: string): KubernetesVersion {
    const [, minor, patch] = RELEASE.exec(text) ?? [];
    if (minor === undefined || patch === undefined) {
      throw new RangeError(`${text} is not a Kubernetes version like v1.34.4`);
    }
    return new KubernetesVersion(Number(minor), Number(patch));
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
