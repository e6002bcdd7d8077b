import { podsOf, type PodView } from "../../engine/pods";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { flagsOf, type Flag } from "../../engine/library/flags";

/** Kinds of workloads that run controllers; a DaemonSet runs on the tenant's own nodes and is its node side. */
export const WORKLOADS = ["apps/Deployment", "apps/StatefulSet", "apps/ReplicaSet", "core/Pod"];

export const RELEASE = "helm.sh/Release";

export interface Controller {
  readonly pod: PodView;
  readonly container: View;
  readonly flags: readonly Flag[];
}

/** Containers of a workload with their flags, wherever those stand. */
export function containersOf(target: Target): Controller[] {
  return podsOf(target).flatMap((pod) =>
    pod.mainContainers.map(({ view }) => ({
      pod,
      container: view,
      flags: [...flagsOf(view.field("command")), ...flagsOf(view.field("args"))],
    })),
  );
}

/** Value of a flag, with `$(NAME)` replaced by the variable of that name where it is written down. */
export function resolved({ pod, container: holder }: Controller, flag: Flag): string | undefined {
  const name = /^\$\(([^)]+)\)$/.exec(flag.value)?.[1];
  if (name === undefined) return flag.value;
  const variable = holder
    .field("env")
    .items()
    .find((each) => each.field("name").text === name);
  if (variable?.at("valueFrom", "fieldRef", "fieldPath").is("metadata.namespace") === true)
    return pod.target.namespace.text;
  return variable?.field("value").text;
}
