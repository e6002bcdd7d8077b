import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import * as semver from "semver";
import { run } from "./run";
import type { Installed, Tool } from "./tool";

export interface Found {
  readonly path: string;
  readonly version: string;
}

/** A program that was there and would not do. */
export interface Unfit {
  readonly path: string;
  readonly version: string | undefined;
}

/** A program that has not printed its version by then hangs, or is another program. */
const ASK_TIMEOUT_MS = 20_000;

/** The first on PATH whose version fits, and the ones before it that do not. */
export async function findOnPath<Name extends string>(
  name: string,
  installed: Installed<Name>,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<{ readonly found?: Found; readonly unfit: readonly Unfit[] }> {
  const unfit: Unfit[] = [];
  for (const file of await onPath(name, env)) {
    const asked = installed.beside === undefined ? file : await neighbour(file, installed.beside);
    const version = asked === undefined ? undefined : await askVersion(asked, installed.ask, env, signal);
    if (version !== undefined && semver.satisfies(version, installed.range)) {
      return { found: { path: file, version }, unfit };
    }
    unfit.push({ path: file, version });
  }
  return { unfit };
}

/** A plugin of exactly this version that the user's own Pulumi has downloaded. */
export async function findPlugin(name: string, tool: Tool, env: NodeJS.ProcessEnv): Promise<Found | undefined> {
  if (tool.plugin === undefined) return undefined;
  const home = env["PULUMI_HOME"] || path.join(env["HOME"] ?? os.homedir(), ".pulumi");
  const folder = path.join(home, "plugins", `${tool.plugin}-v${tool.version}`);
  // this marker stands beside a plugin while it is being unpacked
  if (await isFile(`${folder}.partial`)) return undefined;
  const file = path.join(folder, name);
  return (await isExecutable(file)) ? { path: file, version: tool.version } : undefined;
}

/** @returns the plain version a program prints, undefined if it prints none. */
export async function askVersion(
  file: string,
  ask: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const quiet = {
    ...env,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // an older Go would fetch a newer one just to answer
    GOTOOLCHAIN: env["GOTOOLCHAIN"] ?? "local",
  };
  try {
    const { code, stdout } = await run(file, ask, { env: quiet, signal, timeoutMs: ASK_TIMEOUT_MS, cwd: os.tmpdir() });
    return code === 0 ? semver.coerce(stdout)?.version : undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  // relative entries mean another program in every folder
  const folders = (env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  // /bin is often a link to /usr/bin: one program is asked once
  const real = await Promise.all(folders.map((folder) => fs.realpath(folder).catch(() => folder)));
  const files = folders
    .filter((_, index) => real.indexOf(real[index] ?? "") === index)
    .map((folder) => path.join(folder, name));
  const there = await Promise.all(files.map(isExecutable));
  return files.filter((_, index) => there[index]);
}

/** The other program in the same folder, or in the one that a link leads to. */
async function neighbour(file: string, name: string): Promise<string | undefined> {
  const places = [file, await fs.realpath(file).catch(() => file)].map((place) => path.join(path.dirname(place), name));
  for (const place of places) if (await isExecutable(place)) return place;
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return (
    (await isFile(file)) &&
    (await fs.access(file, fs.constants.X_OK).then(
      () => true,
      () => false,
    ))
  );
}

async function isFile(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => undefined))?.isFile() === true;
}
