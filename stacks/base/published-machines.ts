import * as pulumi from "@pulumi/pulumi";
import type { KubernetesVersion } from "../../components/core/version";
import type { Deployed } from "../../components/talos/deployed";
import { imageOf } from "../../components/talos/image/classes";
import {
  configurationParts,
  describeChange,
  type MachineChange,
  unlessDone,
} from "../../components/talos/life/machine-changes";
import { type BaseSettings, machinesOf } from "../../components/talos/settings";
import type { TalosCluster } from "../../components/talos/talos-cluster";

type Published = Pick<Required<Deployed>, "machines" | "configurations"> & {
  /** Versions of Talos: what each machine reported when it was looked at last, before that the installer's. */
  readonly talosVersions: Readonly<Record<string, string>>;
  /** Whether all machines have what the settings say. */
  readonly complete: boolean;
};

/**
 * Machines as the next deployment, and other layers, see them. What a deployment with `--target` has left out stays
 * published as it was: the settings are not true of it, and a machine that has not left would never be asked to.
 */
export async function publishedMachines(
  base: BaseSettings,
  kubelets: KubernetesVersion,
  { done, left, reported }: Pick<TalosCluster, "done" | "left" | "reported">,
  { machines: before = {}, configurations: parts = {} }: Deployed,
): Promise<Published> {
  const preview = pulumi.runtime.isDryRun();
  const machines: Required<Deployed>["machines"] = {};
  const configurations: Required<Deployed>["configurations"] = {};
  const talosVersions: Record<string, string> = {};
  let complete = true;
  const keep = (name: string) => {
    complete = false;
    if (before[name] !== undefined) machines[name] = before[name];
    if (parts[name] !== undefined) configurations[name] = parts[name];
  };
  for (const machine of machinesOf(base)) {
    const { name, role, address, endpoint } = machine;
    const { installer, extensions } = imageOf(base, machine);
    if ((await known(done[name])) ?? preview) {
      const where = { role, address, ...(endpoint === undefined ? {} : { endpoint }) };
      machines[name] = { ...where, installer, extensions: [...extensions] };
      configurations[name] = configurationParts(base, machine, kubelets);
    } else keep(name);
    const version = (await known(reported[name]))?.version ?? /:(v[^@]+)/.exec(machines[name]?.installer ?? "")?.[1];
    if (machines[name] !== undefined) talosVersions[name] = version ?? "unknown";
  }
  for (const [name, gone] of Object.entries(left)) if (!((await known(gone)) ?? preview)) keep(name);
  return { machines, configurations, talosVersions, complete };
}

/**
 * Says what a deployment does to each machine. A preview says it when it is known which commands will run: what was
 * published last is not true of machines that a deployment has changed which did not come to its end.
 */
export async function tellChanges(
  changes: readonly MachineChange[],
  { unchanged, left }: Pick<TalosCluster, "unchanged" | "left">,
): Promise<void> {
  const told = pulumi.runtime.isDryRun()
    ? changes.map(async (change) => {
        const { machine } = change;
        return unlessDone(change, (await known(unchanged[machine] ?? left[machine])) ?? false);
      })
    : changes;
  for (const change of await Promise.all(told)) void pulumi.log.info(describeChange(change));
}

/** The value, where it is known: of a resource that was never made it is not, in previews and with `--target`. */
async function known<T>(output: pulumi.Output<T> | undefined): Promise<T | undefined> {
  if (output === undefined) return undefined;
  // no type of the SDK has it, and an unknown value never arrives
  const { isKnown } = output as unknown as { readonly isKnown: Promise<boolean> };
  if (!(await isKnown)) return undefined;
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}
