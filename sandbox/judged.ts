import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { readProject } from "../stacks/stack-files";
import { digestOf, fileDigest, folderDigests } from "./content";
import type { Layout } from "./layout";
import { CLOUD } from "./workspace";

/** What was found of the releases of a cloud, and from what. */
interface Judged {
  readonly judgement: string;
  readonly renders: object;
}

/**
 * Digest of all that decides what charts render to and what rules say of it: the charts by their content, the settings
 * they get, programs and rules, helm, and the day, on which exemptions end.
 */
export function judgementOf({ root, charts }: Pick<Layout, "root" | "charts">, helm: string): string {
  const project = readProject(root);
  return digestOf(
    // has the digest of every source
    fileDigest(path.join(PACKAGE_ROOT, "dist", ".tsbuildinfo")),
    fileDigest(path.join(PACKAGE_ROOT, "package-lock.json")),
    process.version,
    folderDigests(path.join(PACKAGE_ROOT, "versions")),
    folderDigests(path.join(root, "versions")),
    folderDigests(path.join(root, project.folder)),
    folderDigests(charts).filter(([name]) => name.endsWith(".tgz")),
    helm,
    new Date().toISOString().slice(0, 10),
  );
}

/**
 * Renders and judges the charts of the sandbox's cloud, or takes what was found the last time, where nothing that decides
 * it has changed since.
 *
 * @param judgement of `judgementOf`.
 * @returns the releases, for `policyConfig`.
 * @throws InvalidInput when something in them is refused; that is not kept.
 */
export async function judgedReleases(
  { root, directory, charts }: Layout,
  helm: string,
  judgement: string,
): Promise<object> {
  const file = path.join(directory, "judged.json");
  const before = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Judged) : undefined;
  if (before?.judgement === judgement) return before.renders;
  // loads the Pulumi SDK and every program
  const { renderedReleases } = await import("../automation/policy-config.js");
  const renders = await renderedReleases(root, CLOUD, { helm, charts });
  const judged: Judged = { judgement, renders };
  const draft = `${file}.new`;
  fs.writeFileSync(draft, JSON.stringify(judged));
  fs.renameSync(draft, file);
  return renders;
}
