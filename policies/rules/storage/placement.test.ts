import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";
import { generatedConfiguration } from "../../engine/library/talos/generated";
import { parameterName, storageClass } from "./examples";

const urn = (stack: string, type: string, name: string) => `urn:pulumi:${stack}::firmament::${type}::${name}`;
const APPLY = "talos:machine/configurationApply:ConfigurationApply";

const machine = (
  name: string,
  role: "controlplane" | "worker",
  patch: object = { debug: false },
  cloud = "berlin",
) => ({
  type: APPLY,
  name,
  urn: urn(`base.${cloud}`, APPLY, name),
  props: {
    node: name,
    machineConfigurationInput: JSON.stringify(generatedConfiguration(role)),
    configPatches: [JSON.stringify(patch)],
  },
});
const schedulable = { cluster: { allowSchedulingOnControlPlanes: true } };
const copies = (count: string) => ({
  type: "kubernetes:storage.k8s.io/v1:StorageClass",
  name: "replicated",
  urn: urn("platform.berlin", "kubernetes:storage.k8s.io/v1:StorageClass", "replicated"),
  props: storageClass({ [parameterName("placementCount")]: count }),
});
const linstor = (spec: object) => ({
  apiVersion: "piraeus.io/v1",
  kind: "LinstorCluster",
  metadata: { name: "linstorcluster" },
  spec,
});
const workers = (count: number) => Array.from({ length: count }, (_, index) => machine(`worker-${index}`, "worker"));
const together = (...resources: object[]) => ({ resources });

/* piraeus-operator v2.6: satellites run on every node that their pods may run on (piraeus-operator#440). */
describe("machines for the copies of volumes", () => {
  itJudges([
    ["sc-replicas-placeable", "are not part of the program", copies("5"), "pass"],
    [
      "sc-replicas-placeable",
      "are too few workers",
      together(copies("3"), machine("cp", "controlplane"), ...workers(2)),
      /placementCount"\]$/,
    ],
    [
      "sc-replicas-placeable",
      "are workers enough",
      together(copies("3"), machine("cp", "controlplane"), ...workers(3)),
      "pass",
    ],
    [
      "sc-replicas-placeable",
      "are of another stack of the cloud",
      { resources: [copies("3")], context: [machine("cp", "controlplane"), ...workers(2)] },
      "violation",
    ],
    [
      "sc-replicas-placeable",
      "are of another cloud",
      { resources: [copies("3")], context: [machine("cp", "controlplane", undefined, "paris")] },
      "pass",
    ],
    [
      "sc-replicas-placeable",
      "are control planes that run workloads",
      together(copies("3"), ...["a", "b", "c"].map((name) => machine(name, "controlplane", schedulable))),
      "pass",
    ],
    [
      "sc-replicas-placeable",
      "are control planes whose taint satellites tolerate",
      together(
        copies("3"),
        machine("cp", "controlplane"),
        ...workers(2),
        linstor({ tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }),
      ),
      "pass",
    ],
    [
      "sc-replicas-placeable",
      "are chosen by labels that are not counted",
      together(copies("3"), ...workers(2), linstor({ nodeSelector: { storage: "yes" } })),
      "pass",
    ],
    [
      "sc-replicas-placeable",
      "may be one more that is not known yet",
      together(copies("3"), ...workers(2), {
        ...machine("m", "worker"),
        props: { machineConfigurationInput: UNKNOWN },
      }),
      "undecided",
    ],
  ]);
});
