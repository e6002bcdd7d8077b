import { stringify } from "yaml";
import type { TenantClusterArgs } from "./args.generated";
import { parseTenant } from "./parse";
import type { Tenant } from "./settings";
import type { World } from "../../test/support/registrations";

/** A tenant that is right; tests change what they are about. */
export function tenantArgs(change: Partial<TenantClusterArgs> = {}): TenantClusterArgs {
  return {
    name: "acme",
    kubernetesVersion: "v1.34.1",
    network: { podCidr: "10.16.0.0/16", serviceCidr: "10.17.0.0/16" },
    quota: { cpu: "64", memory: "256Gi", storage: "1Ti" },
    nodePools: {
      small: { replicas: 2, cpus: 2, memory: "4Gi", image: "registry.example/node:v1.34.1" },
      spot: { autoscaling: { min: 0, max: 4 }, cpus: 4, memory: "8Gi", image: "registry.example/node:v1.34.1" },
    },
    platform: {
      dataStore: "default",
      storageClass: "replicated",
      networks: { pods: "10.244.0.0/16", machines: "192.0.2.0/24" },
      podNetwork: { repository: "https://charts.example", chart: "cilium", version: "1.19.5" },
    },
    ...change,
  };
}

export const tenantOf = (change: Partial<TenantClusterArgs> = {}): Tenant => parseTenant(tenantArgs(change));

/** What Kamaji's provider writes for the tenant. */
export const kubeconfig = stringify({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "admin",
  clusters: [{ name: "acme", cluster: { server: "https://198.51.100.7:6443" } }],
  users: [{ name: "admin", user: { token: "hush" } }],
  contexts: [{ name: "admin", context: { cluster: "acme", user: "admin" } }],
});

/** A management cluster whose controllers have done their work. */
export const world: World = {
  state: (type) => {
    if (type === "kubernetes:core/v1:Secret") {
      return {
        data: { value: Buffer.from(kubeconfig).toString("base64"), token: Buffer.from("token").toString("base64") },
      };
    }
    if (type.endsWith(":KamajiControlPlane")) return { status: { ready: true, version: "v1.34.1" } };
    return undefined;
  },
};

/** Deep copy through text, as everything that reaches an API takes. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
