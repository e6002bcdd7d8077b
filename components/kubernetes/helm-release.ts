import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ChartSource } from "./chart-source";

/** What releases of all layers have in common; a release is called as its chart. */
export interface ReleaseBasics {
  readonly name: string;
  readonly namespace: string;
  /** Whether Helm makes the namespace. Default: it is there. */
  readonly createNamespace?: boolean;
  readonly source: ChartSource;
  readonly values: pulumi.Inputs;
  /** Left out, the release is awaited: it counts as made when its pods are ready. Otherwise why it cannot be. */
  readonly notAwaited?: string | undefined;
  /**
   * Digest of what the chart is made of, where it can change without its version: Pulumi compares the arguments of a
   * release, never the content of its chart (pulumi-kubernetes 4.34, seen with a changed file of the same name), so
   * that only this brings a change to a cluster that has the chart.
   */
  readonly content?: string | undefined;
}

/**
 * The arguments of a Helm release.
 *
 * What fails half-way is rolled back, so that the next run starts from what was there. A release that is not awaited
 * cannot be: Helm waits for everything it may have to roll back.
 */
export function releaseArgs({
  name,
  namespace,
  createNamespace,
  source,
  values,
  notAwaited,
  content,
}: ReleaseBasics): k8s.helm.v3.ReleaseArgs {
  const awaited = notAwaited === undefined;
  const description = [
    ...(awaited ? [] : [`not awaited: ${notAwaited}`]),
    ...(content === undefined ? [] : [`chart made from ${content}`]),
  ].join("; ");
  return {
    name,
    namespace,
    ...(createNamespace === undefined ? {} : { createNamespace }),
    ...source,
    values,
    atomic: awaited,
    cleanupOnFail: true,
    skipAwait: !awaited,
    ...(description === "" ? {} : { description }),
    maxHistory: 5,
  };
}

/** A release of the platform: its namespace is there already, and it is awaited no longer than its timeout. */
export function helmRelease(
  basics: ReleaseBasics,
  timeout: number,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  const limit = `${timeout + 60}s`;
  return new k8s.helm.v3.Release(
    basics.name,
    { ...releaseArgs(basics), createNamespace: false, timeout },
    { ...opts, customTimeouts: { create: limit, update: limit, delete: limit } },
  );
}
