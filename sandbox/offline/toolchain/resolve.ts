import * as os from "node:os";
import { InvalidInput } from "../../../components/core/problem";
import { cacheOf } from "./cache";
import { refuseFullDisk } from "./disk";
import { findGo } from "./go";
import { findBuild, goBuild, hasModule, planBuild, SourcesChanged, type BuildPlan } from "./go-build";
import { findOnPath, findPlugin } from "./installed";
import { duration } from "./progress";
import { Releases } from "./releases";
import type { Tool } from "./tool";
import type { ResolvedTool, ToolchainOptions } from "./types";

export type ToolTable<Name extends string> = Readonly<Record<Name, Tool<Name>>>;

/**
 * Finds or makes tools of a table. Looks at what is there first, downloads what is published, and builds the rest
 * one after another, since one compilation keeps every core busy.
 *
 * @param root the checkout, with the Go modules that builds name.
 */
export async function resolve<Name extends string>(
  names: readonly Name[],
  table: ToolTable<Name>,
  root: string,
  given: ToolchainOptions,
): Promise<ReadonlyMap<Name, ResolvedTool<Name>>> {
  const failure = new AbortController();
  const signals = [failure.signal, given.signal].filter((signal) => signal !== undefined);
  const options: ToolchainOptions = { ...given, signal: AbortSignal.any(signals) };
  try {
    return await new Resolution(table, root, options).all(names);
  } finally {
    // one failure ends the downloads that still run beside
    failure.abort(new Error("given up, because another tool cannot be had"));
  }
}

class Resolution<Name extends string> {
  private readonly releases: Releases;
  private readonly found = new Map<Name, ResolvedTool<Name>>();

  constructor(
    private readonly table: ToolTable<Name>,
    private readonly root: string,
    private readonly options: ToolchainOptions,
  ) {
    this.releases = new Releases(options);
  }

  async all(names: readonly Name[]): Promise<ReadonlyMap<Name, ResolvedTool<Name>>> {
    // the order of the table: what shares packages is built after what built them
    const wanted = (Object.keys(this.table) as Name[]).filter((name) => names.includes(name));
    const tools = wanted.filter((name) => name !== "go");
    await Promise.all(tools.map((name) => this.lookUp(name)));
    const missing = tools.filter((name) => !this.found.has(name));
    const offered = await Promise.all(missing.map((name) => this.releases.offers(name, this.table[name])));
    const published = missing.filter((_, index) => offered[index]);
    const plans = await this.plansOf(missing.filter((name) => !published.includes(name)));
    this.announce(published, plans);
    const downloads = this.download(published);
    // a download that fails while something is built is reported when its turn comes
    downloads.catch(() => undefined);
    await this.build(plans);
    await this.build(await this.plansOf(await downloads));
    if (names.includes("go" as Name)) await this.go([]);
    return new Map(names.flatMap((name) => (this.found.has(name) ? [[name, this.found.get(name)!]] : [])));
  }

  /** PATH, the plugins of the user, the cache. */
  private async lookUp(name: Name): Promise<void> {
    const tool = this.table[name];
    const { env = process.env, signal, progress } = this.options;
    const keep = (source: ResolvedTool["source"], one: { path: string; version: string } | undefined): boolean => {
      if (one !== undefined) this.found.set(name, { name, source, ...one });
      return one !== undefined;
    };
    if (tool.installed !== undefined) {
      const { found, unfit } = await findOnPath(name, tool.installed, env, signal);
      if (keep("path", found)) return;
      for (const { path, version } of unfit) {
        const what = version === undefined ? "prints no version" : `is ${version}`;
        progress.say(`${path} ${what}, wanted is ${tool.installed.range}: not used`);
      }
    }
    if (keep("path", await findPlugin(name, tool, env))) return;
    if (keep("cache", await this.releases.cached(name, tool))) return;
    const plan = await this.planOf(name);
    const built = plan && (await findBuild(plan, this.options));
    if (built !== undefined) keep("cache", { path: built, version: tool.version });
  }

  /** @returns the names that turned out not to be there. */
  private async download(names: readonly Name[]): Promise<Name[]> {
    const results = await Promise.all(
      names.map(async (name) => ({ name, got: await this.releases.download(name, this.table[name]) })),
    );
    for (const { name, got } of results) if (got) this.found.set(name, { name, source: "release", ...got });
    return results.filter(({ got }) => got === undefined).map(({ name }) => name);
  }

  private async build(plans: readonly BuildPlan[]): Promise<void> {
    if (plans.length === 0) return;
    await refuseFullDisk(plans, cacheOf(this.options));
    const go = await this.go(plans.map(({ name }) => name));
    for (const plan of plans) {
      const name = plan.name as Name;
      const path = await this.buildOne(plan, go);
      this.found.set(name, { name, source: "build", version: this.table[name].version, path });
    }
  }

  private async buildOne(plan: BuildPlan, go: ResolvedTool<string>, attempts = 3): Promise<string> {
    try {
      return await goBuild(plan, go, this.options);
    } catch (error) {
      const again = error instanceof SourcesChanged && attempts > 1 && (await this.planOf(plan.name as Name));
      if (!again) throw error;
      this.options.progress.say(`${error.message}: once more`);
      return this.buildOne(again, go, attempts - 1);
    }
  }

  private async go(wanted: readonly string[]): Promise<ResolvedTool<string>> {
    const name = "go" as Name;
    const known = this.found.get(name);
    if (known !== undefined) return known;
    const go = await findGo(this.table[name], wanted, this.releases, this.options);
    this.found.set(name, { ...go, name });
    return go;
  }

  private async planOf(name: Name): Promise<BuildPlan | undefined> {
    const tool = this.table[name];
    if (tool.build === undefined || !(await hasModule(this.root, tool.build))) return undefined;
    return planBuild(name, tool, this.root);
  }

  private async plansOf(names: readonly Name[]): Promise<BuildPlan[]> {
    const plans = await Promise.all(names.map((name) => this.planOf(name)));
    const hopeless = names.filter((_, index) => plans[index] === undefined);
    if (hopeless.length === 0) return plans.filter((plan) => plan !== undefined);
    throw new InvalidInput(
      "this machine",
      hopeless.map((name) => ({
        where: name,
        given: "not found",
        rule: `${this.table[name].installed?.range ?? this.table[name].version} is needed, and it cannot be built here`,
        fix: "put it on PATH, or run where its official release can be downloaded",
      })),
    );
  }

  private announce(published: readonly Name[], plans: readonly BuildPlan[]): void {
    const { progress } = this.options;
    const parts: string[] = [];
    if (published.length > 0) parts.push(`${published.length} ${plural("tool", published.length)} to download`);
    if (plans.length > 0) {
      const cores = os.availableParallelism();
      const seconds = plans.reduce((sum, { task }) => sum + task.seconds, 0);
      progress.plan(plans.map(({ task }) => task));
      parts.push(
        `${plans.length} ${plural("tool", plans.length)} to build once, about ${duration(seconds)} on ${cores} ${plural("core", cores)}`,
      );
    }
    if (parts.length > 0) progress.say(`${parts.join(", ")} (kept in ${cacheOf(this.options)})`);
  }
}

function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`;
}
