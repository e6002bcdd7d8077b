export { crdBundle } from "./crd-bundle";
export { writeChartRepository } from "./chart-repository";
export { FAKE_KINDS, FAKE_PROVIDERS, SIMULATED } from "./sources";
