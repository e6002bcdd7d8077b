import { objectRule, type ResourceRule, type RuleFacts, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import { HOSTED_KINDS, hostedControlPlane, type HostedControlPlane } from "./hosted";

/** A rule about control planes that Kamaji runs, whichever kind describes them. */
export function hostedRule(
  rule: RuleFacts & {
    readonly check: (controlPlane: HostedControlPlane, settings: Settings) => Iterable<Violation>;
  },
): ResourceRule {
  const { check, ...facts } = rule;
  return objectRule({
    ...facts,
    kinds: HOSTED_KINDS,
    check: (target, settings) => check(target.memo(hostedControlPlane), settings),
  });
}
