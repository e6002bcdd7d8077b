import { setTimeout as sleep } from "node:timers/promises";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import type { Engine } from "../engine";
import { type KubernetesApi, kubernetesApi } from "../kubernetes-api";
import { OperationFailed } from "../operation-failed";

export interface Rotation {
  /** tenant.<cloud>.<name> */
  readonly stack: string;
  /** How long the renewal may take, in seconds. Default: 600. */
  readonly seconds?: number;
  /** Told what is done. Default: nobody. */
  readonly progress?: (text: string) => void;
}

/** Of Secrets that Kamaji renews: certificates and kubeconfigs (docs/content/guides/certs-lifecycle.md, 26.8). */
const LIFECYCLE = "kamaji.clastix.io/certificate_lifecycle_controller";

/** Empty, it asks for a renewal; afterwards it says when that was. */
const ROTATE = "certs.kamaji.clastix.io/rotate";

/**
 * Renews the certificates of a tenant's control plane and its administrator's kubeconfig, then deploys the stack, which
 * takes the new kubeconfig over. Authorities stay: nothing is replaced, nodes stay joined, and what was given out before is
 * valid until it expires.
 *
 * @returns the Secrets that were renewed.
 * @throws InvalidInput when the stack is no deployed tenant, OperationFailed when Kamaji does not renew them in time.
 */
export async function rotateCredentials(
  engine: Pick<Engine, "outputs" | "up">,
  { stack, seconds = 600, progress = () => undefined }: Rotation,
  connect: (kubeconfig: string) => KubernetesApi = (kubeconfig) => kubernetesApi(kubeconfig, "the management cluster"),
): Promise<string[]> {
  const [layer, cloud = ""] = stack.split(".");
  const { namespace, cluster } = layer === "tenant" ? await engine.outputs(stack) : {};
  if (typeof namespace?.value !== "string" || typeof cluster?.value !== "string") {
    const rule = "must be a tenant stack that is deployed";
    const fix = `run \`pulumi up --stack ${stack}\` first`;
    throw new InvalidInput("rotation", [{ where: "--stack", given: stack, rule, fix }]);
  }
  const { kubeconfig } = await engine.outputs(`platform.${cloud}`);
  const api = connect(String(kubeconfig?.value));
  const secrets = `/api/v1/namespaces/${namespace.value}/secrets`;
  const published = `${secrets}/${cluster.value}-kubeconfig`;
  const kubeconfigNow = async () => fieldsOf((await api.get(published))?.["data"])["value"];
  const before = await kubeconfigNow();
  const names = [...(await renewals(api, secrets)).keys()].sort();
  if (before === undefined || names.length === 0) {
    throw new OperationFailed(
      `${stack}: no certificates of Kamaji in ${namespace.value} — the control plane is not there yet; run \`pulumi up\` first`,
    );
  }
  progress(`${stack}: renewing ${names.join(", ")}`);
  for (const name of names) await api.patch(`${secrets}/${name}`, { metadata: { annotations: { [ROTATE]: "" } } });
  for (const end = Date.now() + seconds * 1000; ; await sleep(Math.min(1000, seconds * 100))) {
    const now = await renewals(api, secrets);
    const left = names.filter((name) => now.get(name) === "" || !now.has(name));
    if (left.length === 0 && (await kubeconfigNow()) !== before) break;
    if (Date.now() > end) {
      const what = left.length === 0 ? `${cluster.value}-kubeconfig` : left.join(", ");
      const fix = "see `kubectl logs -n kamaji-system deployment/kamaji`, and run it again";
      throw new OperationFailed(`${stack}: ${what} — not renewed in ${seconds} s; ${fix}`);
    }
  }
  progress(`${stack}: deploying the new kubeconfig`);
  await engine.up(stack, {});
  return names;
}

/** What the annotation says, by name; undefined where a Secret has none. */
async function renewals(api: KubernetesApi, secrets: string): Promise<Map<string, unknown>> {
  const { items } = (await api.get(`${secrets}?labelSelector=${encodeURIComponent(LIFECYCLE)}`)) ?? {};
  const all: Fields[] = Array.isArray(items) ? items.map((item) => fieldsOf(fieldsOf(item)["metadata"])) : [];
  return new Map(all.map(({ name, annotations }) => [String(name), fieldsOf(annotations)[ROTATE]]));
}
