import * as pulumi from "@pulumi/pulumi";
import { NAMESPACE } from "../components/core/layers";

/**
 * The settings of a stack file under `firmament:`, with nested values as they were written.
 *
 * Read once, at the start of a program; the engine hands structured settings over as JSON text.
 */
export function readSettings(): Readonly<Record<string, unknown>> {
  const prefix = `${NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), structured(value)]),
  );
}

function structured(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
