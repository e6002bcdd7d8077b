import type { PlatformPlan } from "../../components/platform/plan";
import type { PartOf } from "./unready";

/** Which component and stage of a platform a resource belongs to. */
export function platformParts({ stages }: Pick<PlatformPlan, "stages">): PartOf {
  const parts = new Map<string, string>();
  for (const stage of stages) {
    const part = stage.component === stage.name ? stage.component : `${stage.component} (${stage.name})`;
    const resources = "release" in stage ? [stage.name] : stage.objects.map(({ resource }) => resource);
    for (const resource of resources) parts.set(resource, part);
  }
  return ({ resource }) => parts.get(resource);
}
