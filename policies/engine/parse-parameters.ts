import { z } from "zod";
import { isFields } from "../../components/core/fields";
import { checked } from "../../components/core/checked";
import { InvalidInput, type Problem } from "../../components/core/problem";
import { nearest } from "../../components/core/nearest";
import type { Parameters } from "./parameters";
import type { Rule } from "./rule";

export interface ParsedParameters {
  /** By rule id, for the rules that were given any. */
  readonly values: Readonly<Record<string, object>>;
  readonly problems: readonly Problem[];
}

/** The parameters of all rules by the id of their rule, for the JSON Schema. */
export function parametersSchema(rules: readonly Rule[]) {
  return z.strictObject(
    Object.fromEntries(
      [...declared(rules)].map(([id, each]) => [id, z.strictObject(each.shape(z)).partial().optional()]),
    ),
  );
}

/**
 * Checks parameters: `{ "<rule>": { "<name>": value } }`, or `{ "<name>": value }` for every rule that takes one of that
 * name. What a rule is given by its id comes first.
 */
export function parseParameters(given: Readonly<Record<string, unknown>>, rules: readonly Rule[]): ParsedParameters {
  const problems: Problem[] = [];
  const ids = new Set(rules.map(({ id }) => id));
  const takers = declared(rules);
  const raw = new Map<string, Record<string, unknown>>();
  const give = (id: string, name: string, value: unknown, first: boolean) => {
    const values = raw.get(id) ?? {};
    if (first || !Object.hasOwn(values, name)) values[name] = value;
    raw.set(id, values);
  };
  for (const [key, value] of Object.entries(given)) {
    if (ids.has(key)) {
      if (!isFields(value)) problems.push(noMap(key, value));
      else for (const [name, each] of Object.entries(value)) give(key, name, each, true);
      continue;
    }
    const named = [...takers].filter(([, each]) => Object.hasOwn(each.shape(z), key));
    if (named.length === 0) problems.push(unknown(key, ids, takers));
    for (const [id] of named) give(id, key, value, false);
  }
  const values: Record<string, object> = {};
  for (const [id, own] of raw) {
    const taken = takers.get(id);
    if (taken === undefined) {
      problems.push({
        where: `params.${id}`,
        given: Object.keys(own).join(", "),
        rule: `${id} takes no parameters`,
        fix: "remove it",
      });
    } else {
      const { value, wrong } = parsed(taken, own);
      if (value !== undefined) values[id] = value;
      problems.push(...wrong);
    }
  }
  return { values, problems };
}

function declared(rules: readonly Rule[]): ReadonlyMap<string, Parameters> {
  return new Map(rules.flatMap(({ params }) => (params === undefined ? [] : [[params.rule, params] as const])));
}

function parsed(
  { rule, shape }: Parameters,
  own: object,
): { readonly value?: object; readonly wrong: readonly Problem[] } {
  const schema = z.strictObject(shape(z)).partial();
  const names = Object.keys(schema.shape);
  try {
    return { value: checked(schema, own, { what: rule, fix: "correct the configuration" }), wrong: [] };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const wrong = error.problems.map((problem): Problem => {
      const where = `params.${rule}.${problem.where}`;
      if (problem.given !== "unknown key" || names.includes(problem.where)) return { ...problem, where };
      return { ...problem, where, rule: `${rule} takes ${names.join(", ")}`, fix: meant(problem.where, names) };
    });
    return { wrong };
  }
}

function unknown(key: string, ids: ReadonlySet<string>, takers: ReadonlyMap<string, Parameters>): Problem {
  const names = [...takers.values()].flatMap(({ shape }) => Object.keys(shape(z)));
  const rule = "must be the id of a rule, or the name of a parameter";
  return { where: `params.${key}`, given: "unknown key", rule, fix: meant(key, [...ids, ...names]) };
}

function noMap(key: string, value: unknown): Problem {
  const given = JSON.stringify(value)?.slice(0, 80) ?? String(value);
  return {
    where: `params.${key}`,
    given,
    rule: "must be a map of parameters",
    fix: "write `<name>: <value>` below it",
  };
}

function meant(misspelt: string, words: readonly string[]): string {
  const word = nearest(misspelt, words);
  return word === undefined ? "remove it or correct its spelling" : `did you mean ${word}?`;
}
