import charts from "../../../versions/charts.json";
import type { AddonRelease } from "../addon";
import type { Tenant } from "../settings";

/** Charts of the lock that a repository of upstream has: a tenant's program has no folder of charts. */
type Published = {
  [Chart in keyof typeof charts]: (typeof charts)[Chart] extends { readonly repository: string } ? Chart : never;
}[keyof typeof charts];

/** A chart as the lock pins it, from the platform's mirror where it has one. */
export function chartOf({ platform }: Pick<Tenant, "platform">, chart: Published): AddonRelease["chart"] {
  const { version, repository } = charts[chart];
  return { chart, version, repository: platform.mirror.charts ?? repository };
}
