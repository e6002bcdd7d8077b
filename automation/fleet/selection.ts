import { compareLayers, type Layer } from "../../components/core/layers";
import { InvalidInput } from "../../components/core/problem";
import type { StackName } from "../../stacks/stack-name";

/** Which stacks of a project an operation is about; every part that is given must fit. */
export interface Selection {
  /** Names, or patterns with `*` for any text: `tenant.berlin.*`. Default: all. */
  readonly stacks?: readonly string[];
  readonly layers?: readonly Layer[];
  readonly clouds?: readonly string[];
  /** Only those that what git sees as changed since this commit or branch concerns; that may be none. */
  readonly changed?: string;
}

/** A stack of a project. */
export interface Member {
  /** tenant.berlin.acme */
  readonly name: string;
  readonly stack: StackName;
  /** Others of its layer that come first. Default: none. */
  readonly behind?: readonly string[];
}

/** A stack and those that have to be done before it. */
export interface Step extends Member {
  readonly after: readonly string[];
}

/**
 * The stacks that a selection names, by layer and then by name.
 *
 * @throws InvalidInput for names, layers and clouds that fit no stack: a mistyped one would be done silently without.
 */
export function select<M extends Member>(
  all: readonly M[],
  { stacks, layers, clouds }: Omit<Selection, "changed">,
): M[] {
  const wanted = [
    ...named("stacks", stacks, (pattern) => {
      const expression = new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`);
      return ({ name }) => expression.test(name);
    }),
    ...named(
      "layers",
      layers,
      (layer) =>
        ({ stack }) =>
          stack.layer === layer,
    ),
    ...named(
      "clouds",
      clouds,
      (cloud) =>
        ({ stack }) =>
          stack.cloud === cloud,
    ),
  ];
  const problems = wanted
    .flatMap(({ key, tests }) => tests.map((each) => ({ key, ...each })))
    .filter(({ test }) => !all.some(test))
    .map(({ key, value }) => ({
      where: key,
      given: value,
      rule: "must name a stack that has a stack file in the project",
      fix: all.length === 0 ? "write its stack file first" : `choose of ${known(all)}`,
    }));
  if (problems.length > 0) throw new InvalidInput("the selection", problems);
  return all
    .filter((member) => wanted.every(({ tests }) => tests.some(({ test }) => test(member))))
    .sort((one, other) => compareLayers(one.stack.layer, other.stack.layer) || compare(one.name, other.name));
}

/**
 * The order of an operation: each after what it builds on, where that takes part; in a destruction after what builds on
 * it. Stacks of different clouds never wait for each other.
 */
export function ordered(members: readonly Member[], direction: "up" | "down"): Step[] {
  const steps = members.map((member) => {
    const { name, stack, behind = [] } = member;
    const layers = members.filter(({ stack: other }) =>
      direction === "up" ? below(other, stack) : below(stack, other),
    );
    return { name, stack, after: [...layers.map((each) => each.name), ...behind] };
  });
  return direction === "up" ? steps : steps.reverse();
}

/** Whether the other builds on the one. */
export function below(one: StackName, other: StackName): boolean {
  return one.cloud === other.cloud && compareLayers(one.layer, other.layer) < 0;
}

/**
 * Puts some tenants before all others of their cloud, one after the other.
 *
 * @throws InvalidInput for canaries that are no tenants among the members.
 */
export function canariesFirst(members: readonly Member[], canaries: readonly string[] = []): Member[] {
  const tenants = members.filter(({ stack }) => stack.layer === "tenant");
  const problems = canaries
    .filter((canary) => !tenants.some(({ name }) => name === canary))
    .map((given) => {
      const rule = "must be a tenant that takes part";
      return { where: "canary", given, rule, fix: `choose of ${known(tenants) || "none"}` };
    });
  if (problems.length > 0) throw new InvalidInput("the selection", problems);
  return members.map((member) => {
    if (member.stack.layer !== "tenant") return member;
    const place = canaries.indexOf(member.name);
    return { ...member, behind: place < 0 ? canaries : canaries.slice(0, place) };
  });
}

type Test = (member: Member) => boolean;

function named<T extends string>(key: string, values: readonly T[] | undefined, testOf: (value: T) => Test) {
  return values === undefined ? [] : [{ key, tests: values.map((value) => ({ value, test: testOf(value) })) }];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function known(all: readonly Member[]): string {
  const names = all.map(({ name }) => name).sort();
  return names.length <= 8 ? names.join(", ") : `${names.slice(0, 8).join(", ")} and ${names.length - 8} more`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
