import type { Values } from "../../common-settings";
import { FILTERED, SMALL } from "../../shared-values";

export function metallbValues(): Values {
  return {
    crds: { enabled: true },
    // addresses are announced in layer 2; routing daemons come with a setting for BGP peers
    frrk8s: { enabled: false },
    controller: {
      resources: SMALL,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, fsGroup: 65534, ...FILTERED },
    },
    speaker: {
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
      securityContext: FILTERED,
    },
  };
}
