import { manifestText } from "../../components/core/manifest-text";
import type { ChartFiles } from "../../components/platform/charts/archive";
import { IMAGES } from "../../versions/images";
import type { ChartSandbox, StubWorkload } from "../../components/platform/sandbox";

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * The files of a stub chart.
 *
 * @param crds files of the CRD bundle that belong to it, already with the annotation that keeps them where needed.
 */
export function chartFiles(
  name: string,
  version: string,
  { crds: placement, workloads, objects = [] }: ChartSandbox,
  crds: readonly NamedText[],
): ChartFiles {
  const files = new Map<string, string>();
  files.set(
    "Chart.yaml",
    manifestText({
      apiVersion: "v2",
      name,
      version,
      description: `Stub chart of ${name} for the sandbox: its CRDs and the names of its workloads`,
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

function workloadTemplate(workload: StubWorkload): string {
  const { kind, name, labels, replicas = "1", budget, when } = workload;
  const copies = kind === "DaemonSet" ? "1" : replicas;
  const text = objectTemplate({
    apiVersion: "apps/v1",
    kind,
    metadata: metadataOf(name, labels),
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(workload) },
    },
  });
  const both = budget === undefined ? text : `${text}${budgetTemplate(name, labels, copies)}`;
  return when === undefined ? both : `{{- if ${when} }}\n${both}{{- end }}\n`;
}

function metadataOf(name: string, labels: StubWorkload["labels"]): object {
  return {
    name,
    namespace: "{{ .Release.Namespace }}",
    labels: { ...labels, "app.kubernetes.io/managed-by": "Helm" },
  };
}

/** As the real charts have it: only where there is more than one copy. */
function budgetTemplate(name: string, labels: StubWorkload["labels"], copies: string): string {
  const text = objectTemplate({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(name, labels),
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  });
  const number = copies.replace(/^\{\{\s*|\s*\}\}$/g, "");
  return `{{- if gt (int (${number})) 1 }}\n---\n${text}{{- end }}\n`;
}

/** Complies with every rule but the one on the host's network, so that what the rules find is what charts really need. */
function podSpec({ kind, host, labels, nodeSelector, tolerations }: StubWorkload): object {
  const everything = host === true && kind === "DaemonSet" ? [{ operator: "Exists" }] : undefined;
  const tolerated = tolerations ?? everything;
  const alive = { exec: { command: ["/pause", "-v"] } };
  return {
    ...(host === undefined ? {} : { hostNetwork: true }),
    ...(tolerated === undefined ? {} : { tolerations: tolerated }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
      },
    ],
    containers: [
      {
        name: "stub",
        image: IMAGES.pause,
        imagePullPolicy: "IfNotPresent",
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: {
          requests: { cpu: "1m", memory: "8Mi", "ephemeral-storage": "1Mi" },
          limits: { cpu: "10m", memory: "16Mi", "ephemeral-storage": "8Mi" },
        },
        livenessProbe: { ...alive, periodSeconds: 30, failureThreshold: 6 },
        readinessProbe: alive,
      },
    ],
  };
}

/** Expressions for numbers must not stay strings. */
function objectTemplate(object: object): string {
  return manifestText(object).replace(/^(\s*replicas: )"(.*)"$/m, "$1$2");
}
