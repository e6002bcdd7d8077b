import * as assert from "node:assert/strict";
import type { KubernetesObject } from "../../kubernetes/manifest";
import type { TenantClusterArgs } from "../args.generated";
import { planTenant } from "../tenant-plan";
import { tenantArgs, tenantOf } from "../tenant.fixture";
import { CUSTOMER_ADDONS } from "./customer-addons.fixture";

/** What these two put beside the control plane. */
const objectsOf = ({ addons }: ReturnType<typeof planTenant>) =>
  addons
    .filter(({ name }) => name === "helm" || name === "flux")
    .flatMap(({ management }) => management?.objects ?? []);

type Addons = NonNullable<TenantClusterArgs["addons"]>;

const platform = {
  ...tenantArgs().platform,
  capabilities: ["cluster-api/infrastructure", "cluster-api/control-plane", "cluster-api/helm", "flux"],
};

function objects(addons: Addons): Record<string, KubernetesObject & { readonly spec?: Record<string, unknown> }> {
  const plan = planTenant(tenantOf({ addons, platform }));
  const made = objectsOf(plan);
  return Object.fromEntries(made.map(({ suffix, object }) => [suffix, object]));
}

describe("charts and repositories of a tenant's customer", () => {
  const made = objects(CUSTOMER_ADDONS);

  it("are objects of the tenant's namespace, under names of their own", () => {
    assert.deepEqual(Object.keys(made), [
      "helm-podinfo",
      "flux-redis-repository",
      "flux-redis-release",
      "flux-traefik-repository",
      "flux-traefik-release",
      "flux-apps-source",
      "flux-apps-kustomization",
      "flux-tools-source",
      "flux-tools-kustomization",
    ]);
    for (const { metadata } of Object.values(made)) {
      assert.equal(metadata.namespace, "tenant-acme");
      assert.equal(metadata.labels?.["firmament.example/tenant"], "acme");
    }
  });

  it("are for the tenant's own cluster alone", () => {
    const { cluster } = planTenant(tenantOf());
    const proxy = made["helm-podinfo"]?.spec as { clusterSelector: { matchLabels: Record<string, string> } };
    for (const [key, value] of Object.entries(proxy.clusterSelector.matchLabels)) {
      assert.equal(cluster.metadata.labels?.[key], value);
    }
    for (const suffix of ["flux-traefik-release", "flux-apps-kustomization"]) {
      assert.deepEqual(made[suffix]?.spec?.["kubeConfig"], { secretRef: { name: "acme-kubeconfig", key: "value" } });
    }
  });

  it("keep expressions for the add-on provider, and are plain values for Flux", () => {
    assert.match(String(made["helm-podinfo"]?.spec?.["valuesTemplate"]), /\{\{ \.Cluster\.metadata\.name \}\}/);
    assert.deepEqual(made["flux-traefik-release"]?.spec?.["values"], { replicas: 2 });
  });

  it("are nothing where none is asked for, whatever the platform provides", () => {
    assert.deepEqual(objectsOf(planTenant(tenantOf())), []);
  });

  const chart = { repository: "https://charts.example", chart: "web", version: "1.2.3", namespace: "web" };
  const helm = (change: object) => ({ helm: { charts: { web: { ...chart, ...change } } } });
  const git = (change: object) => ({
    flux: { kustomizations: { apps: { url: "https://git.example/apps", ...change } } },
  });
  const refused: Record<string, [Addons, string]> = {
    "a range of versions": [
      helm({ version: "^1.2" }),
      "tenant.addons.helm.charts.web.version: ^1.2 — must be an exact version: a range installs what is published tomorrow; name one, e.g. 1.2.3",
    ],
    "a repository that is no URL": [
      helm({ repository: "charts.example" }),
      "tenant.addons.helm.charts.web.repository: charts.example — must be a URL of a Helm repository; write it as https://<host>/<path> or oci://<registry>/<path>",
    ],
    "values that are no map": [
      helm({ values: "- one" }),
      "tenant.addons.helm.charts.web.values: - one — must be YAML of keys and values; write it as `values: |` and one `key: value` in a line",
    ],
    "expressions that Flux does not know": [
      { flux: { releases: { web: { ...chart, values: "a: {{ b" } } } },
      "tenant.addons.flux.releases.web.values: a: {{ b — must be YAML of keys and values; write it as `values: |` and one `key: value` in a line",
    ],
    "a branch beside a tag": [
      git({ branch: "main", tag: "v1" }),
      "tenant.addons.flux.kustomizations.apps: both — must have either branch or tag; choose one of the two",
    ],
    "neither branch nor tag": [
      git({}),
      "tenant.addons.flux.kustomizations.apps: neither — must have either branch or tag; choose one of the two",
    ],
    "a repository as scp has it": [
      git({ url: "git@git.example:apps", tag: "v1" }),
      "tenant.addons.flux.kustomizations.apps.url: git@git.example:apps — must be a URL of a Git repository; write git@host:path as ssh://git@host/path",
    ],
  };
  for (const [what, [addons, message]] of Object.entries(refused)) {
    it(`are refused with one message: ${what}`, () => {
      assert.throws(() => tenantOf({ addons, platform }), {
        name: "InvalidInput",
        message: `tenant acme cannot be used:\n  ${message}`,
      });
    });
  }

  it("are refused where the platform has nothing that installs them", () => {
    const unserved = (addons: Addons, capabilities?: string[]) => {
      const pair = ["cluster-api/infrastructure", "cluster-api/control-plane"];
      const all = capabilities === undefined ? {} : { capabilities: [...pair, ...capabilities] };
      const own = { ...tenantArgs().platform, ...all };
      return () => tenantOf({ addons, platform: own });
    };
    const message =
      /^tenant acme cannot be used:\n {2}tenant\.addons\.helm\.charts: web — the platform must provide cluster-api\/helm; enable platform\.components\.cluster-api-helm/;
    assert.throws(unserved(helm({})), { name: "InvalidInput", message });
    assert.throws(unserved(helm({}), ["flux"]), { name: "InvalidInput", message });
    assert.throws(unserved(git({ tag: "v1" }), ["cluster-api/helm"]), {
      message: /tenant\.addons\.flux: apps — the platform must provide flux; install them with tenant\.addons\.helm/,
    });
  });
});
