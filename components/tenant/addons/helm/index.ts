import { objectName } from "../../../core/names";
import type { KubernetesObject } from "../../../kubernetes/manifest";
import type { TenantAddon } from "../../addon";
import { unserved } from "../../platform-capabilities";
import { TENANT_LABEL, tenantMetadata } from "../../names";
import type { Tenant } from "../../settings";
import { chartProblems } from "../customer-charts";

const WHERE = "tenant.addons.helm";

/** Charts that the management cluster installs into the tenant's, and keeps as they are written down. */
export const helm: TenantAddon<"helm"> = {
  name: "helm",
  description: "Charts of the customer, installed and upgraded by Cluster API's Helm add-on provider.",
  provides: [],
  needs: [],
  check: (tenant) => {
    const charts = Object.entries(tenant.addons.helm.charts);
    if (charts.length === 0) return [];
    const fix = "enable platform.components.cluster-api-helm and deploy the platform, or install them another way";
    const given = charts.map(([name]) => name).join(", ");
    return [
      ...unserved(tenant, { where: `${WHERE}.charts`, given, capability: "cluster-api/helm", fix }),
      ...charts.flatMap(([name, chart]) => chartProblems(`${WHERE}.charts.${name}`, chart, true)),
    ];
  },
  management: (tenant) => ({
    objects: Object.entries(tenant.addons.helm.charts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, chart]) => ({ suffix: `helm-${name}`, object: chartProxy(tenant, name, chart) })),
    networkPolicies: [],
    demand: { cpu: 0, memory: 0, pods: 0 },
  }),
};

type HelmChart = Tenant["addons"]["helm"]["charts"][string];

/**
 * The provider installs what it is told into Clusters of its namespace that it selects; a tenant's namespace has one.
 * It installs once the API answers, before there are nodes: it waits for no pods, and neither does a deployment.
 */
function chartProxy({ name }: Tenant, release: string, given: HelmChart): KubernetesObject {
  const { repository, chart, version, namespace, values } = given;
  return {
    apiVersion: "addons.cluster.x-k8s.io/v1alpha1",
    kind: "HelmChartProxy",
    metadata: tenantMetadata(name, objectName(name, release)),
    spec: {
      clusterSelector: { matchLabels: { [TENANT_LABEL]: name } },
      repoURL: repository,
      chartName: chart,
      version,
      releaseName: release,
      namespace,
      ...(values === undefined ? {} : { valuesTemplate: values }),
      // what somebody changes in the cluster is put right, and what is changed here is upgraded
      reconcileStrategy: "Continuous",
      options: { install: { createNamespace: true }, upgrade: { maxHistory: 5 }, timeout: "10m0s" },
    },
  };
}
