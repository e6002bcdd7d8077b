import type { z as Library } from "zod";
import type { Settings } from "./settings";

type Zod = typeof Library;
type Shape = Readonly<Record<string, Library.ZodType>>;

/** The parameters of a rule. Declared beside it and named in its `params`; an unknown or wrong one is an error. */
export interface Parameters<Values extends object = object> {
  /** Id of the rule. */
  readonly rule: string;
  /** Schemas by name, made with the library; see settings.ts for why that is handed in. */
  readonly shape: (z: Zod) => Shape;
  /** What the configuration gives; each may be missing. */
  of(settings: Settings): Partial<Values>;
}

type ValuesOf<S extends Shape> = { readonly [Name in keyof S]: Library.output<S[Name]> };

const NONE = {};

/**
 * Declares the parameters of a rule:
 *
 *     const PARAMS = parameters("rbac-escalate", (z) => ({ allowed: names(z).describe("ClusterRoles that may …") }));
 *     … PARAMS.of(settings).allowed
 */
export function parameters<S extends Shape>(rule: string, shape: (z: Zod) => S): Parameters<ValuesOf<S>> {
  return {
    rule,
    shape,
    // checked by the shape when the configuration was read
    of: ({ params }) => (Object.hasOwn(params, rule) ? params[rule] : NONE) as Partial<ValuesOf<S>>,
  };
}

/** A list of names. */
export function names(z: Zod) {
  return z.array(z.string()).readonly();
}

/** Texts by name. */
export function textsByName(z: Zod) {
  return z.record(z.string(), z.string());
}
