import type { ProviderKind, ProviderSpec } from "./components/cluster-api-operator/kinds";
import type { DataStoreSpec, SecretKey } from "./components/kamaji/kinds";
import type { NamespaceName, StepName } from "./catalog";
import { CLUSTER_API_PROVIDERS, type ProviderRelease } from "../../versions/cluster-api";
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

interface Provider extends Omit<ProviderPlan, "spec"> {
  readonly release: ProviderRelease;
  readonly memory: string;
}

const PROVIDERS: readonly Provider[] = [
  {
    step: "cluster-api",
    kind: "CoreProvider",
    name: "cluster-api",
    namespace: "capi-system",
    release: CLUSTER_API_PROVIDERS.core,
    memory: "512Mi",
  },
  {
    step: "cluster-api-bootstrap",
    kind: "BootstrapProvider",
    name: "kubeadm",
    namespace: "capi-kubeadm-bootstrap-system",
    release: CLUSTER_API_PROVIDERS["bootstrap-kubeadm"],
    memory: "512Mi",
  },
  {
    step: "cluster-api-control-plane",
    kind: "ControlPlaneProvider",
    name: "kamaji",
    namespace: "kamaji-system",
    release: CLUSTER_API_PROVIDERS["control-plane-kamaji"],
    memory: "1Gi",
  },
  {
    step: "cluster-api-infrastructure",
    kind: "InfrastructureProvider",
    name: "kubevirt",
    namespace: "capk-system",
    release: CLUSTER_API_PROVIDERS["infrastructure-kubevirt"],
    memory: "512Mi",
  },
];

export function planProviders({ spec }: PlatformFacts): ProviderPlan[] {
  const prefix = spec.mirror.images;
  return PROVIDERS.map(({ release: { version: number, image }, memory, ...provider }) => {
    const version = `v${number}`;
    return {
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
    };
  });
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
