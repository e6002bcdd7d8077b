import { isChart } from "../../components/platform/component";
import type { CrdSource } from "../../components/platform/crd-sources";
import { COMPONENTS } from "../../components/platform/registry";
import { ADDONS } from "../../components/tenant/addons/index";
import type { ChartSandbox, FakeKind, FakeProvider } from "../../components/platform/sandbox";

/** What the sandbox installs in place of each chart, by the chart's name. */
export const STUB_CHARTS: Readonly<Record<string, ChartSandbox>> = Object.fromEntries([
  ...COMPONENTS.flatMap(({ stages }) => stages.filter(isChart)).flatMap(({ chart, sandbox }) =>
    sandbox === undefined ? [] : [[chart, sandbox] as const],
  ),
  ...ADDONS.flatMap(({ charts = [] }) => charts.map(({ chart, sandbox }) => [chart, sandbox] as const)),
]);

/** Where the CRDs of all components come from. */
export const CRD_SOURCES: readonly CrdSource[] = COMPONENTS.flatMap(({ sandbox }) => sandbox?.crds ?? []);

/** What controllers of components report that do nothing else. */
export const FAKE_KINDS: readonly FakeKind[] = COMPONENTS.flatMap(({ sandbox }) => sandbox?.fakes ?? []);

/** Providers that the fake of Cluster API's operator can install. */
export const FAKE_PROVIDERS: readonly FakeProvider[] = COMPONENTS.flatMap(({ sandbox }) => sandbox?.providers ?? []);

/** What in the CRD bundle is not upstream's own, and why; said by `npm start`. */
export const SIMULATED: readonly { readonly component: string; readonly what: string; readonly why: string }[] =
  CRD_SOURCES.flatMap((source) =>
    "simulated" in source && source.simulated !== undefined ? [{ component: source.bundle, ...source.simulated }] : [],
  );
