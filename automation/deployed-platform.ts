import { fieldsOf } from "../components/core/fields";
import { NAMESPACE } from "../components/core/layers";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { readChartLock } from "../components/platform/charts/lock";
import { vendoredIn } from "../components/platform/charts/vendored";
import { planPlatform, type PlatformPlan } from "../components/platform/plan";
import { parsePlatformSettings } from "../components/platform/settings";
import { baseContract } from "../stacks/contracts";

/**
 * The plan of a platform as its program makes it.
 *
 * @param config of the platform's stack file; its secrets may stay encrypted.
 * @param base what its base stack publishes.
 * @throws InvalidInput for settings that its program would refuse, ZodError for a base stack of another release.
 */
export function plannedPlatform(config: Readonly<Record<string, unknown>>, base: unknown): PlatformPlan {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${NAMESPACE}:`));
  const settings = Object.fromEntries(own.map(([key, value]) => [key.slice(NAMESPACE.length + 1), value]));
  const management = baseContract.schema.loose().parse(fieldsOf(base));
  const lock = readChartLock(PACKAGE_ROOT);
  return planPlatform(parsePlatformSettings(settings), management, { lock, vendored: vendoredIn(PACKAGE_ROOT) });
}
