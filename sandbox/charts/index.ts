export { crdBundle } from "./crd-bundle";
export { writeChartRepository } from "./chart-repository";
export type { SimulatedCrds } from "./sources";
export {
  FAKE_KINDS,
  FAKE_PROVIDERS,
  fakeKinds,
  fakeProviders,
  ON_REQUEST,
  sandboxComponents,
  SIMULATED,
  simulatedOnRequest,
} from "./sources";
