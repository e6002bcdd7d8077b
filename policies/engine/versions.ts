/** Kubernetes minors that Kamaji and Cluster API start and look after (capabilities of their newest releases). */
export const SUPPORTED_VERSIONS = { oldest: 30, newest: 36 } as const;

export interface PatchVersion {
  readonly minor: number;
  readonly patch: number;
}

/** An exact Kubernetes version, v1.34.1 or 1.34.1; undefined for anything else. */
export function parsePatchVersion(text: string | undefined): PatchVersion | undefined {
  const match = /^v?1\.(\d{1,3})\.(\d{1,4})$/.exec(text ?? "");
  return match === null ? undefined : { minor: Number(match[1]), patch: Number(match[2]) };
}

/** The minor of a version that need not be exact. */
export function parseMinor(text: string | undefined): number | undefined {
  const match = /^v?1\.(\d{1,3})(?:\.|$)/.exec(text ?? "");
  return match === null ? undefined : Number(match[1]);
}

/** An exact semantic version, with or without v. */
export function isExactVersion(text: string): boolean {
  return /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(text);
}
