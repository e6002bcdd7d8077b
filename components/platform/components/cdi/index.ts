import { waitForField } from "../../../kubernetes/wait";
import { component } from "../../component";
import { CDI, type CDISpec } from "./kinds";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "cdi";

/** Imports disks of virtual machines into volumes. */
export const cdi = component({
  name: "cdi",
  description: "Imports of virtual machines' disks into volumes, from URLs, registries and clones.",
  group: "virtualization",
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "baseline",
      traffic: {
        // cdi-apiserver
        apiServerPorts: [8443],
        // progress of imports is read from the pods that do them
        to: [{ label: "app", value: "containerized-data-importer", port: 8443 }],
      },
    },
  },
  stages: [
    {
      chart: "cdi-operator",
      namespace: NAMESPACE,
      needs: ["pod-network"],
      timeout: 600,
      images: { imageRegistry: "quay.io" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "data-volumes",
      needs: ["volumes"],
      after: ["cdi-operator"],
      provides: ["disk-import"],
      objects: () => [
        {
          resource: "cdi",
          object: CDI({
            metadata: { name: "cdi", annotations: waitForField(".status.phase", "Deployed") },
            spec: CDI_SPEC,
          }),
          protect: true,
          patience: 20,
        },
      ],
    },
  ],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

const CDI_SPEC: CDISpec = {
  cloneStrategyOverride: "csi-clone",
  imagePullPolicy: "IfNotPresent",
  uninstallStrategy: "BlockUninstallIfWorkloadsExist",
  // a volume that waits for its pod is imported where that pod runs
  config: { featureGates: ["HonorWaitForFirstConsumer"] },
  infra: {
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
  },
};
