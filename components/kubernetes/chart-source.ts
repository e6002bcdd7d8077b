/** Where Helm finds a chart, as fields of a release. */
export interface ChartSource {
  /** Its name in a repository, an oci:// reference or a path in the project. */
  readonly chart: string;
  readonly version: string;
  /** Left out where `chart` says it all. */
  readonly repositoryOpts?: { readonly repo: string };
}

export interface ChartOrigin {
  readonly chart: string;
  readonly version: string;
  /** A Helm repository: https:// of an index, or oci:// of the folder that holds the chart. */
  readonly repository?: string | undefined;
  /** Folder of the project that holds the chart as `<chart>-<version>.tgz`, where there is no repository. */
  readonly folder?: string;
}

/** How Helm is given a chart: a repository of its own kind, an oci:// reference that ends in its name, or a file. */
export function chartSource({ chart, version, repository, folder = "charts" }: ChartOrigin): ChartSource {
  if (repository === undefined) return { chart: `./${folder}/${chart}-${version}.tgz`, version };
  if (repository.startsWith("oci://")) return { chart: `${repository.replace(/\/+$/, "")}/${chart}`, version };
  return { chart, version, repositoryOpts: { repo: repository } };
}
