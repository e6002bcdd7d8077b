import { kind, type Manifest } from "../../kubernetes/manifest";
import { mirrored } from "../../kubernetes/image-mirror";
import { waitForCondition } from "../../kubernetes/wait";
import type { ProviderRelease } from "../../../versions/cluster-api";
import type { CommonSettings } from "../common-settings";
import type { PlannedObject } from "../component";

/* Kinds that come with the capability cluster-api. */

const apiVersion = "operator.cluster.x-k8s.io/v1alpha2";

/** All kinds of providers have the same spec. */
export interface ProviderSpec {
  /** Release of the provider, with its v. */
  readonly version: string;
  /** Where its components come from instead of its GitHub releases. */
  readonly fetchConfig?: { readonly oci: string };
  /** Secret with variables of the operator, such as GITHUB_TOKEN. */
  readonly configSecret?: { readonly name: string; readonly namespace: string };
  readonly manager?: { readonly featureGates?: Record<string, boolean>; readonly verbosity?: number };
  readonly deployment?: {
    readonly containers: {
      readonly name: string;
      readonly imageUrl?: string;
      readonly resources?: {
        readonly requests?: Record<string, string>;
        readonly limits?: Record<string, string>;
      };
    }[];
  };
}

/** What the operator needs to download providers, in its own namespace. */
export const CONFIG_SECRET = { name: "cluster-api-providers", namespace: "capi-operator-system" } as const;

export type ProviderKind =
  | "CoreProvider"
  | "BootstrapProvider"
  | "ControlPlaneProvider"
  | "InfrastructureProvider"
  | "AddonProvider"
  | "IPAMProvider";

export interface ProviderPlan {
  readonly kind: ProviderKind;
  /** The name by which the operator knows where the provider's components are. */
  readonly name: string;
  readonly namespace: string;
  readonly release: ProviderRelease;
  /** Memory limit of its manager. */
  readonly memory: string;
  /** Secret with variables of its manifests, in place of that which all providers share. */
  readonly variables?: { readonly name: string; readonly namespace: string };
}

/**
 * A provider of Cluster API, installed and upgraded by the operator. Deleting it takes its controllers and webhooks
 * away and leaves its CRDs, and with them every cluster.
 */
export function provider(
  { kind: of, name, namespace, release, memory, variables }: ProviderPlan,
  { mirror }: CommonSettings,
) {
  const configSecret = variables ?? (mirror.githubToken ? CONFIG_SECRET : undefined);
  const version = `v${release.version}`;
  const source = (repository: string, prefix = mirror.images) => `${mirrored(repository, prefix)}:${version}`;
  const downloads = mirror.providers ?? mirror.images;
  // where a mirror keeps its components: <mirror>/cluster-api-providers/<kind>-<name>:<version>
  const components = `cluster-api-providers/${of.replace("Provider", "").toLowerCase()}-${name}`;
  const manager = {
    name: "manager",
    ...(mirror.images === undefined ? {} : { imageUrl: source(release.image) }),
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory } },
  };
  const object = kind<Manifest<ProviderSpec>>(
    apiVersion,
    of,
  )({
    metadata: { name, namespace, annotations: waitForCondition("Ready") },
    spec: {
      version,
      ...(downloads === undefined ? {} : { fetchConfig: { oci: source(components, downloads) } }),
      ...(configSecret === undefined ? {} : { configSecret }),
      deployment: { containers: [manager] },
    },
  });
  return { resource: `${of}-${name}`, object, protect: true, patience: 20 } satisfies PlannedObject;
}
