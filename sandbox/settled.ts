import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { Engine } from "../automation/engine";
import type { StackResult } from "../automation/engine-options";
import { digestOf, fileDigest } from "./content";
import { stateFile, wasInterrupted } from "./engine";
import type { Layout } from "./layout";

/** A cloud that a start had brought to its end. */
interface Settled {
  /** When that was, RFC 3339. */
  readonly since: string;
  readonly content: string;
}

/** What a cloud is made from, beside its states and its workspace. */
export interface Made {
  readonly stacks: readonly string[];
  /** Digest of charts, settings, programs and rules, as `judgementOf` gives it. */
  readonly judgement: string;
  /** Paths of the programs that deploy and run it, by name; each is of one content. */
  readonly tools: readonly (readonly [name: string, path: string])[];
}

export interface Unchanged {
  readonly results: readonly StackResult[];
  /** One line that says why nothing has to be deployed. */
  readonly reason: string;
}

/** Remembers that this is deployed as it is. */
export function settle(layout: Layout, made: Made): void {
  const settled: Settled = { since: new Date().toISOString(), content: contentOf(layout, made) };
  fs.writeFileSync(fileOf(layout), JSON.stringify(settled));
}

/**
 * Previews the stacks side by side, where all that they are made from and their states have the content that they had
 * when the cloud was brought to its end. Rules are not asked again: they have judged the same.
 *
 * @returns what the previews say, when that is no change for any stack. Undefined: they have to be deployed one after the
 * other, which says what is wrong, too.
 *
 * @param answers whether the clusters can be asked; awaited before the previews.
 */
export async function unchanged(
  layout: Layout,
  made: Made,
  engine: Pick<Engine, "preview">,
  answers: () => Promise<boolean>,
): Promise<Unchanged | undefined> {
  const file = fileOf(layout);
  if (!fs.existsSync(file)) return undefined;
  const { since, content } = JSON.parse(fs.readFileSync(file, "utf8")) as Settled;
  if (made.stacks.some((stack) => wasInterrupted(layout, stack)) || content !== contentOf(layout, made)) {
    return undefined;
  }
  if (!(await answers())) return undefined;
  const previews = await Promise.allSettled(made.stacks.map((stack) => engine.preview(stack)));
  const results = previews.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  if (results.length < made.stacks.length || !results.every(isSame)) return undefined;
  const reason = `nothing to deploy: programs, settings, charts, rules and states are those of ${since} by their content, and no preview of ${results.length} stacks shows a change`;
  return { results, reason };
}

function isSame({ changes: { same: _, ...changed } }: StackResult): boolean {
  return Object.values(changed).every((count) => count === 0);
}

function contentOf(layout: Layout, { stacks, judgement, tools }: Made): string {
  const states = stacks.map((stack) => [stack, fileDigest(stateFile(layout, stack))]);
  const workspace = fs.readdirSync(layout.workspace).filter((name) => /^Pulumi\..*yaml$/.test(name));
  const entries = workspace.sort().map((name) => [name, entriesOf(path.join(layout.workspace, name))]);
  return digestOf(judgement, tools, states, entries);
}

/** What a file says, in alphabetical order: the engine adds its salt of secrets at the end, a start writes it first. */
function entriesOf(file: string): readonly (readonly [string, unknown])[] {
  const content = parse(fs.readFileSync(file, "utf8")) as Readonly<Record<string, unknown>>;
  return Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1));
}

function fileOf({ directory }: Layout): string {
  return path.join(directory, "settled.json");
}
