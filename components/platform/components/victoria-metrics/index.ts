import { z } from "zod";
import { quantityText } from "../../../core/schema";
import { kind, type Manifest } from "../../../kubernetes/manifest";
import { waitForField } from "../../../kubernetes/wait";
import { OBJECTS } from "../../capabilities";
import type { Values } from "../../common-settings";
import { component, type OwnSettings, type PlannedObject, type PlatformInputs } from "../../component";
import { apart, CONTROLLER_RUNTIME_WEBHOOK, copies, SMALL } from "../../shared-values";
import { API_CLIENTS, CHART_EXEMPTIONS } from "./exemptions";
import { CHART_SANDBOX, SANDBOX } from "./sandbox";

const NAMESPACE = "victoria-metrics";
const CHART = "victoria-metrics-operator";
const STORE = "cloud";
const OPERATOR = { "app.kubernetes.io/name": CHART };
const KUBELET = 10_250;
const apiVersion = "operator.victoriametrics.com/v1beta1";

const settings = {
  monitoring: {
    retention: z
      .string()
      .regex(/^[1-9]\d*[dwy]$/, "must be a number of days, weeks or years like 30d")
      .default("30d")
      .describe("how long measurements are kept"),
    storage: quantityText.default("50Gi").describe("size of the volume that measurements are kept in"),
  },
};

const VMSingle = kind<Manifest<object>>(apiVersion, "VMSingle");
const VMAgent = kind<Manifest<object>>(apiVersion, "VMAgent");
const VMNodeScrape = kind<Manifest<object>>(apiVersion, "VMNodeScrape");

/** Measurements of the cloud: a store, an agent that collects what scrape objects name, and the operator of both. */
export const victoriaMetrics = component({
  name: "victoria-metrics",
  description: "Measurements: a store, an agent that collects what objects name, kubelets first (VictoriaMetrics).",
  group: "operations",
  enabledByDefault: false,
  settings,
  namespaces: {
    [NAMESPACE]: {
      podSecurity: "restricted",
      traffic: { apiServerPorts: [CONTROLLER_RUNTIME_WEBHOOK], machinePorts: [KUBELET] },
      budgets: (inputs) => [{ name: CHART, copies: copies(inputs), matchLabels: OPERATOR }],
    },
  },
  stages: [
    {
      chart: CHART,
      namespace: NAMESPACE,
      needs: ["pod-network", "certificates"],
      timeout: 600,
      values: operatorValues,
      images: { "image.registry": "docker.io" },
      exemptions: CHART_EXEMPTIONS,
      sandbox: CHART_SANDBOX,
    },
    {
      stage: "metrics-store",
      needs: ["storage-class/local"],
      after: [CHART],
      provides: ["metrics-store"],
      objects: store,
    },
  ],
  images: ["docker.io/victoriametrics"],
  apiClients: API_CLIENTS,
  sandbox: SANDBOX,
});

function operatorValues(inputs: PlatformInputs): Values {
  return {
    replicaCount: copies(inputs),
    ...apart(inputs, { copies: copies(inputs), matchLabels: OPERATOR }),
    // objects of Prometheus' operator are not turned into those of this one: nobody here makes any
    operator: { disable_prometheus_converter: true },
    admissionWebhooks: {
      enabled: true,
      policy: "Fail",
      certManager: { enabled: true, issuer: { name: OBJECTS.cloudIssuer, kind: "ClusterIssuer" } },
    },
    resources: SMALL,
    podSecurityContext: { enabled: true, seccompProfile: { type: "RuntimeDefault" } },
    // roles for people, over its kinds, by a site that has such people
    rbac: { aggregatedClusterRoles: { enabled: false } },
  };
}

function store({ settings: { monitoring } }: PlatformInputs<OwnSettings<typeof settings>>): PlannedObject[] {
  const metadata = { name: STORE, namespace: NAMESPACE };
  const operational = waitForField(".status.updateStatus", "operational");
  const awaited = { ...metadata, annotations: operational };
  return [
    {
      resource: "metrics-volume-store",
      object: VMSingle({
        metadata: awaited,
        spec: {
          retentionPeriod: monitoring.retention,
          useStrictSecurity: true,
          // one copy, on its own machine's disk: measurements are not worth copies of their own
          storage: {
            storageClassName: OBJECTS.localClass,
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: monitoring.storage } },
          },
          resources: { requests: { cpu: "200m", memory: "512Mi" }, limits: { memory: "4Gi" } },
        },
      }),
      protect: true,
    },
    {
      resource: "metrics-agent",
      object: VMAgent({
        metadata: awaited,
        spec: {
          selectAllByDefault: true,
          useStrictSecurity: true,
          scrapeInterval: "30s",
          remoteWrite: [{ url: `http://vmsingle-${STORE}.${NAMESPACE}.svc:8428/api/v1/write` }],
          resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
        },
      }),
      after: ["metrics-volume-store"],
    },
    {
      resource: "kubelets-scrape",
      object: VMNodeScrape({
        metadata: { name: "kubelets", namespace: NAMESPACE },
        spec: {
          scheme: "https",
          port: String(KUBELET),
          path: "/metrics/cadvisor",
          bearerTokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
          // kubelets of Talos sign their serving certificates themselves unless somebody approves requests for them
          tlsConfig: { insecureSkipVerify: true },
        },
      }),
      after: [CHART],
    },
  ];
}
