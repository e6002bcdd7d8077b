import type { Values } from "../../common-settings";
import type { Installed, PlatformInputs } from "../../component";
import { apart, budget, copies, SMALL } from "../../shared-values";

/** Where the API servers reach its webhook, behind its Service. 10250, the chart's own, is the kubelet's. */
export const WEBHOOK_PORT = 10260;

export function certManagerValues(inputs: PlatformInputs, { namespace }: Installed): Values {
  return {
    // not in kube-system, the chart's own choice: its rights end where its namespace does
    global: { leaderElection: { namespace } },
    crds: { enabled: true, keep: true },
    replicaCount: copies(inputs),
    resources: SMALL,
    ...redundancy(inputs, "controller"),
    webhook: {
      replicaCount: copies(inputs),
      securePort: WEBHOOK_PORT,
      // the API server's default; with the chart's own half a minute every write waits that long
      timeoutSeconds: 10,
      resources: SMALL,
      ...redundancy(inputs, "webhook"),
    },
    cainjector: { replicaCount: copies(inputs), resources: SMALL, ...redundancy(inputs, "cainjector") },
    startupapicheck: { resources: SMALL },
  };
}

/** Each part apart from its own copies, by the labels of the chart; one of them at a time may be taken away. */
function redundancy(inputs: PlatformInputs, part: string): Values {
  const matchLabels = { "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": part };
  return { ...budget(inputs), ...apart(inputs, { copies: copies(inputs), matchLabels }) };
}
