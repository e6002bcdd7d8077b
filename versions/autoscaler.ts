/**
 * Releases of the Cluster Autoscaler by minor of Kubernetes (1.x). Its scheduler simulation is that of its own minor, so
 * that it must have the one of the cluster whose pods it looks at.
 */
export const CLUSTER_AUTOSCALERS: Readonly<Record<number, string>> = {
  32: "1.32.7",
  33: "1.33.6",
  34: "1.34.5",
  35: "1.35.2",
  36: "1.36.1",
};

/** Repository of its images; a tag is the version with its v. */
export const CLUSTER_AUTOSCALER_IMAGE = "registry.k8s.io/autoscaling/cluster-autoscaler";
