/** Whether two values are the same by content. Keeps no stack, ends on cycles. */
export function sameValue(left: unknown, right: unknown): boolean {
  const pairs: [unknown, unknown][] = [[left, right]];
  const seen = new Set<unknown>();
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair;
    if (Object.is(a, b) || seen.has(a)) continue;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    seen.add(a);
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length || Array.isArray(a) !== Array.isArray(b)) return false;
    for (const name of names) {
      if (!Object.hasOwn(b, name)) return false;
      pairs.push([(a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]]);
    }
  }
  return true;
}
