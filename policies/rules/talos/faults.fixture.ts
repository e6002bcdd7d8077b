import { without } from "./examples";

/** A patch that breaks every rule about machines with a remediation. */
export const FAULTS = {
  debug: true,
  machine: { features: { kubePrism: { enabled: false } }, kubelet: { extraArgs: { "read-only-port": "10255" } } },
  cluster: { scheduler: { extraArgs: { profiling: "true" } }, apiServer: { admissionControl: without } },
};
