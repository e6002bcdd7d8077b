import * as fs from "node:fs/promises";
import * as path from "node:path";
import { packChart, placeChart, writeIndex } from "../../components/platform/charts/archive";
import { lockedChart, readChartLock } from "../../components/platform/charts/lock";
import type { ChartSandbox } from "../../components/platform/sandbox";
import { chartFiles, type NamedText } from "./chart-files";
import { kept } from "./crd-text";
import type { Component } from "../../components/platform/component";
import { STANDARD, stubCharts } from "./sources";
import { PACKAGE_ROOT } from "../../components/core/package-root";

/**
 * Writes a Helm repository with a stub for every chart of components and tenants, by its name and version.
 *
 * Reproducible: the same lock and bundle give the same archives and digests. Files appear whole, index last, so that a
 * repository that is being served can be written over.
 *
 * @param directory where index.yaml and the archives go; made if it is not there.
 * @param crds the bundle of `crdBundle`.
 * @param baseUrl URL that the directory is served at.
 * @param components those that the bundle is of; default: those that every sandbox is made ready for.
 */
export async function writeChartRepository(
  directory: string,
  crds: string,
  baseUrl: string,
  components: readonly Component[] = STANDARD,
): Promise<void> {
  const lock = readChartLock(PACKAGE_ROOT);
  await fs.mkdir(directory, { recursive: true });
  const charts = await Promise.all(
    Object.entries(stubCharts(components)).map(async ([name, chart]) => {
      const { version } = lockedChart(lock, name);
      const files = chartFiles(name, version, chart, await crdTexts(chart, crds));
      return await placeChart(directory, name, version, await packChart(name, files));
    }),
  );
  await writeIndex(directory, charts, baseUrl);
}

async function crdTexts({ crds: placement }: ChartSandbox, bundle: string): Promise<NamedText[]> {
  if (placement === undefined) return [];
  const directory = path.join(bundle, placement.component);
  const names = (await fs.readdir(directory)).filter((name) => name.startsWith("crd-")).sort();
  return await Promise.all(
    names.map(async (name) => {
      const text = await fs.readFile(path.join(directory, name), "utf8");
      return { name, text: placement.place === "kept" ? kept(text) : text };
    }),
  );
}
