/** One figure of a table, with what it should stay below on two cores, or reach. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** Missing where there is nothing to reach: figures of others. */
  readonly goal?: number;
  /** Whether the goal is the least that it should be. Default: the most. */
  readonly atLeast?: boolean;
  readonly values: number[];
}

export const HEAD = ["figure", "median", "min", "max", "unit", "goal"] as const;

export function figure(what: string, unit: string, goal?: number, { atLeast = false } = {}): Figure {
  return { what, unit, values: [], atLeast, ...(goal === undefined ? {} : { goal }) };
}

/** Cells under HEAD. */
export function cellsOf({ what, unit, goal, atLeast = false, values }: Figure): string[] {
  const numbers = [median(values), Math.min(...values), Math.max(...values)];
  const digits = Math.max(...values) < 1 ? 3 : 2;
  return [
    what,
    ...numbers.map((value) => value.toFixed(digits)),
    unit,
    goal === undefined ? "" : `${atLeast ? "≥" : "≤"} ${goal}`,
  ];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The value that this share of all, 0 to 1, does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? NaN;
}

/** How much values grow from each to the next, by the line that fits them best (least squares). */
export function slope(values: readonly number[]): number {
  const [centre, mean] = [(values.length - 1) / 2, values.reduce((sum, each) => sum + each, 0) / values.length];
  const [up, down] = values.reduce(
    ([above, below], each, index) => [above + (index - centre) * (each - mean), below + (index - centre) ** 2],
    [0, 0],
  );
  return down === 0 ? 0 : up / down;
}
