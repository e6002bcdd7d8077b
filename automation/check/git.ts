import { execFileSync } from "node:child_process";
import { InvalidInput } from "../../components/core/problem";
import type { StackFile } from "./stack-files";

/** Sources that decide what every stack deploys, or how it is evaluated. */
const EVERYWHERE =
  /^(?:components|stacks\/(?!config\/)|policies|sdks|automation)\/|^(?:package(?:-lock)?\.json|Pulumi\.yaml|tsconfig\.json)$|(?:^|\/)policies(?:\.[\w-]+)?\.yaml$/;

/**
 * Files that differ from where this branch left `base`, those that are not committed yet included. Relative to the
 * project.
 *
 * @throws InvalidInput when git does not know `base`.
 */
export function changedFiles(root: string, base: string): string[] {
  const git = (...args: string[]) => {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
      .split("\n")
      .filter((line) => line !== "");
  };
  try {
    if (base.startsWith("-")) throw new Error("it looks like an option");
    const [fork = base] = git("merge-base", base, "HEAD");
    return [...git("diff", "--name-only", "--relative", fork), ...git("ls-files", "--others", "--exclude-standard")];
  } catch (error) {
    const given = error instanceof Error ? (error.message.split("\n")[1] ?? error.message) : String(error);
    const fix = "fetch it first, e.g. `git fetch origin main`, with enough history for both";
    throw new InvalidInput("--changed", [
      { where: base, given, rule: "must be a commit or branch that git knows", fix },
    ]);
  }
}

/** Stacks that changed files concern: through their own files, those of a stack they build on, or the sources. */
export function changedStacks(stacks: readonly StackFile[], files: readonly string[]): StackFile[] {
  if (files.some((file) => EVERYWHERE.test(file))) return [...stacks];
  const changed = stacks.filter(({ file }) => files.includes(file));
  const concerns = ({ stack: { cloud, layer } }: StackFile, other: StackFile) => {
    const below = layer === "base" || (layer === "platform" && other.stack.layer === "tenant");
    return cloud === other.stack.cloud && below;
  };
  return stacks.filter((each) => changed.includes(each) || changed.some((one) => concerns(one, each)));
}
