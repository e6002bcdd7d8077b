import {
  Evaluator,
  labelsOf,
  levelOf,
  readResource,
  ruleById,
  RULES,
  type Finding,
  type Level,
  type Resource,
  type Settings,
} from "../../policies";

/** A finding with how it is treated. */
export interface EvaluatedFinding extends Finding {
  readonly level: Level;
  /** The stack, file or object it was found in. */
  readonly source: string;
}

/** What is evaluated together under one configuration. */
export interface Batch {
  readonly settings: Settings;
  /** By stack, file or other name in reports. */
  readonly sources: ReadonlyMap<string, readonly unknown[]>;
}

/**
 * Evaluates batches. Resources of all batches know of each other, but each is evaluated under its own configuration.
 *
 * @param complete whether everything was given that exemptions could be for: then, unused ones are findings.
 */
export function evaluate(batches: readonly Batch[], complete: boolean): EvaluatedFinding[] {
  const read = batches.map(({ settings, sources }) => {
    const resources = [...sources].map(
      ([name, given]) => [name, given.flatMap((each) => readResource(each) ?? [])] as const,
    );
    return { settings, resources, evaluator: new Evaluator(RULES, settings) };
  });
  const findings: EvaluatedFinding[] = [];
  const faults: Finding[][] = [];
  for (const batch of read) {
    const own = batch.resources.flatMap(([, resources]) => resources);
    const others = read
      .filter((each) => each !== batch)
      .flatMap((each) => each.resources.flatMap(([, resources]) => resources));
    const owners = ownersOf(batch.resources);
    const [[first] = [""]] = batch.resources;
    for (const finding of batch.evaluator.all(own, others)) {
      const source = owners.get(finding.urn ?? finding.resource) ?? first;
      findings.push(withLevel(finding, batch.settings, source));
    }
    faults.push([...batch.evaluator.exemptions.faults(complete)]);
  }
  // an exemption that is common to several configurations excuses something when it does so in one of them
  const [shared = [], ...rest] = faults;
  const everywhere = (fault: Finding) =>
    rest.every((each) => each.some(({ message, rule }) => same(message, fault) && rule === fault.rule));
  const unused =
    rest.length === 0
      ? shared
      : [...shared.filter(everywhere), ...rest.flat().filter(({ message }) => !message.includes("excuses nothing"))];
  for (const fault of unused) findings.push({ ...fault, level: "mandatory", source: "policies" });
  return findings;
}

function same(message: string, fault: Finding): boolean {
  return message === fault.message;
}

/** Which source a finding is about: resources have a URN, manifests are known by what findings call them. */
function ownersOf(sources: readonly (readonly [string, readonly Resource[]])[]): Map<string | undefined, string> {
  const owners = new Map<string | undefined, string>();
  for (const [source, resources] of sources) {
    for (const resource of resources) {
      if (resource.urn !== undefined) owners.set(resource.urn, source);
      else for (const label of labelsOf(resource)) owners.set(label, source);
    }
  }
  return owners;
}

/** Completes a finding that the evaluator has just made: copies of tens of thousands would take longer than the rules. */
function withLevel(finding: Finding, settings: Settings, source: string): EvaluatedFinding {
  const rule = ruleById(finding.rule);
  const level = rule === undefined ? "mandatory" : levelOf({ id: rule.id, severity: finding.severity }, settings);
  return Object.assign(finding, { source, level: finding.status === "undecided" ? "advisory" : level });
}
