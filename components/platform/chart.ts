import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ReleasePlan } from "./platform-plan";

/**
 * One chart of the lock as a Helm release in a namespace that is there already.
 *
 * What fails half-way is rolled back, so that the next run starts from what was there. A release that is not awaited
 * cannot be: Helm waits for everything it may have to roll back.
 *
 * @param keepCrds whether a release whose removal would delete CRDs stays in the cluster when it leaves the program.
 */
export function helmRelease(
  plan: ReleasePlan,
  keepCrds: boolean,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  const { name, chart, version, repository, namespace, values, awaited, timeout, takesCrdsAlong } = plan;
  const limit = `${timeout + 60}s`;
  return new k8s.helm.v3.Release(
    name,
    {
      name,
      namespace,
      createNamespace: false,
      chart,
      version,
      ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
      values,
      atomic: awaited,
      cleanupOnFail: true,
      skipAwait: !awaited,
      ...(awaited ? {} : { description: "not awaited: its pods become ready when the charts after it are in" }),
      timeout,
      maxHistory: 5,
    },
    {
      ...opts,
      customTimeouts: { create: limit, update: limit, delete: limit },
      retainOnDelete: keepCrds && takesCrdsAlong,
    },
  );
}
