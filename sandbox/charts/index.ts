export { crdBundle } from "./crd-bundle";
export { writeChartRepository } from "./chart-repository";
export { SIMULATED } from "./sources";
