import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

/** LINSTOR's driver, whose parameters are known. */
export const LINSTOR = "linstor.csi.linbit.com";

export const STORAGE_CLASS = "storage.k8s.io/StorageClass";

/** Parameters are written with the driver's name before them, and in older manifests without. */
export function parameterOf({ root }: Target, ...names: readonly string[]): View {
  const parameters = root.field("parameters");
  const candidates = names.flatMap((name) => [`${LINSTOR}/${name}`, name]).map((name) => parameters.field(name));
  return candidates.find((view) => view.present) ?? parameters.field(`${LINSTOR}/${names[0] ?? ""}`);
}

/** A property of DRBD or LINSTOR that the class sets on its volumes, e.g. `DrbdOptions/auto-quorum`. */
export function propertyOf({ root }: Target, name: string): View {
  const parameters = root.field("parameters");
  const full = parameters.field(`property.${LINSTOR}/${name}`);
  const short = parameters.field(name);
  return !full.present && short.present ? short : full;
}

export function isLinstor({ root }: Target): boolean {
  return root.field("provisioner").is(LINSTOR);
}

const DEFAULT = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

export function isDefault({ annotations }: Target): boolean {
  return DEFAULT.some((name) => annotations.field(name).is("true"));
}

export function defaultMark({ annotations }: Target): View {
  return (
    DEFAULT.map((name) => annotations.field(name)).find((view) => view.present) ?? annotations.field(DEFAULT[0] ?? "")
  );
}

/** Layers of its volumes, `drbd storage`; LINSTOR replicates through DRBD by default. */
export function layersOf(target: Target): string[] | undefined {
  const text = parameterOf(target, "layerList").text;
  return text
    ?.toLowerCase()
    .split(/[\s,]+/)
    .filter((layer) => layer !== "");
}

/** Copies of a volume; undefined when the class does not say. */
export function replicasOf(target: Target): number | undefined {
  const { value } = parameterOf(target, "placementCount", "autoPlace");
  const count = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof count === "number" && Number.isInteger(count) ? count : undefined;
}

/** Whether volumes of the class have, or say that they have, several copies. */
export function isReplicated(target: Target): boolean {
  const layers = layersOf(target);
  const named = /replica|(?:^|-)(?:ha|drbd)(?:-|$)/i.test(target.name.text ?? "");
  return named || layers?.includes("drbd") === true || (replicasOf(target) ?? 0) > 1;
}

/** Names that say that volumes have one copy. */
export const LOCAL_NAME = /local|single|scratch|hostpath/i;
