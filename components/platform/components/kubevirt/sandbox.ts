import charts from "../../../../versions/charts.json";
import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

const VERSION = `v${charts["kubevirt-operator"].version}`;

/** Virtual machines are started by a fake of its own: sandbox/fakes/internal/kubevirt. */
export const SANDBOX: ComponentSandbox = {
  crds: [
    {
      bundles: {
        "kubevirt-operator": ["kubevirts"],
        kubevirt: [
          "virtualmachines",
          "virtualmachineinstances",
          "virtualmachineinstancemigrations",
          "virtualmachineinstancepresets",
          "virtualmachineinstancereplicasets",
        ],
      },
      package: "kubevirt.io/api/core/v1",
      options: "crd:allowDangerousTypes=true,maxDescLen=0,generateEmbeddedObjectMeta=true",
      status: ["kubevirts", "virtualmachines", "virtualmachineinstancemigrations", "virtualmachineinstancereplicasets"],
    },
  ],
  fakes: [
    {
      apiVersion: "kubevirt.io/v1",
      kind: "KubeVirt",
      installs: "kubevirt",
      meanwhile: { "status.phase": "Deploying" },
      conditions: [
        { type: "Available", reason: "AllComponentsReady", message: "All components are ready." },
        { type: "Progressing", status: "False", reason: "AllComponentsReady", message: "All components are ready." },
        { type: "Degraded", status: "False", reason: "AllComponentsReady", message: "All components are ready." },
        { type: "Created", reason: "AllResourcesCreated", message: "All resources were created." },
      ],
      fields: {
        "status.observedKubeVirtVersion": VERSION,
        "status.targetKubeVirtVersion": VERSION,
        "status.operatorVersion": VERSION,
        "status.phase": "Deployed",
      },
      observedGeneration: "status",
    },
  ],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "kubevirt-operator", place: "kept" },
  workloads: [{ kind: "Deployment", name: "virt-operator", labels: { "kubevirt.io": "virt-operator" }, replicas: "2" }],
};
