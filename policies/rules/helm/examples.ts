type Fields = Readonly<Record<string, unknown>>;

/** A Helm release as the engine shows it, some of its inputs changed. */
export function release(changes: Fields = {}): Fields {
  return {
    type: "kubernetes:helm.sh/v3:Release",
    name: "shop",
    props: {
      name: "shop",
      namespace: "shop",
      createNamespace: false,
      chart: "shop",
      version: "1.4.2",
      repositoryOpts: { repo: "https://charts.example" },
      atomic: true,
      timeout: 600,
      verify: true,
      keyring: { text: "" },
      values: {},
      ...changes,
    },
  };
}

/** Where a chart comes from if it comes out of a registry. */
export function ociChart(chart: string): Fields {
  return release({ chart, repositoryOpts: undefined });
}
