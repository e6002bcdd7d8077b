import { isChart, type Component } from "../../components/platform/component";
import type { CrdSource } from "../../components/platform/crd-sources";
import { COMPONENTS } from "../../components/platform/registry";
import { ADDONS } from "../../components/tenant/addons/index";
import type { ChartSandbox, FakeKind, FakeProvider } from "../../components/platform/sandbox";

/** What in the CRD bundle is not upstream's own, and why. */
export interface SimulatedCrds {
  readonly component: string;
  readonly what: string;
  readonly why: string;
}

/**
 * Components that a sandbox is made ready for: all but those whose definitions are collected on request, and of those
 * the ones that are switched on.
 *
 * @param switches `platform.components` of a stack file, as it stands there.
 * @param more names of components that may be switched on later.
 */
export function sandboxComponents(switches: unknown = {}, more: readonly string[] = []): readonly Component[] {
  const on = new Set(
    Object.entries(typeof switches === "object" && switches !== null ? switches : {})
      .filter(([, value]) => (value as { readonly enabled?: unknown } | null)?.enabled === true)
      .map(([name]) => name)
      .concat(more),
  );
  return COMPONENTS.filter(({ name, sandbox }) => sandbox?.onRequest !== true || on.has(name));
}

/** Names of components that a sandbox is made ready for only when it is asked to. */
export const ON_REQUEST: readonly string[] = COMPONENTS.filter(({ sandbox }) => sandbox?.onRequest === true).map(
  ({ name }) => name,
);

/** What the sandbox installs in place of each chart, by the chart's name. */
export function stubCharts(components: readonly Component[]): Readonly<Record<string, ChartSandbox>> {
  return Object.fromEntries([
    ...components
      .flatMap(({ stages }) => stages.filter(isChart))
      .flatMap(({ chart, sandbox }) => (sandbox === undefined ? [] : [[chart, sandbox] as const])),
    ...ADDONS.flatMap(({ charts = [] }) => charts.map(({ chart, sandbox }) => [chart, sandbox] as const)),
  ]);
}

/** Where the CRDs of components come from. */
export function crdSources(components: readonly Component[]): readonly CrdSource[] {
  return components.flatMap(({ sandbox }) => sandbox?.crds ?? []);
}

/** What controllers of components report that do nothing else. */
export function fakeKinds(components: readonly Component[]): readonly FakeKind[] {
  return components.flatMap(({ sandbox }) => sandbox?.fakes ?? []);
}

/** Providers that the fake of Cluster API's operator can install. */
export function fakeProviders(components: readonly Component[]): readonly FakeProvider[] {
  return components.flatMap(({ sandbox }) => sandbox?.providers ?? []);
}

/** What of components that are collected on request is not as on hardware; said by `npm start` where one is on. */
export function simulatedOnRequest(components: readonly Component[]): readonly SimulatedCrds[] {
  const requested = components.filter(({ sandbox }) => sandbox?.onRequest === true);
  return [
    ...simulatedCrds(crdSources(requested)),
    ...requested.flatMap(({ name, sandbox }) =>
      sandbox?.missing === undefined ? [] : [{ component: name, ...sandbox.missing }],
    ),
  ];
}

/** Said by `npm start`. */
export function simulatedCrds(sources: readonly CrdSource[]): readonly SimulatedCrds[] {
  return sources.flatMap((source) =>
    "simulated" in source && source.simulated !== undefined ? [{ component: source.bundle, ...source.simulated }] : [],
  );
}

/** Those that every sandbox is made ready for. */
export const STANDARD = sandboxComponents();

export const FAKE_KINDS = fakeKinds(STANDARD);
export const FAKE_PROVIDERS = fakeProviders(STANDARD);
export const SIMULATED = simulatedCrds(crdSources(STANDARD));
