import * as assert from "node:assert/strict";
import { Tier, type TenantClusterArgs } from "../../args.generated";
import { tenantArgs, tenantOf } from "../../tenant.fixture";
import { metricsServer } from ".";

function release(change: Partial<TenantClusterArgs> = {}) {
  const found = metricsServer.cluster?.(tenantOf(change)).releases[0];
  assert.ok(found !== undefined);
  return { ...found, values: found.values({ host: "198.51.100.7", port: 6443 }) };
}

describe("the metrics of a tenant", () => {
  it("come from the pinned chart, from the platform's mirror where it has one", () => {
    assert.equal(release().chart.repository, "https://kubernetes-sigs.github.io/metrics-server/");
    const mirror = { charts: "oci://mirror.example/charts", images: "registry.example/mirror" };
    const mirrored = release({ platform: { ...tenantArgs().platform, mirror } });
    assert.equal(mirrored.chart.repository, "oci://mirror.example/charts");
    assert.equal(mirrored.chart.version, release().chart.version);
    assert.deepEqual(mirrored.values["image"], { repository: "registry.example/mirror/metrics-server/metrics-server" });
  });

  it("are measured at verified kubelets, and their API is verified too", () => {
    const { args, apiService, tls } = release().values;
    assert.deepEqual(args, []);
    assert.deepEqual(apiService, { insecureSkipTLSVerify: false });
    assert.deepEqual(tls, {
      type: "helm",
      clusterDomain: "cluster.local",
      helm: { lookup: true, certDurationDays: 3650 },
    });
  });

  it("are measured at kubelets that nobody verifies only where that is said", () => {
    const change = { addons: { kubeletCertificates: { enabled: false }, metricsServer: { insecureKubelets: true } } };
    assert.deepEqual(release(change).values["args"], ["--kubelet-insecure-tls"]);
    assert.throws(() => tenantOf({ addons: { kubeletCertificates: { enabled: false } } }), {
      name: "InvalidInput",
      message:
        /tenant\.addons\.metricsServer: no add-on approves certificates of kubelets — .*; enable tenant\.addons\.kubeletCertificates, or set insecureKubelets/,
    });
  });

  it("survive the loss of a node in production", () => {
    assert.deepEqual(
      [Tier.Production, Tier.Development].map((tier) => {
        const { replicas, podDisruptionBudget } = release({ tier }).values;
        return [replicas, podDisruptionBudget];
      }),
      [
        [2, { enabled: true, maxUnavailable: 1 }],
        [1, undefined],
      ],
    );
  });
});
