import type { Values } from "../../common-settings";
import type { Installed, PlatformInputs } from "../../component";
import { budget, copies, SMALL } from "../../shared-values";

/** Where the API servers reach its webhook, behind its Service. 10250, the chart's own, is the kubelet's. */
export const WEBHOOK_PORT = 10260;

export function certManagerValues(inputs: PlatformInputs, { namespace }: Installed): Values {
  return {
    // not in kube-system, the chart's own choice: its rights end where its namespace does
    global: { leaderElection: { namespace } },
    crds: { enabled: true, keep: true },
    replicaCount: copies(inputs),
    resources: SMALL,
    ...budget(inputs),
    webhook: {
      replicaCount: copies(inputs),
      securePort: WEBHOOK_PORT,
      // as long as the API server waits where nothing is said; the chart's own half a minute blocks whoever writes
      timeoutSeconds: 10,
      resources: SMALL,
      ...budget(inputs),
    },
    cainjector: { replicaCount: copies(inputs), resources: SMALL, ...budget(inputs) },
    startupapicheck: { resources: SMALL },
  };
}
