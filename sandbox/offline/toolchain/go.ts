import * as semver from "semver";
import { InvalidInput } from "../../../components/core/problem";
import { askVersion, findOnPath, type Unfit } from "./installed";
import type { Releases } from "./releases";
import { run } from "./run";
import type { Tool } from "./tool";
import type { ResolvedTool, ToolchainOptions } from "./types";

/** Older ones cannot fetch a newer toolchain for themselves. */
const SWITCHES_SINCE = "1.21.0";

/**
 * A Go that is new enough: on PATH, downloaded earlier, an older one on PATH that fetches a newer toolchain for itself,
 * or the official release.
 *
 * @param wanted tools it is needed for, for the message.
 * @throws InvalidInput saying what to install.
 */
export async function findGo(
  tool: Tool,
  wanted: readonly string[],
  releases: Releases,
  options: ToolchainOptions,
): Promise<ResolvedTool<"go">> {
  const env = options.env ?? process.env;
  const ask = tool.installed ?? { ask: ["version"], range: `>=${tool.version}` };
  const { found, unfit } = await findOnPath("go", ask, env, options.signal);
  if (found !== undefined) return { name: "go", source: "path", ...found };
  const cached = await releases.cached("go", tool);
  if (cached !== undefined) return { name: "go", source: "cache", ...cached };
  for (const old of unfit) {
    const switched = await switchToolchain(old, tool.version, options);
    if (switched !== undefined) return switched;
  }
  const downloaded = await releases.download("go", tool);
  if (downloaded !== undefined) return { name: "go", source: "release", ...downloaded };
  throw new InvalidInput("this machine", [missing(wanted, unfit)]);
}

async function switchToolchain(
  old: Unfit,
  version: string,
  { env = process.env, signal, progress }: ToolchainOptions,
): Promise<ResolvedTool<"go"> | undefined> {
  if (old.version === undefined || semver.lt(old.version, SWITCHES_SINCE)) return undefined;
  if (/^(local|path)$/.test(env["GOTOOLCHAIN"] ?? "")) {
    progress.say(`go ${old.version} (${old.path}) may not fetch a newer one: GOTOOLCHAIN is ${env["GOTOOLCHAIN"]}`);
    return undefined;
  }
  const task = progress.start(`go ${old.version} (${old.path}) is too old: it fetches go ${version} for itself`, 30);
  const own = { GOTOOLCHAIN: `go${version}` };
  // fetches on first use, and has it in the module cache from then on
  const answer = await run(old.path, ["version"], { env: { ...env, ...own }, signal }).catch(() => undefined);
  signal?.throwIfAborted();
  const now = answer?.code === 0 ? await askVersion(old.path, ["version"], { ...env, ...own }, signal) : undefined;
  if (now === undefined || semver.lt(now, version)) {
    task.fail();
    return undefined;
  }
  task.done("has it after");
  return { name: "go", version: now, path: old.path, source: "path", env: own };
}

function missing(wanted: readonly string[], unfit: readonly Unfit[]) {
  const old = unfit.map(({ path, version }) => `${path} is ${version ?? "no Go"}`).join(", ");
  const tools = wanted.length === 0 ? "the sandbox's own programs" : wanted.join(", ");
  const found = old === "" ? "not found" : `too old (${old})`;
  return {
    where: "go",
    given: found,
    rule: `needed to build ${tools}`,
    fix: "install Go 1.26 or newer (https://go.dev/doc/install), or run where official releases can be downloaded",
  };
}
