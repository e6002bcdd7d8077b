import { object } from "../../engine/library/examples";
import { mayShareCloud } from "../../engine/layers";
import { APPLY } from "../../engine/library/talos/config";
import { machinesIn, schedulesWorkloads } from "../../engine/library/talos/machines";
import { stackRule } from "../../engine/rule";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { isLinstor, parameterOf, replicasOf, STORAGE_CLASS } from "./classes";
import { parameterName, storageClass } from "./examples";

const CLUSTER = "piraeus.io/LinstorCluster";

const storing = (...values: string[]) => ({
  ...object("piraeus.io/v1", "LinstorCluster", {
    spec: {
      nodeAffinity: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values }] }],
      },
    },
  }),
  metadata: { name: "linstorcluster" },
});

export const replicasPlaceable = stackRule({
  id: "sc-replicas-placeable",
  group: "storage",
  title: "A machine for each replica",
  severity: "high",
  references: ["piraeus-operator#440"],
  types: [STORAGE_CLASS, CLUSTER, APPLY],
  fix: "ask for fewer copies (placementCount), or let more machines keep volumes",
  docs: {
    why: "Each copy of a volume is on a machine of its own. Where there are fewer machines than copies no volume is ever made: claims stay pending, and nothing of the deployment fails.",
    pass: { resources: [storageClass(), storing("worker-1", "worker-2", "worker-3")] },
    fail: { resources: [storageClass({ [parameterName("placementCount")]: "3" }), storing("worker-1", "worker-2")] },
  },
  *check(stack) {
    const beside = machinesIn(stack);
    for (const target of stack.of(STORAGE_CLASS)) {
      const copies = isLinstor(target) ? replicasOf(target) : undefined;
      const places = copies === undefined ? undefined : placesFor(stack, target, beside);
      if (copies === undefined || places === undefined || copies <= places.count) continue;
      const message = `${copies} copies do not fit on the ${places.count} machines that keep volumes`;
      yield { at: parameterOf(target, "placementCount", "autoPlace"), message, unless: places.unless };
    }
  },
});

interface Places {
  readonly count: number;
  readonly unless: readonly View[];
}

/** How many machines keep volumes; undefined where neither LINSTOR names them nor their configurations are seen. */
function placesFor(stack: Stack, target: Target, beside: ReturnType<typeof machinesIn>): Places | undefined {
  const clusters = stack.all(CLUSTER).filter(({ resource }) => mayShareCloud(resource, target.resource));
  const [cluster] = clusters;
  const affinity = cluster?.spec.field("nodeAffinity");
  if (affinity?.present === true) return namedIn(affinity);
  if (clusters.length > 1 || cluster?.spec.field("nodeSelector").present === true) return undefined;
  const { controlPlanes, others, unsure } = beside(target.resource);
  if (controlPlanes.length + others.length === 0) return undefined;
  const tolerations = cluster?.spec.field("tolerations").items() ?? [];
  const tolerant = tolerations.some((each) => {
    const key = each.field("key");
    return !key.present || key.is("node-role.kubernetes.io/control-plane");
  });
  // the taint of a control plane keeps satellites away
  const storing = controlPlanes.filter((each) => tolerant || schedulesWorkloads(each) !== undefined);
  return { count: storing.length + others.length, unless: unsure };
}

/** An affinity is a list of alternatives; other expressions than names are not counted. */
function namedIn(affinity: View): Places | undefined {
  const terms = affinity.field("nodeSelectorTerms").items();
  const expressions = terms.flatMap((term) => term.field("matchExpressions").items());
  const byName = expressions.filter(
    (each) => each.field("key").is("kubernetes.io/hostname") && each.field("operator").is("In"),
  );
  if (byName.length !== terms.length || expressions.length !== terms.length || terms.length === 0) return undefined;
  const lists = byName.map((each) => each.field("values"));
  const names = lists.flatMap((list) => list.items());
  return { count: new Set(names.map(({ text }) => text)).size, unless: [...lists, ...names] };
}
