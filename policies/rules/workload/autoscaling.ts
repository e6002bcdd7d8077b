import type { Stack } from "../../engine/stack";
import type { Subject } from "../../engine/target";
import type { View } from "../../engine/view";

/** What a HorizontalPodAutoscaler makes of the replicas a workload states. */

export const AUTOSCALER = "autoscaling/HorizontalPodAutoscaler";

/** Where it is said how many replicas of a workload there are at least: its own field, or that of its autoscaler. */
export function fewestReplicas(stack: Stack | undefined, workload: Subject): View {
  const scaler = stack?.all(AUTOSCALER).find((each) => scales(each, workload));
  return scaler === undefined ? workload.spec.field("replicas") : scaler.spec.field("minReplicas");
}

function scales(scaler: Subject, workload: Subject): boolean {
  const target = scaler.spec.field("scaleTargetRef");
  const { name } = workload;
  return (
    target.field("kind").text === workload.kind &&
    name.text !== undefined &&
    target.field("name").text === name.text &&
    scaler.namespace.value === workload.namespace.value
  );
}
