import charts from "../../../../versions/charts.json";
import type { ChartSandbox, ComponentSandbox } from "../../sandbox";

const VERSION = `v${charts["cdi-operator"].version}`;

/** Disks are imported by a fake of its own: sandbox/fakes/internal/kubevirt. */
export const SANDBOX: ComponentSandbox = {
  crds: [
    {
      bundles: {
        "cdi-operator": ["cdis"],
        cdi: [
          "cdiconfigs",
          "dataimportcrons",
          "datasources",
          "datavolumes",
          "objecttransfers",
          "storageprofiles",
          "volumeclonesources",
          "volumeimportsources",
          "volumeuploadsources",
        ],
      },
      package: "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1",
      options: "crd:allowDangerousTypes=true,maxDescLen=0",
      // CDI has no endpoint for its status: its operator writes it with the object
      status: [],
    },
  ],
  fakes: [
    {
      apiVersion: "cdi.kubevirt.io/v1beta1",
      kind: "CDI",
      installs: "cdi",
      meanwhile: { "status.phase": "Deploying" },
      conditions: [
        { type: "Available", reason: "AllComponentsReady", message: "All components are ready." },
        { type: "Progressing", status: "False", reason: "AllComponentsReady", message: "All components are ready." },
        { type: "Degraded", status: "False", reason: "AllComponentsReady", message: "All components are ready." },
      ],
      fields: {
        "status.observedVersion": VERSION,
        "status.targetVersion": VERSION,
        "status.operatorVersion": VERSION,
        "status.phase": "Deployed",
      },
    },
  ],
};

export const CHART_SANDBOX: ChartSandbox = {
  crds: { component: "cdi-operator", place: "kept" },
  workloads: [{ kind: "Deployment", name: "cdi-operator", labels: { name: "cdi-operator" } }],
};
