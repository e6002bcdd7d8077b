import { PACKAGE_ROOT } from "../../components/core/package-root";
import { readChartLock } from "../../components/platform/charts/lock";
import { vendoredIn } from "../../components/platform/charts/vendored";
import type { ManagementCluster } from "../../components/platform/component";
import { planPlatform } from "../../components/platform/plan";
import { parsePlatformSettings } from "../../components/platform/settings";
import { NAMESPACE } from "../../components/core/layers";
import type { PartOf } from "./unready";

/**
 * Which component and stage of a platform a resource belongs to.
 *
 * @param config of the platform's stack file; its secrets stay encrypted.
 * @param management what its base stack publishes.
 * @throws InvalidInput for settings that its program would refuse.
 */
export function platformParts(config: Readonly<Record<string, unknown>>, management: ManagementCluster): PartOf {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${NAMESPACE}:`));
  const settings = Object.fromEntries(own.map(([key, value]) => [key.slice(NAMESPACE.length + 1), value]));
  const lock = readChartLock(PACKAGE_ROOT);
  const { stages } = planPlatform(parsePlatformSettings(settings), management, {
    lock,
    vendored: vendoredIn(PACKAGE_ROOT),
  });
  const parts = new Map<string, string>();
  for (const stage of stages) {
    const part = stage.component === stage.name ? stage.component : `${stage.component} (${stage.name})`;
    const resources = "release" in stage ? [stage.name] : stage.objects.map(({ resource }) => resource);
    for (const resource of resources) parts.set(resource, part);
  }
  return ({ resource }) => parts.get(resource);
}
