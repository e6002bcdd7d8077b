import { type ChartSandbox, chartValue } from "../../sandbox";

const NAME = "{{ .Values.fullnameOverride }}";

export const CHART_SANDBOX: ChartSandbox = {
  // without volumes: there is no disk behind the sandbox's storage
  workloads: [
    {
      kind: "StatefulSet",
      name: NAME,
      labels: { "app.kubernetes.io/name": "kamaji-etcd", "app.kubernetes.io/instance": NAME },
      replicas: chartValue("replicas"),
    },
  ],
  objects: [certificate("ca", true), certificate("client-certs", false)],
};

/** What the DataStore names: the real chart has them issued in the same way. */
function certificate(suffix: string, isCA: boolean): object {
  const name = `${NAME}-${suffix}`;
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name },
    spec: {
      isCA,
      commonName: isCA ? name : "root",
      secretName: name,
      issuerRef: { name: "{{ .Values.certManager.issuerRef.name }}", kind: "ClusterIssuer", group: "cert-manager.io" },
    },
  };
}
