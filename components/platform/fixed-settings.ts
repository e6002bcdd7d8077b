import { refuse } from "../core/problem";
import type { FixedSetting } from "./component";

/** Settings that cannot change, as they are published: value by path. */
export function fixedValues(fixed: Readonly<Record<string, FixedSetting>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fixed).map(([where, { value }]) => [where, value]));
}

/**
 * @param deployed what the last deployment published of them; anything else where there was none.
 * @throws InvalidInput when one is not what it was.
 */
export function refuseChanged(fixed: Readonly<Record<string, FixedSetting>>, deployed: unknown): void {
  const before = new Map(typeof deployed === "object" && deployed !== null ? Object.entries(deployed) : []);
  refuse(
    "platform configuration",
    Object.entries(fixed)
      .filter(([where, { value }]) => before.has(where) && before.get(where) !== value)
      .map(([where, { value, rule, fix }]) => ({
        where,
        given: `${value}, deployed with ${String(before.get(where))}`,
        rule,
        fix,
      })),
  );
}
