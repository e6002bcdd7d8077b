/**
 * The components, for programs that deploy clusters beside resources of their own: give them to a program of the Automation
 * API, or to a Pulumi program. Import-pure: nothing is registered, read or changed before a constructor is called.
 */
export { TalosCluster, type TalosClusterArgs } from "./talos/talos-cluster";
export { parseBaseSettings } from "./talos/parse";
export type { BaseSettings } from "./talos/settings";
export { TenantCluster } from "./tenant/tenant-cluster";
export type { TenantClusterArgs } from "./tenant/args.generated";
export { InvalidInput, type Problem } from "./core/problem";
