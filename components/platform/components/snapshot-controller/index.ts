import type { Values } from "../../common-settings";
import { component, type PlatformInputs } from "../../component";
import { apart, CONFINED, copies, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS, EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "snapshot-controller";

/** Takes snapshots of volumes through their CSI drivers. */
export const snapshotController = component({
  name: "snapshot-controller",
  description: "Snapshots of volumes, through their CSI drivers.",
  group: "storage",
  namespaces: { [NAMESPACE]: { podSecurity: "baseline", traffic: {} } },
  stages: [
    {
      chart: "snapshot-controller",
      namespace: NAMESPACE,
      needs: ["pod-network"],
      provides: ["volume-snapshots"],
      timeout: 600,
      takesCrdsAlong: true,
      values: snapshotControllerValues,
      images: { "controller.image.repository": "registry.k8s.io/sig-storage/snapshot-controller" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
  ],
  exemptions: EXEMPTIONS,
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function snapshotControllerValues(inputs: PlatformInputs): Values {
  return {
    installCRDs: true,
    controller: {
      replicaCount: copies(inputs),
      resources: SMALL,
      securityContext: { ...CONFINED, runAsUser: 1000 },
      ...apart(inputs, {
        copies: copies(inputs),
        matchLabels: { "app.kubernetes.io/name": "snapshot-controller" },
      }),
      ...(copies(inputs) > 1 ? { pdb: { maxUnavailable: 1 } } : {}),
    },
    webhook: { enabled: false },
  };
}
