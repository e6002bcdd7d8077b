/**
 * What an earlier release deployed, without what differs from cloud to cloud.
 *
 * `e04b302.json` was made from the states of a sandbox that commit e04b302 had raised: per stack every resource with its
 * identity, options and inputs. Secrets, addresses, ports and keys were replaced by {@link VOLATILE}; in their place
 * comes what a running cloud has there, so that an engine can take the result for a state and preview over it.
 */
export const VOLATILE = "<volatile>";

export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  readonly inputs?: unknown;
}

/** By name of the stack. */
export type Recording = Readonly<Record<string, readonly RecordedResource[]>>;

export interface StateResource extends RecordedResource {
  readonly id?: string;
  readonly outputs?: unknown;
}

export interface State {
  readonly version: number;
  readonly deployment: { readonly resources?: readonly StateResource[] };
}

/** The recorded resources as a state; what is volatile and what only the engine knows is taken from a running cloud. */
export function asState(recorded: readonly RecordedResource[], running: State): State {
  const present = new Map((running.deployment.resources ?? []).map((resource) => [resource.urn, resource]));
  const ids = new Map<string, string>();
  for (const { urn, id } of present.values()) if (id !== undefined) ids.set(urn, id);
  const resources = recorded.map((resource): StateResource => {
    const now = present.get(resource.urn);
    const inputs = filled(resource.inputs, now?.inputs);
    const provider = resource.provider === undefined ? undefined : withId(resource.provider, ids);
    return {
      // timestamps and marks of secrets
      ...now,
      ...resource,
      ...(inputs === undefined ? {} : { inputs }),
      ...(provider === undefined ? {} : { provider }),
      ...(now?.outputs === undefined ? { outputs: inputs ?? {} } : { outputs: now.outputs }),
      ...(resource.custom ? { id: now?.id ?? "unknown-to-the-running-cloud" } : {}),
    };
  });
  return { ...running, deployment: { ...running.deployment, resources } };
}

/** A reference to a provider ends with the id that it has in its cloud. */
function withId(reference: string, ids: ReadonlyMap<string, string>): string {
  const urn = reference.slice(0, reference.lastIndexOf("::"));
  return `${urn}::${ids.get(urn) ?? "unknown"}`;
}

function filled(recorded: unknown, now: unknown): unknown {
  if (recorded === VOLATILE) return now ?? VOLATILE;
  if (Array.isArray(recorded)) {
    return recorded.map((item: unknown, index) => filled(item, Array.isArray(now) ? now[index] : undefined));
  }
  if (typeof recorded !== "object" || recorded === null) return recorded;
  const other = (typeof now === "object" && now !== null ? now : {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(recorded).map(([key, value]) => [key, filled(value, other[key])]));
}
