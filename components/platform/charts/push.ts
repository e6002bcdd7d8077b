import * as fs from "node:fs/promises";
import * as path from "node:path";
import { parse } from "yaml";
import { archiveName, type PackedChart, placeChart, sha256, unpackChart, writeIndex } from "./archive";
import { type Credentials, RegistrySession } from "./registry-session";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.cncf.helm.config.v1+json";
const CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

export interface PushOptions {
  /** `oci://registry/path`, below which each chart is a repository; or a folder, which becomes a Helm repository. */
  readonly to: string;
  readonly credentials?: Credentials;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * Puts charts where machines without a way out find them: platform.mirror.charts of the target is all that has to be set.
 * What is there already with the same content is not sent again.
 *
 * @param from folder with the archives.
 * @throws Error when the registry refuses, or has another chart under the same version: a version never changes.
 */
export async function pushCharts(charts: readonly PackedChart[], from: string, options: PushOptions): Promise<void> {
  const { to, credentials, fetch: get = fetch } = options;
  if (!to.startsWith("oci://")) return await toFolder(charts, from, to);
  for (const chart of charts) {
    const archive = await fs.readFile(path.join(from, archiveName(chart)));
    const session = new RegistrySession(`${to.replace(/\/+$/, "")}/${chart.name}`, get, credentials);
    await push(session, chart, archive);
  }
}

async function toFolder(charts: readonly PackedChart[], from: string, to: string): Promise<void> {
  await fs.mkdir(to, { recursive: true });
  for (const chart of charts) {
    const archive = await fs.readFile(path.join(from, archiveName(chart)));
    await placeChart(to, chart.name, chart.version, archive);
  }
  await writeIndex(to, charts);
}

async function push(session: RegistrySession, { name, version, digest }: PackedChart, archive: Buffer): Promise<void> {
  const files = await unpackChart(archive);
  const config = Buffer.from(JSON.stringify(parse(files.get("Chart.yaml") ?? "{}")));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, digest: `sha256:${sha256(config)}`, size: config.length },
    layers: [{ mediaType: CHART, digest: `sha256:${digest}`, size: archive.length }],
  };
  // a tag has no plus: registries write an underscore for it
  const tag = version.replace("+", "_");
  const present = await session.chartOf(tag, MANIFEST, CHART);
  if (present === `sha256:${digest}`) return;
  if (present !== undefined)
    throw new Error(
      `${name} ${version}: the registry has another chart (${present}) under this version; a version never changes`,
    );
  await session.blob(config);
  await session.blob(archive);
  await session.manifest(tag, MANIFEST, Buffer.from(JSON.stringify(manifest)));
}
