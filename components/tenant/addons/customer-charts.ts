import { load } from "js-yaml";
import type { Problem } from "../../core/problem";

/*
 * Charts that a customer asks for, installed by controllers of the management cluster through the tenant's kubeconfig.
 */

interface Chart {
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
  readonly values?: string;
}

const EXACT = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/;

/** @param templates whether values may hold expressions, so that they are YAML only after those are filled in. */
export function chartProblems(
  where: string,
  { repository, version, values = "" }: Chart,
  templates: boolean,
): Problem[] {
  const problems: Problem[] = [];
  if (!/^(?:https|http|oci):\/\/[^\s/]/.test(repository)) {
    const fix = "write it as https://<host>/<path> or oci://<registry>/<path>";
    problems.push({ where: `${where}.repository`, given: repository, rule: "must be a URL of a Helm repository", fix });
  }
  if (!EXACT.test(version)) {
    const rule = "must be an exact version: a range installs what is published tomorrow";
    problems.push({ where: `${where}.version`, given: version, rule, fix: "name one, e.g. 1.2.3" });
  }
  if ((templates && values.includes("{{")) || readValues(values) !== undefined) return problems;
  const fix = "write it as `values: |` and one `key: value` in a line";
  return [
    ...problems,
    { where: `${where}.values`, given: values.split("\n", 1).join(""), rule: "must be YAML of keys and values", fix },
  ];
}

/** Values as they are written down; undefined where they are not what {@link chartProblems} lets through. */
export function readValues(text: string): object | undefined {
  try {
    const value: unknown = text.trim() === "" ? {} : (load(text) ?? {});
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
