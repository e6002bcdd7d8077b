import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { UNKNOWN } from "../../policies/engine/unknown";
import { parseStackName, type StackName } from "../../stacks/stack-name";

/** A stack as its file describes it. */
export interface StackFile {
  /** Name of the stack: tenant.sandbox.acme. */
  readonly name: string;
  readonly stack: StackName;
  /** Path of its file, relative to the project. */
  readonly file: string;
  /** `firmament:tenant` → what the file says. Encrypted values are not known. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Project {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly name: string;
  /** Folder of the stack files, relative to the root. */
  readonly folder: string;
}

/** @throws InvalidInput when there is no project. */
export function readProject(root: string): Project {
  const file = path.join(root, "Pulumi.yaml");
  const { name, stackConfigDir } = fieldsOf(readYaml(file));
  if (typeof name !== "string") {
    throw new InvalidInput("the project", [
      { where: file, given: "no name", rule: "must be a Pulumi project", fix: "run this where Pulumi.yaml is" },
    ]);
  }
  return { root, name, folder: typeof stackConfigDir === "string" ? stackConfigDir : "." };
}

/** Every stack that has a file, producers before their consumers. */
export function readStackFiles({ root, folder }: Project): StackFile[] {
  const files = fs.readdirSync(path.join(root, folder)).filter((file) => /^Pulumi\.[^/]+\.ya?ml$/.test(file));
  const stacks = files.map((file) => readStackFile(root, path.join(folder, file)));
  const order = ["base", "platform", "tenant"];
  return stacks.sort((a, b) => order.indexOf(a.stack.layer) - order.indexOf(b.stack.layer) || compare(a.name, b.name));
}

function readStackFile(root: string, file: string): StackFile {
  const content = fieldsOf(readYaml(path.join(root, file)));
  const config = fieldsOf(content["config"] ?? {});
  const name = path.basename(file).replace(/^Pulumi\.|\.ya?ml$/g, "");
  const known = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, withoutSecrets(value)]));
  return { name, stack: parseStackName(name, known["firmament:layer"]), file, config: known };
}

/** Values that only the engine can decrypt are not known here. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return UNKNOWN;
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutSecrets(inner)]));
}

export function readYaml(file: string): unknown {
  try {
    return parse(fs.readFileSync(file, "utf8")) as unknown;
  } catch (error) {
    const given = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new InvalidInput(file, [
      { where: file, given, rule: "must be a YAML file that can be read", fix: "correct it" },
    ]);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
