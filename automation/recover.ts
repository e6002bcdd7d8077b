import * as fs from "node:fs";
import * as path from "node:path";
import type { DaemonStatus } from "../sandbox/daemon";
import type { Engine } from "./engine";
import { request } from "../sandbox/kube";
import type { Layout } from "../sandbox/layout";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

interface PendingOperation {
  readonly type: string;
  readonly resource: Resource;
}

interface State {
  readonly deployment: {
    readonly resources?: readonly Resource[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

const BOOTSTRAP = "talos:machine/bootstrap:Bootstrap";
const RELEASE = "kubernetes:helm.sh/v3:Release";

/**
 * Makes a stack deployable again whose deployment was killed.
 *
 * The engine then does not know how its last operations ended. Most can simply be done once more, for Kubernetes'
 * server-side apply and Talos' apply are idempotent. Two cannot: etcd refuses to be bootstrapped twice, so that a
 * bootstrap that has happened is recorded as done; Helm refuses a release name that is in use, so that the record of
 * an installation that was not finished is removed (its objects are adopted by the next one).
 *
 * @param kubeconfig of the API that the stack's releases are installed into; nothing when there is none yet.
 */
export async function recover(
  engine: Engine,
  layout: Layout,
  stack: string,
  status: DaemonStatus,
  kubeconfig: () => Promise<string | undefined>,
): Promise<void> {
  await engine.unlock(stack);
  if (!fs.existsSync(engine.stateFile(stack))) return;
  if (!fs.readFileSync(engine.stateFile(stack), "utf8").includes('"pending_operations"')) return;
  const state = JSON.parse(await engine.exportState(stack)) as State;
  const pending = (state.deployment.pending_operations ?? []).filter(({ type }) => type === "creating");

  for (const { resource } of pending.filter(({ resource }) => resource.type === RELEASE)) {
    const api = await kubeconfig();
    if (api !== undefined) await forgetRelease(api, resource);
  }
  const done = pending.map(({ resource }) => resource).filter((resource) => hasHappened(resource, status));
  const { pending_operations: _, ...deployment } = state.deployment;
  const resources = [...(deployment.resources ?? []), ...done.map(asCreated)];
  const file = path.join(layout.directory, `${stack}.recovered.json`);
  fs.writeFileSync(file, JSON.stringify({ ...state, deployment: { ...deployment, resources } }), { mode: 0o600 });
  await engine.importState(stack, file);
  fs.rmSync(file);
}

function hasHappened(resource: Resource, { machines }: DaemonStatus): boolean {
  if (resource.type !== BOOTSTRAP) return false;
  const machine = machines.find(({ address }) => address === resource.inputs?.["node"]);
  return machine?.stage === "bootstrapped" || machine?.stage === "running";
}

/** As the provider records it: the id is a constant and the outputs repeat the inputs. */
function asCreated(resource: Resource): Resource {
  return { ...resource, id: "machine_bootstrap", outputs: { ...resource.inputs } };
}

async function forgetRelease(kubeconfig: string, { inputs }: Resource): Promise<void> {
  const { name, namespace } = inputs ?? {};
  if (typeof name !== "string" || typeof namespace !== "string") return;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  await request(kubeconfig, "DELETE", `${secrets}?labelSelector=${selector}`);
}
