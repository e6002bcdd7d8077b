import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ReleasePlan } from "./platform-plan";

export interface ChartArgs {
  readonly plan: ReleasePlan;
  /** Whether a release whose removal would delete CRDs stays in the cluster when it leaves the program. */
  readonly keepCrds: boolean;
}

/**
 * One chart of the lock as a Helm release in a namespace that is there already.
 *
 * What fails half-way is rolled back, so that the next run starts from what was there. A release that is not awaited
 * cannot be: Helm waits for everything it may have to roll back.
 */
export class Chart extends pulumi.ComponentResource {
  readonly release: k8s.helm.v3.Release;

  constructor(name: string, { plan, keepCrds }: ChartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("firmament:platform:Chart", name, {}, opts);
    const { chart, version, repository, namespace, values, awaited, timeout, takesCrdsAlong } = plan;
    const limit = `${timeout + 60}s`;

    this.release = new k8s.helm.v3.Release(
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
        timeout,
        maxHistory: 5,
      },
      {
        parent: this,
        customTimeouts: { create: limit, update: limit, delete: limit },
        retainOnDelete: keepCrds && takesCrdsAlong,
      },
    );
    this.registerOutputs({ release: this.release.name });
  }
}
