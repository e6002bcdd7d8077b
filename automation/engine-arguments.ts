import type { OperationOptions } from "./engine-options";

/** Policies, as the Automation API takes them. */
export function packs({ policies }: OperationOptions) {
  return {
    ...(policies === undefined ? {} : { policyPacks: [policies.pack] }),
    ...(policies?.config === undefined ? {} : { policyPackConfigs: [policies.config] }),
  };
}

/** What a deployment takes beside what all operations do. */
export function deployment(options: OperationOptions) {
  return { ...packs(options), ...(options.continueOnError === true ? { continueOnError: true } : {}) };
}

/** A signal of its own for each operation, since the Automation API never takes its listeners away. */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length === 0 ? undefined : AbortSignal.any(given);
}
