import * as fs from "node:fs";
import * as path from "node:path";
import { fieldsOf } from "../components/core/fields";
import { compareLayers, NAMESPACE } from "../components/core/layers";
import { InvalidInput } from "../components/core/problem";
import { parseStackName, type StackName } from "./stack-name";
import { parseYamlText } from "./yaml-text";

/** A Pulumi project, as far as its stack files are concerned. */
export interface Project {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly name: string;
  /** Folder of the stack files, relative to the root: `stackConfigDir`, "." without it. */
  readonly folder: string;
  /** Extension that the engine expects of stack files: that of the project's own file, with its dot. */
  readonly extension: string;
}

/** A stack as its file describes it. */
export interface StackFile {
  /** Name of the stack: tenant.berlin.acme. */
  readonly name: string;
  readonly stack: StackName;
  /** Path of its file, relative to the project. */
  readonly file: string;
  /** The file's `config`: `firmament:tenant` → settings. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface ReadOptions {
  /** What takes the place of values that only the engine can decrypt. Default: they stay as written, `{ secure: … }`. */
  readonly encrypted?: unknown;
}

/** Names that the engine accepts for the project's file; stack files take over its extension. */
const PROJECT_FILES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"] as const;

/**
 * Finds the project in a directory and, through its `stackConfigDir`, its stack files, as the engine does.
 *
 * @throws InvalidInput when there is no project, or its file cannot be read.
 */
export function readProject(root: string): Project {
  const known = PROJECT_FILES.find((file) => fs.existsSync(path.join(root, file)));
  const file = path.join(root, known ?? PROJECT_FILES[0]);
  const refuse = (where: string, given: string, rule: string, fix: string) =>
    new InvalidInput("the project", [{ where, given, rule, fix }]);
  if (known === undefined) {
    throw refuse(file, "no such file", "must be a Pulumi project", "run this where Pulumi.yaml is");
  }
  const { name, stackConfigDir = "." } = fieldsOf(readYaml(file));
  if (typeof name !== "string") {
    throw refuse(file, "no name", "must be a Pulumi project", "run this where Pulumi.yaml is");
  }
  if (typeof stackConfigDir !== "string") {
    const given = JSON.stringify(stackConfigDir);
    throw refuse(`${file} stackConfigDir`, given, "must be a folder, relative to the project", "correct it");
  }
  return { root, name, folder: stackConfigDir === "" ? "." : stackConfigDir, extension: path.extname(known) };
}

/**
 * Names of all stacks that have a file, in alphabetical order. No file is read.
 *
 * @throws InvalidInput when the folder cannot be read: "no stacks" would hide all of them.
 */
export function stackNames({ root, folder, extension }: Project): string[] {
  return filesIn(path.join(root, folder))
    .filter((file) => file.startsWith("Pulumi.") && file.endsWith(extension))
    .map((file) => file.slice("Pulumi.".length, -extension.length))
    .filter((name) => name !== "")
    .sort();
}

/** Path of a stack's file, relative to the project. */
export function stackFile({ folder, extension }: Project, stack: string): string {
  return path.join(folder, `Pulumi.${stack}${extension}`);
}

/**
 * Reads every stack that has a file, producers before their consumers.
 *
 * @throws InvalidInput when the folder or a file cannot be read, or a file's name and layer disagree.
 */
export function readStackFiles(project: Project, options: ReadOptions = {}): StackFile[] {
  return stackNames(project)
    .map((name) => readStackFile(project, name, options))
    .sort((one, other) => compareLayers(one.stack.layer, other.stack.layer));
}

/** @throws InvalidInput when it cannot be read, or its name and layer disagree. */
export function readStackFile(project: Project, name: string, options: ReadOptions = {}): StackFile {
  const file = stackFile(project, name);
  const content = fieldsOf(readYaml(path.join(project.root, file)));
  const config = fieldsOf(content["config"]);
  const known = "encrypted" in options ? fieldsOf(withoutSecrets(config, options.encrypted)) : config;
  return { name, stack: parseStackName(name, known[`${NAMESPACE}:layer`]), file, config: known };
}

/** @throws InvalidInput naming the file, when it cannot be read or is no YAML. */
export function readYaml(file: string): unknown {
  try {
    return parseYamlText(fs.readFileSync(file, "utf8"));
  } catch (error) {
    const rule = "must be a YAML file that can be read";
    throw new InvalidInput(file, [{ where: file, given: firstLine(error), rule, fix: "correct it" }]);
  }
}

function filesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    const rule = "must be the folder of the project's stack files";
    const fix = "correct stackConfigDir in Pulumi.yaml, or make the folder";
    throw new InvalidInput("the project's stack files", [{ where: folder, given: firstLine(error), rule, fix }]);
  }
}

function withoutSecrets(value: unknown, encrypted: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, encrypted));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return encrypted;
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutSecrets(inner, encrypted)]));
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "unreadable") : String(error);
}
