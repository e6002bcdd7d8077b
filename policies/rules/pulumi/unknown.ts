import { deployment } from "../../engine/library/examples";
import { resourceRule } from "../../engine/rule";
import { UNKNOWN } from "../../engine/unknown";

/**
 * Has no check of its own: the engine of the rules reports it for every value that a rule asked for and that is not
 * known yet (evaluator.ts). It is a rule so that it has a level, a description and a place in reports like all others.
 */
export const unknownValues = resourceRule({
  id: "pulumi-unknown",
  group: "pulumi",
  title: "Unknown values never hide other findings",
  severity: "high",
  references: ["@pulumi/policy UnknownValueError"],
  types: ["any"],
  fix: "nothing now: the rules named are decided when the value is known, in `up`",
  docs: {
    why: "A preview does not know values that other resources compute. Other packs then skip the whole resource: the pull request passes and the update fails. Here only the rules that need the value are undecided.",
    pass: deployment(),
    fail: deployment({ hostNetwork: UNKNOWN }),
  },
  on: () => false,
  check: () => [],
});
