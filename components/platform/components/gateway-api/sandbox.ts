import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

/** Its definitions are part of every sandbox: the API of hosted control planes names its kinds. */
export const SANDBOX: ComponentSandbox = {};

export const CHART_SANDBOX: ChartSandbox = { crds: { component: "gateway-api", place: "kept" }, workloads: [] };
