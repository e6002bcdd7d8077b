import type { Path } from "./view";
import { secretOf } from "./unknown";

type Fields = Record<string, unknown>;

interface Step {
  readonly value: unknown;
  readonly path: Path;
}

/**
 * Where the secrets in inputs are, as a remediation sees them: there, unlike in a validation, each is an object of the
 * class Secret.
 */
export function secretPaths(props: unknown): Path[] {
  const paths: Path[] = [];
  const seen = new Set<object>();
  const stack: Step[] = [{ value: props, path: [] }];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { value, path } = step;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value.constructor?.name === "Secret" && Object.hasOwn(value, "value")) {
      paths.push(path);
      continue;
    }
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner !== "object" || inner === null) continue;
      stack.push({ value: inner, path: [...path, Array.isArray(value) ? Number(name) : name] });
    }
  }
  return paths;
}

/** The same inputs with what stands at those places marked as secret. Only objects and lists that contain them are copied. */
export function withSecrets(props: unknown, paths: readonly Path[]): unknown {
  return paths.reduce((root, path) => marked(root, path, 0), props);
}

function marked(value: unknown, path: Path, depth: number): unknown {
  const step = path[depth];
  if (step === undefined) return secretOf(value);
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return value;
  const copy: unknown = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  (copy as Fields)[step] = marked((value as Fields)[step], path, depth + 1);
  return copy;
}
