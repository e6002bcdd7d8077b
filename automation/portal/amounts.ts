import { quantity } from "../../components/core/quantity";
import type { Amounts } from "./page/wire";

export const KEYS = ["cpu", "memory", "storage"] as const satisfies readonly (keyof Amounts)[];

export const NONE: Amounts = { cpu: 0, memory: 0, storage: 0 };

export function sum(all: readonly Amounts[]): Amounts {
  return all.reduce(
    (one, other) => ({
      cpu: one.cpu + other.cpu,
      memory: one.memory + other.memory,
      storage: one.storage + other.storage,
    }),
    NONE,
  );
}

/** Amounts from Kubernetes quantities; what is missing or is none counts nothing. */
export function amountsOf(quantities: Readonly<Record<string, unknown>>): Amounts {
  const of = (key: string): number => {
    const given = quantities[key];
    if (typeof given !== "string" && typeof given !== "number") return 0;
    try {
      return quantity(String(given));
    } catch {
      return 0;
    }
  };
  return { cpu: of("cpu"), memory: of("memory"), storage: of("storage") };
}

/** Price of amounts for a month; memory and storage cost by GiB. */
export function costOf(amounts: Amounts, prices: Amounts): number {
  const gibibyte = 2 ** 30;
  const exact =
    amounts.cpu * prices.cpu +
    (amounts.memory / gibibyte) * prices.memory +
    (amounts.storage / gibibyte) * prices.storage;
  return Math.round(exact * 100) / 100;
}
