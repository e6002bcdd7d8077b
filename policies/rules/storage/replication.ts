import { objectRule } from "../../engine/rule";
import type { View } from "../../engine/view";
import {
  defaultMark,
  isDefault,
  isLinstor,
  isReplicated,
  layersOf,
  LOCAL_NAME,
  parameterOf,
  propertyOf,
  replicasOf,
  STORAGE_CLASS,
} from "./classes";
import { parameterName, propertyName, storageClass } from "./examples";

/** Copies of volumes, and who is right when copies differ. */

export const replicas = objectRule({
  id: "sc-replicas",
  group: "storage",
  title: "Replicas ≥ 2",
  severity: "critical",
  references: ["data loss"],
  kinds: [STORAGE_CLASS],
  fix: "set placementCount to 2 or more; a class with one copy must be called local and not be the default",
  docs: {
    why: "With one copy, the loss of one disk is the loss of the volume. A claim without a class, or of a class called replicated, does not expect that.",
    pass: storageClass(),
    fail: storageClass({ [parameterName("placementCount")]: "1" }),
  },
  *check(target) {
    if (!isLinstor(target)) return;
    const at = parameterOf(target, "placementCount", "autoPlace");
    const count = replicasOf(target) ?? 1;
    const [byDefault, replicated] = [isDefault(target), isReplicated(target)];
    // without a tie breaker two copies have no majority when one of them is gone
    const tieBreaker = !propertyOf(target, "DrbdOptions/auto-add-quorum-tiebreaker").is("false");
    const quorum = propertyOf(target, "DrbdOptions/auto-quorum").present;
    const needed = quorum && !tieBreaker ? 3 : 2;
    if (count >= needed) return;
    if (byDefault)
      yield {
        at,
        message: `the default class keeps ${count} of the ${needed} copies it needs`,
        unless: [defaultMark(target)],
      };
    else if (replicated) yield { at, message: `a replicated class keeps ${count} of the ${needed} copies it needs` };
    else if (!LOCAL_NAME.test(target.name.text ?? ""))
      yield { at, message: "volumes have one copy, and the name of the class is not local", unless: [target.name] };
  },
});

const STOPS = ["io-error", "suspend-io"];

export const quorum = objectRule({
  id: "sc-quorum",
  group: "storage",
  title: "DRBD quorum",
  severity: "high",
  references: ["split-brain"],
  kinds: [STORAGE_CLASS, "piraeus.io/LinstorCluster"],
  fix: "set auto-quorum and on-no-data-accessible to io-error or suspend-io, and rr-conflict to retry-connect for disks of virtual machines",
  docs: {
    why: "When the copies of a volume lose their connection, only the majority may be written. Without quorum both are written, and the changes of one are lost later.",
    pass: storageClass(),
    fail: storageClass({ [propertyName("auto-quorum")]: "off" }),
  },
  *check(target) {
    if (target.key !== STORAGE_CLASS) {
      for (const property of target.spec.field("properties").items()) {
        const [name, value] = [property.field("name").text ?? "", property.field("value")];
        if (
          /DrbdOptions\/(?:auto-quorum|Resource\/(?:quorum|on-no-data-accessible))$/.test(name) &&
          !isStopping(value, name)
        ) {
          yield { at: value, message: `${name} lets copies of all volumes diverge` };
        }
      }
      return;
    }
    if (!isLinstor(target) || !isReplicated(target) || layersOf(target)?.includes("drbd") === false) return;
    // what the cluster sets for all volumes need not be said again
    const clusters = target.neighbours?.all("piraeus.io/LinstorCluster") ?? [];
    const everywhere = (name: string) =>
      clusters.some((cluster) =>
        cluster.spec
          .field("properties")
          .items()
          .some((each) => each.field("name").is(name) && isStopping(each.field("value"), name)),
      );
    for (const name of ["DrbdOptions/auto-quorum", "DrbdOptions/Resource/on-no-data-accessible"]) {
      const at = propertyOf(target, name);
      if (!STOPS.includes(at.text ?? "") && (at.present || !everywhere(name)))
        yield { at, message: `${name} lets copies diverge` };
    }
    const suspends = propertyOf(target, "DrbdOptions/auto-quorum").is("suspend-io");
    const remote =
      parameterOf(target, "allowRemoteVolumeAccess").is("true") || /vm|rwx|kubevirt/i.test(target.name.text ?? "");
    const conflict = propertyOf(target, "DrbdOptions/Net/rr-conflict");
    if (suspends && remote && !conflict.is("retry-connect"))
      yield { at: conflict, message: "a machine that is migrated loses its disk when copies are connected again" };
  },
});

function isStopping(value: View, name: string): boolean {
  return STOPS.includes(value.text ?? "") || (name.endsWith("/quorum") && value.is("majority"));
}
