/** Factors of all suffixes of Kubernetes quantities; binary for memory and disks, decimal for the rest. */
export const SUFFIX_FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number behind a Kubernetes quantity, in its base unit: bytes, cores, pieces. `quantity("4Gi")` is 4294967296.
 * Settings take suffixes from m to Pi.
 *
 * @throws RangeError when the text is not a quantity.
 */
export function quantity(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(m|k|[MGTP]i?|Ki)?$/.exec(text);
  const factor = match === null ? undefined : SUFFIX_FACTORS[match[2] ?? ""];
  if (match === null || factor === undefined) throw new RangeError(`"${text}" is not a quantity like 4Gi, 500m or 2`);
  return Number(match[1]) * factor;
}
