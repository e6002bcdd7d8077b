/**
 * Manifests for the examples of rules: compliant as they are, changed where an example wants to show something.
 * Changes replace whole fields and are not merged, so that an example shows exactly what it says.
 */
type Fields = Readonly<Record<string, unknown>>;

/** An image that satisfies every rule about images. */
export const IMAGE = `registry.example/shop/web:1.4.2@sha256:${"0123456789abcdef".repeat(4)}`;

export const SECURITY: Fields = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

export function container(changes: Fields = {}): Fields {
  return {
    name: "web",
    image: IMAGE,
    resources: {
      requests: { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "1", memory: "64Mi", "ephemeral-storage": "64Mi" },
    },
    readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 5 },
    livenessProbe: { httpGet: { path: "/alive", port: 8080 }, periodSeconds: 20 },
    securityContext: SECURITY,
    ...changes,
  };
}

/** A container whose securityContext differs in some fields. */
export function secured(changes: Fields): Fields {
  return container({ securityContext: { ...SECURITY, ...changes } });
}

export function podSpec(changes: Fields = {}): Fields {
  return {
    automountServiceAccountToken: false,
    serviceAccountName: "web",
    containers: [container()],
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { app: "web" } },
      },
    ],
    ...changes,
  };
}

/** A Deployment of two web servers, its pod changed. */
export function deployment(pod: Fields = {}, spec: Fields = {}): Fields {
  const labels = { app: "web" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(pod) },
      ...spec,
    },
  };
}

/** Any other object; namespaced unless `namespace` is undefined in `metadata`. */
export function object(apiVersion: string, kind: string, fields: Fields = {}, metadata: Fields = {}): Fields {
  return { apiVersion, kind, metadata: { name: "web", namespace: "shop", ...metadata }, ...fields };
}

/** The provider for the API of a tenant's own cluster, as its component makes it. */
export const TENANT_PROVIDER = {
  type: "pulumi:providers:kubernetes",
  name: "acme-api",
  urn: "urn:pulumi:tenant.berlin.acme::firmament::firmament:tenant:TenantCluster$firmament:tenant:Addons$pulumi:providers:kubernetes::acme-api",
} as const;
