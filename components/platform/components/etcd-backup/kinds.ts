import { kind, type Manifest, type ObjectMeta } from "../../../kubernetes/manifest";

/**
 * Talos' own kind, which its control planes serve where their configuration gives pods access: credentials with these
 * roles, in a Secret of the same name (Talos 1.13.0, kubeaccess/serviceaccount).
 */
export const TalosServiceAccount = kind<Manifest<{ readonly roles: readonly string[] }>>(
  "talos.dev/v1alpha1",
  "ServiceAccount",
);

export const ServiceAccount = kind<{
  readonly metadata: ObjectMeta;
  readonly automountServiceAccountToken: boolean;
}>("v1", "ServiceAccount");

export const Secret = kind<{ readonly metadata: ObjectMeta; readonly stringData: Readonly<Record<string, unknown>> }>(
  "v1",
  "Secret",
);

export const CronJob = kind<Manifest<object>>("batch/v1", "CronJob");
