import { parameters, names } from "../../engine/parameters";
import { tenantOf } from "../../engine/layers";
import { objectRule, stackRule } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import { defaultMark, isDefault, isLinstor, layersOf, parameterOf, STORAGE_CLASS } from "./classes";
import { AS_DEFAULT, parameterName, storageClass } from "./examples";

/** Whether tenants' volumes may be of the class: those granted to somebody, where grants say it at all, or all. */
function isForTenants(target: Target, settings: Settings): boolean {
  const granted = Object.values(settings.grants).flatMap(({ storageClasses }) => storageClasses);
  const labelled = tenantOf(target, settings) !== undefined;
  return labelled || granted.length === 0 || granted.includes(target.name.text ?? "");
}

/** Parameters that make other drivers encrypt. */
const ENCRYPTION: Readonly<Record<string, string>> = {
  "driver.longhorn.io": "encrypted",
  "rbd.csi.ceph.com": "encrypted",
  "rook-ceph.rbd.csi.ceph.com": "encrypted",
  "cephfs.csi.ceph.com": "encrypted",
};

export const encryption = objectRule({
  id: "sc-encryption",
  group: "storage",
  title: "At-rest encryption",
  severity: "high",
  references: ["CIS", "NSA"],
  kinds: [STORAGE_CLASS],
  fix: 'set encryption to "true", or luks in layerList (LINSTOR needs its passphrase for it)',
  docs: {
    why: "A failed disk leaves the data centre with the data of every tenant on it. Encrypted volumes cannot be read without the key.",
    pass: storageClass(),
    fail: storageClass({ [parameterName("encryption")]: undefined, [parameterName("layerList")]: "drbd storage" }),
  },
  *check(target, settings) {
    if (!isForTenants(target, settings)) return;
    if (isLinstor(target)) {
      const at = parameterOf(target, "encryption");
      const layers = parameterOf(target, "layerList");
      if (at.is("true") || layersOf(target)?.includes("luks") === true) return;
      yield { at: at.present ? at : layers, message: "volumes are not encrypted at rest", unless: [at, layers] };
      return;
    }
    const provisioner = target.root.field("provisioner").text ?? "";
    const name = Object.hasOwn(ENCRYPTION, provisioner) ? ENCRYPTION[provisioner] : undefined;
    const at = target.root.at("parameters", name ?? "");
    if (name !== undefined && !at.is("true") && !at.is("1")) yield { at, message: "volumes are not encrypted at rest" };
  },
});

const BACKUP = /backup/i;

const RECLAIM = parameters("sc-reclaim", (z) => ({
  backedUp: names(z).describe("Storage classes whose volumes are backed up: they may be deleted."),
}));

export const reclaim = objectRule({
  id: "sc-reclaim",
  group: "storage",
  title: "Reclaim explicit",
  severity: "medium",
  references: ["MTB (PV reclaim Delete)"],
  kinds: [STORAGE_CLASS],
  fix: "set reclaimPolicy (Delete only with backups, named in an annotation), volumeBindingMode: WaitForFirstConsumer and allowVolumeExpansion: true",
  params: RECLAIM,
  docs: {
    why: "By default, deleting a claim deletes the data, a volume is created before its pod is scheduled, and it can never grow.",
    pass: storageClass(),
    fail: storageClass({}, { reclaimPolicy: undefined }),
  },
  *check(target, settings) {
    const { root, annotations, labels } = target;
    const policy = root.field("reclaimPolicy");
    const backedUp = (RECLAIM.of(settings).backedUp ?? []).includes(target.name.text ?? "");
    const marked = [...annotations.entries(), ...labels.entries()].some(
      ([name, value]) => BACKUP.test(name) && !value.is("false"),
    );
    const tenants =
      tenantOf(target, settings) !== undefined ||
      Object.values(settings.grants).some(({ storageClasses }) => storageClasses.includes(target.name.text ?? ""));
    if (!policy.present)
      yield { at: policy, message: "deleting a claim deletes its data, which is the default and not set" };
    else if (policy.is("Delete") && tenants && !marked && !backedUp) {
      yield {
        at: policy,
        message: "deleting a claim deletes a tenant's data, and no annotation names a backup",
      };
    }
    const binding = root.field("volumeBindingMode");
    if (!binding.is("WaitForFirstConsumer"))
      yield { at: binding, message: "volumes are created before their pods are scheduled" };
    const grows = root.field("allowVolumeExpansion");
    if (!grows.is(true)) yield { at: grows, message: "volumes cannot grow" };
  },
});

export const defaultSingle = stackRule({
  id: "sc-default-single",
  group: "storage",
  title: "One default class",
  severity: "high",
  references: ["reliability"],
  types: [STORAGE_CLASS],
  fix: "annotate exactly one class as the default",
  docs: {
    why: "With two default classes a claim without a class gets the newer one; without a default class it stays pending.",
    pass: { resources: [storageClass({}, {}, AS_DEFAULT), storageClass({}, {}, { name: "local" })] },
    fail: { resources: [storageClass({}, {}, AS_DEFAULT), storageClass({}, {}, { name: "other", ...AS_DEFAULT })] },
  },
  *check(stack) {
    // classes of one cluster are compared with each other: the provider shows which cluster that is
    const clusters = new Map<string, Target[]>();
    for (const each of stack.all(STORAGE_CLASS)) {
      const cluster = each.resource.provider?.urn ?? each.resource.provider?.name ?? "";
      clusters.set(cluster, [...(clusters.get(cluster) ?? []), each]);
    }
    for (const classes of clusters.values()) {
      const marked = classes.filter(isDefault);
      const unsure = classes.map(defaultMark);
      if (marked.length > 1)
        for (const each of marked) yield { at: defaultMark(each), message: `${marked.length} classes are the default` };
      const [first] = classes;
      if (marked.length === 0 && first !== undefined)
        yield { at: defaultMark(first), message: "no class is the default", unless: unsure };
    }
  },
});
