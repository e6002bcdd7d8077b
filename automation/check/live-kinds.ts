import { RULES } from "../../policies";

/** Kinds that are usually made by others. */
export const POD_KINDS = ["Pod", "ReplicaSet", "Job"];

const WORKLOADS = [
  "core/Pod",
  "core/ReplicationController",
  "apps/Deployment",
  "apps/StatefulSet",
  "apps/DaemonSet",
  "apps/ReplicaSet",
  "batch/Job",
  "batch/CronJob",
];

/** Kinds that rules are about, without Secrets, which a check does not read. */
export function readableKinds(): { readonly group: string; readonly kind: string }[] {
  const named = RULES.flatMap(({ types }) => types).filter((type) => /^[a-z][a-z0-9.-]*\/[A-Z]\w*$/.test(type));
  return [...new Set([...WORKLOADS, ...named])]
    .filter((key) => key !== "core/Secret")
    .sort()
    .map((key) => ({ group: key.slice(0, key.indexOf("/")), kind: key.slice(key.indexOf("/") + 1) }));
}
