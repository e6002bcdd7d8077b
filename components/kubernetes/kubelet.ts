import type { EvictionThresholds, KubeletReserve } from "./settings/kubelet";

/** A reserve by the names of resources. */
export function reserveOf({ cpu, memory, ephemeralStorage }: KubeletReserve): Record<string, string> {
  return givenTexts({ cpu, memory, "ephemeral-storage": ephemeralStorage });
}

/** Thresholds by the names of signals, all of them: where one is given, a kubelet leaves out what the others would be. */
export function thresholdsOf({
  memory = "100Mi",
  nodeFs = "10%",
  nodeFsInodes = "5%",
  imageFs = "15%",
}: EvictionThresholds): Record<string, string> {
  return {
    "memory.available": memory,
    "nodefs.available": nodeFs,
    "nodefs.inodesFree": nodeFsInodes,
    "imagefs.available": imageFs,
  };
}

/** Values as text, without those that are missing. */
export function givenTexts(values: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
}
