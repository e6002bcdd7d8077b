import * as fs from "node:fs";
import * as path from "node:path";
import type { Component } from "../components/platform/component";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { writeChartRepository } from "./charts";
import { digestOf, fileDigest, folderDigests } from "./content";
import type { Layout } from "./layout";

/**
 * Writes the sandbox's chart repository, where it is not there as it would be written.
 *
 * @param crds the bundle of `crdBundle`, whose path says its content.
 * @param url that it is served at.
 */
export async function writeSandboxCharts(
  { charts, directory }: Pick<Layout, "charts" | "directory">,
  crds: string,
  url: string,
  components: readonly Component[],
): Promise<void> {
  const sources = [
    // has the digest of every source
    fileDigest(path.join(PACKAGE_ROOT, "dist", ".tsbuildinfo")),
    folderDigests(path.join(PACKAGE_ROOT, "versions")),
    crds,
    url,
    components.map(({ name }) => name),
  ];
  const record = path.join(directory, "charts.json");
  const content = () => digestOf(sources, folderDigests(charts));
  if (fs.existsSync(record) && fs.readFileSync(record, "utf8") === content()) return;
  await writeChartRepository(charts, crds, url, components);
  fs.writeFileSync(record, content());
}
