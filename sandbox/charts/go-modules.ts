import { InvalidInput } from "../../components/core/problem";
import { CRD_MODULES, type CrdModule } from "../../versions/crd-modules";
import type { MakeTask } from "../offline/toolchain";

/** `path@version` → h1 hash of its content, as in a go.sum. */
export type ModuleLock = Readonly<Record<string, string>>;

/** The hashes of versions/crd-modules.ts. */
export const MODULE_LOCK: ModuleLock = Object.fromEntries(
  Object.values(CRD_MODULES).map((module) => [moduleId(module), module.sum]),
);

/** `path@version`, as Go's client takes it. */
export function moduleId({ path, version }: Pick<CrdModule, "path" | "version">): string {
  return `${path}@${version}`;
}

interface Downloaded {
  readonly Path: string;
  readonly Version: string;
  readonly Dir?: string;
  readonly Sum?: string;
  readonly Error?: string;
}

export interface GoCommand {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Modules as Go's own client has them, outside any module, checked against the lock.
 *
 * @returns `path@version` → directory with the module's files.
 * @throws InvalidInput for all that cannot be had or is not what the lock says.
 */
export async function downloadModules(
  modules: readonly string[],
  lock: ModuleLock,
  go: GoCommand,
  task: MakeTask,
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(modules)];
  task.note(`${wanted.length} modules`);
  const { stdout, stderr } = await task.run(go.path, ["mod", "download", "-json", ...wanted], {
    cwd: task.scratch,
    env: go.env,
  });
  const answers = parseAll(stdout);
  const checked = wanted.map((module) => check(module, answers, lock, stderr));
  const problems = checked.flatMap((result) => ("problem" in result ? [result.problem] : []));
  if (problems.length > 0) throw new InvalidInput("CRDs of the platform's components", problems);
  return new Map(checked.flatMap((result) => ("directory" in result ? [[result.module, result.directory]] : [])));
}

function check(module: string, answers: readonly Downloaded[], lock: ModuleLock, stderr: string) {
  const answer = answers.find(({ Path, Version }) => `${Path}@${Version}` === module);
  const where = `go mod download ${module}`;
  if (answer?.Dir === undefined || answer.Error !== undefined) {
    const given = answer?.Error ?? (stderr.trim().split("\n").at(-1) || "no answer");
    const fix = "check that Go can reach its module proxy (`go env GOPROXY HTTPS_PROXY`) and run the command again";
    return { module, problem: { where, given, rule: "its CRDs are read from this module", fix } };
  }
  const pinned = lock[module];
  if (answer.Sum !== pinned) {
    const rule = `must be ${pinned ?? "pinned"} (versions/crd-modules.ts)`;
    const fix = "find out who changed it before anything is installed from it";
    return { module, problem: { where, given: answer.Sum ?? "no hash", rule, fix } };
  }
  return { module, directory: answer.Dir };
}

/** Go prints one JSON object after the other. */
function parseAll(text: string): Downloaded[] {
  return text
    .split(/^(?=\{)/m)
    .filter((part) => part.trim() !== "")
    .map((part) => JSON.parse(part) as Downloaded);
}
