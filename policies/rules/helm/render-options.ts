export interface RenderOptions {
  /** Path of the helm binary, version 3. */
  readonly helm: string;
  /** Directory for downloaded charts and rendered output; made when missing. Output may hold secrets: it is private. */
  readonly cacheDir: string;
  /** Directory that paths of local charts start from. Default: the working directory. */
  readonly root?: string | undefined;
  /** Where charts are taken from instead of their repositories: a folder of `<name>-<version>.tgz`, or an address. */
  readonly mirror?: string | undefined;
  /** Version of the cluster that templates see, e.g. v1.34.1. Default: helm's own. */
  readonly kubeVersion?: string | undefined;
  /** Seconds until helm is ended. Default: 120. */
  readonly timeout?: number | undefined;
  /** How many releases are rendered at once. Default: 2. */
  readonly concurrency?: number | undefined;
}

/** The moments of a release at which a chart may render differently. */
export type Moment = "install" | "upgrade";
