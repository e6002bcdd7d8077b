import { fieldsOf } from "../components/core/fields";
import { repairReleases } from "../components/kubernetes/release-repair";
import type { Engine } from "./engine";
import { ClusterObjects } from "./cluster-objects";
import { kubernetesApi, type KubernetesApi } from "./kubernetes-api";
import { plainValue, type State, type StateResource } from "./state";

/** What was done about the operations whose end the engine did not see; names are URNs. */
export interface Recovery {
  /** They had come to their end, and are in the state now. */
  readonly recorded: readonly string[];
  /** Releases that Helm had begun to install; the next deployment installs them again and adopts their objects. */
  readonly forgotten: readonly string[];
  /** The next deployment does them again. */
  readonly repeated: readonly string[];
}

export interface RecoverOptions {
  /** Whether etcd runs on the machine at this address: Talos refuses to bootstrap it twice. */
  readonly etcdBootstrapped: (node: string) => Promise<boolean>;
  /** The API of a kubeconfig that a provider of the stack has. Default: over the network. */
  readonly connect?: (kubeconfig: string) => KubernetesApi;
  /** Whether all locks of the stack are taken away first. Default: true. */
  readonly free?: boolean;
}

const BOOTSTRAP = "talos:machine/bootstrap:Bootstrap";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const NOTHING: Recovery = { recorded: [], forgotten: [], repeated: [] };

/**
 * Makes a stack deployable again whose deployment was killed: frees its lock, and finds out how the operations ended
 * that were under way. The caller makes sure that no deployment of it runs.
 *
 * Most updates and deletions can simply be done once more. Creations cannot:
 * - etcd refuses to be bootstrapped twice: a bootstrap that has happened is recorded.
 * - Kubernetes refuses to create what exists: an object that Pulumi has made is recorded, so that the next deployment
 *   updates it, and waits for it as it would have done.
 * - Helm refuses a release name that is in use: the record of an installation without an end is removed.
 *
 * Of updates and deletions of releases, Helm's record is removed: it refuses others while one has no end.
 *
 * Clusters are reached with the kubeconfigs of the stack's own providers.
 *
 * @throws Error when a cluster does not answer: what is in it cannot be known then, and nothing was changed.
 */
export async function recover(
  engine: Pick<Engine, "cancel" | "exportState" | "importState">,
  stack: string,
  options: RecoverOptions,
): Promise<Recovery> {
  // Pulumi Cloud refuses when there is nothing to cancel; what else is wrong shows in the export as well
  if (options.free !== false) await engine.cancel(stack).catch(() => undefined);
  const text = await engine.exportState(stack);
  const state = JSON.parse(text) as State;
  const { pending_operations: pending = [], ...deployment } = state.deployment;
  if (pending.length === 0) return NOTHING;

  const clusters = new Clusters(engine, stack, options.connect ?? ((config) => kubernetesApi(config, stack)));
  const recorded: StateResource[] = [];
  const forgotten: string[] = [];
  const present = new Set(deployment.resources?.map(({ urn }) => urn));
  // what is in the state already is being replaced, which the next deployment goes on with
  const created = pending.filter(({ type, resource }) => type === "creating" && !present.has(resource.urn));
  for (const { resource } of created) {
    if (resource.type === RELEASE) {
      if (await forgetRelease(await clusters.of(resource), resource)) forgotten.push(resource.urn);
    } else {
      const done = await finished(resource, clusters, options);
      if (done !== undefined) recorded.push(done);
    }
  }
  // Helm begins nothing on a release of which it takes an operation for being under way
  for (const { resource } of pending.filter(({ type, resource }) => type !== "creating" && resource.type === RELEASE)) {
    const { name, namespace } = fieldsOf(resource.inputs);
    const cluster = await clusters.of(resource);
    if (cluster !== undefined && typeof name === "string" && typeof namespace === "string")
      await repairReleases(cluster.api, [{ name, namespace }]);
  }
  const resources = [...(deployment.resources ?? []), ...recorded];
  await engine.importState(stack, JSON.stringify({ ...state, deployment: { ...deployment, resources } }));
  const known = new Set([...recorded.map(({ urn }) => urn), ...forgotten]);
  const repeated = pending.map(({ resource }) => resource.urn).filter((urn) => !known.has(urn));
  return { recorded: recorded.map(({ urn }) => urn), forgotten, repeated };
}

/** The resource as its provider would have recorded it; undefined when it has not been created. */
async function finished(
  resource: StateResource,
  clusters: Clusters,
  { etcdBootstrapped }: RecoverOptions,
): Promise<StateResource | undefined> {
  if (resource.type === BOOTSTRAP) {
    const node = resource.inputs?.["node"];
    if (typeof node !== "string" || !(await etcdBootstrapped(node))) return undefined;
    // the provider's id is a constant, and its outputs repeat the inputs
    return { ...resource, id: "machine_bootstrap", outputs: { ...resource.inputs } };
  }
  if (!resource.type.startsWith("kubernetes:")) return undefined;
  return (await clusters.of(resource))?.created(resource);
}

async function forgetRelease(cluster: ClusterObjects | undefined, { inputs }: StateResource): Promise<boolean> {
  const { name, namespace } = fieldsOf(inputs);
  if (cluster === undefined || typeof name !== "string" || typeof namespace !== "string") return false;
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  await cluster.api.delete(`/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`);
  return true;
}

/** The clusters of a stack, by the provider that reaches them. */
class Clusters {
  private plain: Promise<State> | undefined;
  private readonly known = new Map<string, ClusterObjects | undefined>();

  constructor(
    private readonly engine: Pick<Engine, "exportState">,
    private readonly stack: string,
    private readonly connect: (kubeconfig: string) => KubernetesApi,
  ) {}

  /** Nothing when its provider is not in the state: then nothing was created through it. */
  async of({ provider = "" }: StateResource): Promise<ClusterObjects | undefined> {
    if (!this.known.has(provider)) this.known.set(provider, await this.find(provider));
    return this.known.get(provider);
  }

  private async find(provider: string): Promise<ClusterObjects | undefined> {
    this.plain ??= this.engine
      .exportState(this.stack, { plainSecrets: true })
      .then((text) => JSON.parse(text) as State);
    const resources = (await this.plain).deployment.resources ?? [];
    const found = resources.find(({ urn, id }) => `${urn}::${id ?? ""}` === provider);
    const kubeconfig = plainValue(found?.inputs?.["kubeconfig"]);
    return typeof kubeconfig === "string" ? new ClusterObjects(this.connect(kubeconfig)) : undefined;
  }
}
