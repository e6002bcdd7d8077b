import type { ProviderKind, ProviderSpec } from "./components/cluster-api-operator/kinds";
import type { DataStoreSpec, SecretKey } from "./components/kamaji/kinds";
import type { NamespaceName, StepName } from "./catalog";
import { mirrored, type PlatformFacts } from "./facts";
import { DATA_STORE, etcdMembers } from "./values/operators";

export interface ProviderPlan {
  readonly step: StepName;
  readonly kind: ProviderKind;
  /** The name by which the operator knows where the provider's components are. */
  readonly name: string;
  readonly namespace: NamespaceName;
  readonly spec: ProviderSpec;
}

/** A release of a provider; versions fit together (contract v1beta2 of the core, see facts on its upgrade). */
interface ProviderRelease extends Omit<ProviderPlan, "spec"> {
  readonly version: string;
  readonly image: string;
  readonly memory: string;
}

const PROVIDERS: readonly ProviderRelease[] = [
  {
    step: "cluster-api",
    kind: "CoreProvider",
    name: "cluster-api",
    namespace: "capi-system",
    version: "v1.13.5",
    image: "registry.k8s.io/cluster-api/cluster-api-controller",
    memory: "512Mi",
  },
  {
    step: "cluster-api-bootstrap",
    kind: "BootstrapProvider",
    name: "kubeadm",
    namespace: "capi-kubeadm-bootstrap-system",
    version: "v1.13.5",
    image: "registry.k8s.io/cluster-api/kubeadm-bootstrap-controller",
    memory: "512Mi",
  },
  {
    step: "cluster-api-control-plane",
    kind: "ControlPlaneProvider",
    name: "kamaji",
    namespace: "kamaji-system",
    version: "v0.20.0",
    image: "docker.io/clastix/cluster-api-control-plane-provider-kamaji",
    memory: "1Gi",
  },
  {
    step: "cluster-api-infrastructure",
    kind: "InfrastructureProvider",
    name: "kubevirt",
    namespace: "capk-system",
    version: "v0.11.2",
    image: "quay.io/capk/capk-manager",
    memory: "512Mi",
  },
];

export function planProviders({ spec }: PlatformFacts): ProviderPlan[] {
  const prefix = spec.mirror.images;
  return PROVIDERS.map(({ version, image, memory, ...provider }) => ({
    ...provider,
    spec: {
      version,
      ...(prefix === undefined ? {} : { fetchConfig: { oci: components(provider, version, prefix) } }),
      deployment: {
        containers: [
          {
            name: "manager",
            ...(prefix === undefined ? {} : { imageUrl: `${mirrored(image, prefix)}:${version}` }),
            resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory } },
          },
        ],
      },
    },
  }));
}

/** Where a mirror keeps a provider's components: `<mirror>/cluster-api-providers/<kind>-<name>:<version>`. */
function components({ kind, name }: Pick<ProviderPlan, "kind" | "name">, version: string, prefix: string): string {
  const repository = `host/cluster-api-providers/${kind.replace("Provider", "").toLowerCase()}-${name}`;
  return `${mirrored(repository, prefix)}:${version}`;
}

export interface DataStorePlan {
  readonly name: string;
  readonly spec: DataStoreSpec;
}

/**
 * The etcd of chart kamaji-etcd as Kamaji sees it. The chart could make this object itself; it is ours so that it can
 * be protected, checked by policies and named in the contract.
 */
export function planDataStore(facts: PlatformFacts, namespace: NamespaceName): DataStorePlan {
  const { dnsDomain } = facts.management;
  const member = (index: number) => `${DATA_STORE}-${index}.${DATA_STORE}.${namespace}.svc.${dnsDomain}:2379`;
  const pair = (name: string) => ({
    certificate: secretKey(name, namespace, "tls.crt"),
    privateKey: secretKey(name, namespace, "tls.key"),
  });
  return {
    name: DATA_STORE,
    spec: {
      driver: "etcd",
      endpoints: Array.from({ length: etcdMembers(facts) }, (_, index) => member(index)),
      tlsConfig: {
        certificateAuthority: pair(`${DATA_STORE}-ca`),
        clientCertificate: pair(`${DATA_STORE}-client-certs`),
      },
    },
  };
}

function secretKey(name: string, namespace: string, keyPath: string): SecretKey {
  return { secretReference: { name, namespace, keyPath } };
}
