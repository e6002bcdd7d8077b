/** One figure of a table, with what it should stay below on two cores. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** Missing where there is nothing to reach: figures of others. */
  readonly goal?: number;
  readonly values: number[];
}

export const HEAD = ["figure", "median", "min", "max", "unit", "goal"] as const;

export function figure(what: string, unit: string, goal?: number): Figure {
  return { what, unit, values: [], ...(goal === undefined ? {} : { goal }) };
}

/** Cells under HEAD. */
export function cellsOf({ what, unit, goal, values }: Figure): string[] {
  const numbers = [median(values), Math.min(...values), Math.max(...values)];
  const digits = Math.max(...values) < 1 ? 3 : 2;
  return [what, ...numbers.map((value) => value.toFixed(digits)), unit, goal === undefined ? "" : `≤ ${goal}`];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
