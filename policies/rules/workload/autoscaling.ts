import type { Neighbours, Target } from "../../engine/target";
import type { View } from "../../engine/view";

/** What a HorizontalPodAutoscaler makes of the replicas a workload states. */

export const AUTOSCALER = "autoscaling/HorizontalPodAutoscaler";

/** Where it is said how many replicas of a workload there are at least: its own field, or that of its autoscaler. */
export function fewestReplicas(neighbours: Neighbours | undefined, workload: Target): View {
  const scaler = neighbours?.all(AUTOSCALER).find((each) => scales(each, workload));
  return scaler === undefined ? workload.spec.field("replicas") : scaler.spec.field("minReplicas");
}

function scales(scaler: Target, workload: Target): boolean {
  const scaled = scaler.spec.field("scaleTargetRef");
  const { name } = workload;
  return (
    scaled.field("kind").text === workload.kind &&
    name.text !== undefined &&
    scaled.field("name").text === name.text &&
    scaler.namespace.value === workload.namespace.value
  );
}
