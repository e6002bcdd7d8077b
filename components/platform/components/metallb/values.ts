import type { Values } from "../../common-settings";
import { FILTERED, SMALL } from "../../shared-values";

export function metallbValues(): Values {
  return {
    crds: { enabled: true },
    // sessions with routers are the speaker's own: a routing daemon beside it would be one more that is privileged
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
