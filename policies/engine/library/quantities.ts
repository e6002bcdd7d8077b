import type { View } from "../view";

const FACTORS: Readonly<Record<string, number>> = {
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
 * The number behind a quantity as manifests write it: `500m`, `4Gi`, `1e3`, 2. Unlike the value module for settings it
 * takes every form the API server takes. Undefined for what is no quantity.
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.length > 64) return undefined;
  const match = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(value);
  if (match === null) return undefined;
  const factor = FACTORS[match[3] ?? ""];
  return factor === undefined ? undefined : Number(`${match[1]}${match[2] ?? ""}`) * factor;
}

export function quantityOf(view: View): number | undefined {
  return parseQuantity(view.value);
}
