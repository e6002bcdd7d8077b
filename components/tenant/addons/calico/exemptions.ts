import { type ChartExemption, IMAGE_BY_TAG } from "../../../kubernetes/exemptions";

/** What the objects of the chart need beyond the rules. */
export const CHART_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "tigera-operator" },
    because: {
      "it makes the network for pods, so it cannot wait for one": ["pss-host-namespaces"],
      ...IMAGE_BY_TAG,
    },
  },
];
