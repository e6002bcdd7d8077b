import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { InvalidInput } from "../../../components/core/problem";
import { cachedArtifact, findArtifact, type ArtifactKey, type MakeTask } from "./cache";
import type { PlannedTask } from "./progress";
import { moduleHash } from "./sources";
import { hostPlatform, type Build, type Tool } from "./tool";
import type { ResolvedTool, ToolchainOptions } from "./types";

/** Shown of a failing build; the first errors of a compiler are the ones that count. */
const SHOWN_LINES = 20;

/** One tool of the table as it is built here. */
export interface BuildPlan {
  readonly name: string;
  readonly build: Build;
  readonly directory: string;
  /** Of the module, when it was planned. */
  readonly hash: string;
  readonly flags: readonly string[];
  readonly key: ArtifactKey;
  /** How it is announced. */
  readonly task: PlannedTask;
}

/** The module was edited while it was compiled, so the result is of unknown sources. Plan again. */
export class SourcesChanged extends Error {
  constructor(name: string) {
    super(`the sources of ${name} were changed while it was built`);
  }
}

/**
 * What is built and under which key: the tool, its flags, and its module with go.sum, which decides every byte of
 * its dependencies. The patch version of the compiler is not part of it: a newer one is no reason to build twenty
 * minutes again, and the cache must serve machines without Go.
 */
export async function planBuild(name: string, tool: Tool, root: string): Promise<BuildPlan | undefined> {
  const { build, version } = tool;
  if (build === undefined) return undefined;
  const directory = path.join(root, build.module);
  const stamps = Object.entries(build.stamps ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
  const flags = [
    "-trimpath",
    "-buildvcs=false",
    ...(build.modfile === undefined ? [] : [`-modfile=${build.modfile}`]),
    ...(build.tags === undefined ? [] : ["-tags", build.tags]),
    "-ldflags",
    ["-s -w", ...stamps].join(" "),
  ];
  const hash = await moduleHash(directory);
  const platform = hostPlatform();
  const inputs = ["go build", platform.os, platform.arch, ...flags, build.package, hash];
  const task = { label: `build ${name} ${version}`, seconds: build.seconds / speed() };
  return { name, build, directory, hash, flags, task, key: { name, version, inputs, ...task } };
}

/** Of this machine, against the two cores of the estimates. Linking, a good part of it, knows only one core. */
function speed(): number {
  return Math.min(os.availableParallelism(), 16) ** 0.8 / 2 ** 0.8;
}

export async function findBuild(plan: BuildPlan, options: ToolchainOptions): Promise<string | undefined> {
  const directory = await findArtifact(plan.key, options);
  return directory === undefined ? undefined : path.join(directory, plan.name);
}

/** @returns the path of the executable. @throws InvalidInput with what the compiler said. */
export async function goBuild(plan: BuildPlan, go: ResolvedTool<string>, options: ToolchainOptions): Promise<string> {
  const directory = await cachedArtifact(plan.key, options, (into, task) =>
    compile(plan, go, path.join(into, plan.name), task, options.env ?? process.env),
  );
  return path.join(directory, plan.name);
}

async function compile(
  { name, build, directory, hash, flags }: BuildPlan,
  go: ResolvedTool<string>,
  output: string,
  task: MakeTask,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  let modules = 0;
  const { code, stderr } = await task.run(go.path, ["build", ...flags, "-o", output, build.package], {
    cwd: directory,
    onStderr: (text) => {
      const more = text.match(/^go: downloading /gm)?.length ?? 0;
      if (more > 0) task.note(`${(modules += more)} modules fetched`);
    },
    // temporary files of the linker are as large as the result, and /tmp may be a small part of the memory
    env: { ...goEnvironment(go, env), GOTMPDIR: task.scratch },
  });
  if (code === 0) {
    if ((await moduleHash(directory)) !== hash) throw new SourcesChanged(name);
    return;
  }
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("go: downloading "));
  const shown = lines.slice(0, SHOWN_LINES).join("\n    ");
  throw new InvalidInput("the build of a tool", [
    {
      where: `go build ${build.package} in ${build.module}`,
      given: `failed${code === null ? " (killed, perhaps for want of memory)" : ""}:\n    ${shown}\n  `,
      rule: `${name} is built from modules pinned in ${build.module}/go.sum`,
      fix: adviceOn(stderr),
    },
  ]);
}

function adviceOn(stderr: string): string {
  if (/no space left on device|disk quota exceeded/i.test(stderr)) {
    return "free some disk space, or move the caches (FIRMAMENT_CACHE, GOCACHE, GOMODCACHE) to a larger disk, and run the command again";
  }
  if (/dial tcp|i\/o timeout|TLS handshake|proxyconnect|no such host|connection re/i.test(stderr)) {
    return "check that Go can reach its module proxy (`go env GOPROXY HTTPS_PROXY`) and run the command again; what was fetched is kept";
  }
  return "run the command again; if it persists, put the tool on PATH";
}

/**
 * An environment in which go builds what the table says and nothing of the user's settings changes the result:
 * no workspace, no flags, no cross-compiling. Proxy and cache settings stay.
 */
export function goEnvironment(go: Pick<ResolvedTool<string>, "env">, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const platform = hostPlatform();
  const { GOROOT: _root, GOEXPERIMENT: _experiment, GOAMD64: _amd64, GOARM64: _arm64, ...rest } = env;
  return {
    ...rest,
    // an empty value would let the one of `go env -w` through
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    GO111MODULE: "on",
    CGO_ENABLED: "0",
    GOOS: platform.os,
    GOARCH: platform.arch,
    ...go.env,
  };
}

/** Whether the folder of a module is there: a package without it cannot build. */
export async function hasModule(root: string, build: Build): Promise<boolean> {
  return (await fs.stat(path.join(root, build.module, "go.mod")).catch(() => undefined)) !== undefined;
}
