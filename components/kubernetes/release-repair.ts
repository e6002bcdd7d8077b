import { fieldsOf } from "../core/fields";
import type { KubernetesApi } from "./api-client";

/** A release by what Helm knows it by. */
export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** What Helm calls an operation that has begun; it begins no other one until that has ended. */
const UNDER_WAY = ["pending-install", "pending-upgrade", "pending-rollback"] as const;

/**
 * Removes Helm's records of operations on these releases that have no end: those of a run that was killed. Helm would
 * refuse every other one ("another operation is in progress", "cannot re-use a name"). After it an upgrade goes on from
 * the revision before, and an installation is begun again, which takes over the objects of its name.
 *
 * The caller makes sure that no run is under way that works on them: while it holds the lock of the stack that they are
 * in, there is none.
 *
 * @returns a sentence for each record that was removed.
 * @throws Error when the cluster does not answer.
 */
export async function repairReleases(
  api: Pick<KubernetesApi, "get" | "delete">,
  releases: readonly ReleaseName[],
): Promise<string[]> {
  const repaired: string[] = [];
  for (const namespace of [...new Set(releases.map((each) => each.namespace))]) {
    const folder = `/api/v1/namespaces/${namespace}/secrets`;
    const selector = encodeURIComponent(`owner=helm,status in (${UNDER_WAY.join(",")})`);
    const { items } = (await api.get(`${folder}?labelSelector=${selector}`)) ?? {};
    for (const { metadata } of Array.isArray(items) ? items.map(fieldsOf) : []) {
      const { name: secret, labels } = fieldsOf(metadata);
      const { name, status, version } = fieldsOf(labels);
      if (!releases.some((each) => each.namespace === namespace && each.name === name)) continue;
      await api.delete(`${folder}/${String(secret)}`);
      repaired.push(
        `${String(name)}: revision ${String(version)} was ${String(status)} when a run was killed; Helm's record of it is removed, and it is done again`,
      );
    }
  }
  return repaired;
}
