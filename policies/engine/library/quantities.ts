import { SUFFIX_FACTORS } from "../../../components/core/quantity";
import type { View } from "../view";

/**
 * The number behind a quantity as manifests write it: `500m`, `4Gi`, `1e3`, 2. Unlike the value module for settings it
 * takes every form the API server takes. Undefined for what is no quantity.
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.length > 64) return undefined;
  const match = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(value);
  if (match === null) return undefined;
  const factor = SUFFIX_FACTORS[match[3] ?? ""];
  return factor === undefined ? undefined : Number(`${match[1]}${match[2] ?? ""}`) * factor;
}

export function quantityOf(view: View): number | undefined {
  return parseQuantity(view.value);
}
