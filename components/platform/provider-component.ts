import { CLUSTER_API_PROVIDERS } from "../../versions/cluster-api";
import { CRD_MODULES } from "../../versions/crd-modules";
import { kind as kindOf, type ObjectMeta } from "../kubernetes/manifest";
import { provider, type ProviderKind } from "./apis/cluster-api-providers";
import type { Capability } from "./capabilities";
import type { CommonSettings } from "./common-settings";
import { type AllowedTraffic, type Component, component, SecretSetting } from "./component";
import type { ComponentSandbox } from "./sandbox";
import { CONTROLLER_RUNTIME_WEBHOOK } from "./shared-values";

/** A provider of Cluster API that is a component by itself, off by default. */
export interface ProviderComponent {
  /** Name of the component and of its stage. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly description: string;
  readonly provides: Capability;
  readonly kind: ProviderKind;
  /** The name by which the operator knows where the provider's components are. */
  readonly provider: string;
  /** Its entry among the pinned releases and among the modules of definitions. */
  readonly release: keyof typeof CLUSTER_API_PROVIDERS & keyof typeof CRD_MODULES;
  /** Folders of its module with definitions. Default: the usual one. */
  readonly definitions?: readonly string[];
  /** As upstream's manifests have them: its namespace, and what names of its objects begin with. */
  readonly namespace: string;
  readonly prefix: string;
  /** What its pods talk to beside API servers, those of tenants too. Default: nothing. */
  readonly traffic?: AllowedTraffic;
  /** The contract of Cluster API that it keeps, and the version of its kinds that does. */
  readonly contract: { readonly core: "v1beta1" | "v1beta2"; readonly own: string };
  /** Variables of its manifests that have no default. Default: none. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The component of such a provider: Cluster API's operator installs and upgrades it. */
export function providerComponent(definition: ProviderComponent): Component {
  const { name, description, namespace, kind, provides, traffic = {}, variables } = definition;
  const release = CLUSTER_API_PROVIDERS[definition.release];
  return component({
    name,
    description,
    group: "cluster-api",
    enabledByDefault: false,
    namespaces: {
      [namespace]: {
        podSecurity: "baseline",
        traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], tenantApis: true, ...traffic },
      },
    },
    stages: [
      {
        stage: name,
        needs: ["cluster-api"],
        provides: [provides],
        objects: ({ settings }) => {
          const plan = { kind, name: definition.provider, namespace, release, memory: "512Mi" };
          if (variables === undefined) return [provider(plan, settings)];
          const metadata = { name: `${definition.provider}-variables`, namespace };
          const secret = variablesSecret(metadata, variables, settings);
          const installed = provider({ ...plan, variables: metadata }, settings);
          return [secret, { ...installed, after: [secret.resource] }];
        },
      },
    ],
    images: [release.image],
    sandbox: sandboxOf(definition),
  });
}

const Secret = kindOf<{ readonly metadata: ObjectMeta; readonly stringData: Readonly<Record<string, unknown>> }>(
  "v1",
  "Secret",
);

/** What the operator fills the provider's manifests with, and the token that it downloads them with. */
function variablesSecret(
  metadata: { readonly name: string; readonly namespace: string },
  variables: Readonly<Record<string, string>>,
  { mirror }: CommonSettings,
) {
  const token = mirror.githubToken ? { GITHUB_TOKEN: new SecretSetting("githubToken") } : {};
  return { resource: metadata.name, object: Secret({ metadata, stringData: { ...variables, ...token } }) };
}

/** The provider's kinds, and no manager: its objects are accepted and nothing comes of them. */
function sandboxOf(definition: ProviderComponent): ComponentSandbox {
  const { kind, provider: name, release, prefix, contract, definitions = ["config/crd/bases"] } = definition;
  const bundle = `cluster-api-${release}`;
  return {
    onRequest: true,
    missing: {
      what: "the provider's kinds are served, its manager does not run",
      why: "the sandbox builds no manager of it",
    },
    crds: [
      {
        bundle,
        module: CRD_MODULES[release],
        from: definitions,
        labels: { [`cluster.x-k8s.io/${contract.core}`]: contract.own, "cluster.x-k8s.io/provider": release },
      },
    ],
    providers: [
      {
        kind,
        name,
        bundle,
        version: `v${CLUSTER_API_PROVIDERS[release].version}`,
        contract: contract.core,
        prefix,
        label: release,
      },
    ],
  };
}
