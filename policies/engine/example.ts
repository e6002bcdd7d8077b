import type { Example } from "./rule";

/** The example a rule gives, in its long form: one manifest stands for itself. */
export function exampleOf(given: object): Example {
  return Object.hasOwn(given, "resources") && Array.isArray((given as Example).resources)
    ? (given as Example)
    : { resources: [given] };
}
