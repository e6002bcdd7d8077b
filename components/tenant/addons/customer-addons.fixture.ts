import type { TenantClusterArgs } from "../args.generated";

/** Everything that a customer can ask the management cluster to install. */
export const CUSTOMER_ADDONS: NonNullable<TenantClusterArgs["addons"]> = {
  helm: {
    charts: {
      podinfo: {
        repository: "oci://registry.example/charts",
        chart: "podinfo",
        version: "6.9.2",
        namespace: "podinfo",
        values: "ui: { message: hello from {{ .Cluster.metadata.name }} }",
      },
    },
  },
  flux: {
    releases: {
      traefik: {
        repository: "https://charts.example/traefik",
        chart: "traefik",
        version: "37.1.1",
        namespace: "ingress",
        values: "replicas: 2",
      },
      redis: { repository: "oci://registry.example/charts", chart: "redis", version: "1.0.0", namespace: "redis" },
    },
    kustomizations: {
      apps: { url: "https://git.example/acme/apps", branch: "main", path: "./production", secret: "git" },
      tools: { url: "ssh://git@git.example/acme/tools", tag: "v1.2.0" },
    },
  },
};
