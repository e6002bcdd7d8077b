/** Workloads that talk to the Kubernetes API. */
export const API_CLIENTS = ["local-path-storage/local-path-provisioner"];
