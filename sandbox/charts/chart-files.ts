import { stringify } from "yaml";
import type { ChartFiles } from "../../components/platform/chart-archive";
import type { StandInChart, Workload } from "./stand-in-charts";

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * The files of a stand-in chart.
 *
 * @param crds files of the CRD bundle that belong to it, already with the annotation that keeps them where needed.
 */
export function chartFiles(
  name: string,
  version: string,
  { crds: placement, workloads, objects = [] }: StandInChart,
  crds: readonly NamedText[],
): ChartFiles {
  const files = new Map<string, string>();
  files.set(
    "Chart.yaml",
    stringify({
      apiVersion: "v2",
      name,
      version,
      description: `Stand-in for ${name} in the sandbox: its CRDs and the names of its workloads`,
    }),
  );
  files.set("values.yaml", "{}\n");
  for (const { name: file, text } of crds) {
    files.set(placement?.place === "crds" ? `crds/${file}` : `files/crds/${file}`, text);
  }
  if (placement !== undefined && placement.place !== "crds")
    files.set("templates/crds.yaml", crdTemplate(placement.when));
  const templates = [...workloads.map(workloadTemplate), ...objects.map(objectTemplate)];
  if (templates.length > 0) files.set("templates/workloads.yaml", templates.join("---\n"));
  return files;
}

/** Read as files, not as templates: texts of CRDs may look like expressions. */
function crdTemplate(when: string | undefined): string {
  const loop = [
    '{{- range $path, $_ := .Files.Glob "files/crds/*.yaml" }}',
    "---",
    "{{ $.Files.Get $path }}",
    "{{- end }}",
  ];
  return `${(when === undefined ? loop : [`{{- if ${when} }}`, ...loop, "{{- end }}"]).join("\n")}\n`;
}

function workloadTemplate(workload: Workload): string {
  const { kind, name, labels, replicas = "1", when } = workload;
  const text = objectTemplate({
    apiVersion: "apps/v1",
    kind,
    metadata: {
      name,
      namespace: "{{ .Release.Namespace }}",
      labels: { ...labels, "app.kubernetes.io/managed-by": "Helm" },
    },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(workload) },
    },
  });
  return when === undefined ? text : `{{- if ${when} }}\n${text}{{- end }}\n`;
}

function podSpec({ host, nodeSelector }: Workload): object {
  return {
    ...(host === undefined ? {} : { hostNetwork: true, tolerations: [{ operator: "Exists" }] }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "stand-in",
        image: "registry.k8s.io/pause:3.10",
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { memory: "16Mi" } },
      },
    ],
  };
}

/** Expressions for numbers must not stay strings. */
function objectTemplate(object: object): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }).replace(/^(\s*replicas: )"(.*)"$/m, "$1$2");
}
