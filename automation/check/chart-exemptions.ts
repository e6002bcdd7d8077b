import { z } from "zod";
import { checked } from "../../components/core/checked";
import { ofRelease } from "./component-policies";
import type { Exemption } from "../../policies";

/**
 * Section `check.charts` of policy files: what charts of the site's own need beyond the rules. The same as entries of
 * `exemptions`, one for each rule of each object, without saying for each who answers for it and until when.
 */
function schema() {
  const texts = z.string().min(1);
  return z.strictObject({
    owner: texts,
    expiry: z.iso.date("must be a date like 2027-03-31"),
    /** By release, `<namespace>/<name>`. */
    releases: z.record(
      z.string(),
      z.array(
        z.strictObject({
          object: z.strictObject({ kind: texts, name: texts }),
          /** Rules by the reason why they cannot hold for the object. */
          because: z.record(z.string(), z.array(texts).min(1)),
        }),
      ),
    ),
  });
}

/**
 * The exemptions of a section `check.charts`, one rule and one object each.
 *
 * @param file where it stands, for messages.
 * @throws InvalidInput with every problem at once.
 */
export function chartExemptions(section: unknown, file: string): Exemption[] {
  if (section === undefined) return [];
  const { owner, expiry, releases } = checked(schema(), section, {
    what: `check.charts of ${file}`,
    fix: "correct it",
  });
  return Object.entries(releases).flatMap(([release, objects]) => ofRelease(release, objects, { owner, expiry }));
}
