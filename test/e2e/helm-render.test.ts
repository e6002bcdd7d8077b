import { evaluate, renderReleases, UNKNOWN } from "../../policies";
import * as assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { resolveTools, silentProgress } from "../../sandbox/offline/toolchain";

const TEMPLATE = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      hostNetwork: {{ .Values.hostNetwork }}
      containers: [{ name: web, image: {{ required "image is required" .Values.image }} }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: web, annotations: { "helm.sh/hook": pre-install } }
rules: []
`;

const release = (changes: object = {}) => ({
  type: "kubernetes:helm.sh/v3:Release",
  name: "web",
  urn: "urn:pulumi:platform.test::firmament::kubernetes:helm.sh/v3:Release::web",
  props: {
    name: "web",
    namespace: "shop",
    chart: "./charts/web",
    version: "1.4.2",
    values: { hostNetwork: true, image: "registry.example/web:1.4.2" },
    ...changes,
  },
});

describe("rendering releases", () => {
  let helm: string;
  let folder: string;

  before(async () => {
    helm = (await resolveTools(["helm"], { progress: silentProgress })).get("helm")?.path ?? assert.fail("no helm");
    folder = await mkdtemp(join(tmpdir(), "firmament-render-"));
    const chart = join(folder, "charts", "web");
    await mkdir(join(chart, "templates"), { recursive: true });
    await writeFile(join(chart, "Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.4.2\n");
    await writeFile(join(chart, "values.yaml"), "hostNetwork: false\nimage: \n");
    await writeFile(join(chart, "templates", "web.yaml"), TEMPLATE);
  });

  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const render = (...resources: unknown[]) =>
    renderReleases(resources, { helm, cacheDir: join(folder, "cache"), root: folder });

  it("makes what the chart renders visible to the rules about pods", async () => {
    const { manifests, failures } = await render(release());
    assert.deepEqual(failures, []);
    const findings = await evaluate({ resources: [release(), ...manifests] });
    const rules = new Set(findings.map(({ rule }) => rule));
    assert.ok(rules.has("pss-host-namespaces"));
    assert.ok(!rules.has("helm-rendered"));
  });

  it("renders with the release's values, in its namespace, hooks included, as its children", async () => {
    const { manifests, renders } = await render(release({ values: { hostNetwork: false, image: "a/b:1" } }));
    const [deployment, role] = manifests as { type: string; props: never; opts: { parent: string } }[];
    assert.deepEqual(renders, { "shop/web": { chart: "./charts/web", version: "1.4.2" } });
    assert.equal(deployment?.type, "kubernetes:apps/v1:Deployment");
    assert.equal(role?.type, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole");
    assert.equal(deployment.opts.parent, release().urn);
    const { metadata, spec } = deployment.props as {
      metadata: { namespace: string };
      spec: { template: { spec: { hostNetwork: boolean } } };
    };
    assert.equal(metadata.namespace, "shop");
    assert.equal(spec.template.spec.hostNetwork, false);
  });

  it("knows which definitions outlive the release: those of the folder crds/, and all of a release that is retained", async () => {
    const folders = { crds: "tables.example.com", templates: "rows.example.com" };
    for (const [place, name] of Object.entries(folders)) {
      const directory = join(folder, "charts", "kinds", place);
      await mkdir(directory, { recursive: true });
      const text = `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: ${name} }\n`;
      await writeFile(join(directory, "crd.yaml"), text);
    }
    await writeFile(join(folder, "charts", "kinds", "Chart.yaml"), "apiVersion: v2\nname: kinds\nversion: 1.0.0\n");
    const kinds = release({ chart: "./charts/kinds", version: "1.0.0" });
    const lost = async (given: object) => {
      const { manifests } = await render(given);
      assert.equal(manifests.length, 2);
      const findings = await evaluate({ resources: [given, ...manifests] });
      return findings.filter(({ rule }) => rule === "pulumi-replace-guard").map(({ resource }) => resource);
    };
    assert.deepEqual(await lost(kinds), ["apiextensions.k8s.io/CustomResourceDefinition rows.example.com"]);
    assert.deepEqual(await lost({ ...kinds, opts: { retainOnDelete: true } }), []);
  });

  /*
   * Helm 3.22.0 (run): --skip-tests leaves out every hook that has a test among its moments, also one that an installation
   * runs; and without --is-upgrade `helm template` never shows what a chart keeps for upgrades.
   */
  it("renders what an installation runs and what an upgrade does, and leaves out what is a test only", async () => {
    const hook = (name: string, moments: string) =>
      `kind: Pod\napiVersion: v1\nmetadata: { name: ${name}, annotations: { "helm.sh/hook": "${moments}" } }\n`;
    const templates = join(folder, "charts", "moments", "templates");
    await mkdir(templates, { recursive: true });
    await writeFile(join(folder, "charts", "moments", "Chart.yaml"), "apiVersion: v2\nname: moments\nversion: 1.0.0\n");
    const documents = [
      hook("always", "pre-install, test"),
      hook("only-test", "test"),
      `{{- if .Release.IsUpgrade }}\n${hook("migrate", "pre-upgrade")}{{- end }}\n`,
      `{{- if .Release.IsInstall }}\n${hook("seed", "pre-install")}{{- end }}\n`,
    ];
    await writeFile(join(templates, "hooks.yaml"), documents.join("---\n"));
    const { manifests, failures } = await render(release({ chart: "./charts/moments", version: "1.0.0" }));
    assert.deepEqual(failures, []);
    const names = manifests.map((each) => (each as { name: string }).name).sort();
    assert.deepEqual(names, ["web/always", "web/migrate", "web/seed"]);
  });

  it("leaves no values behind: they may hold secrets", async () => {
    await render(release());
    const left = (await readdir(join(folder, "cache"))).filter((name) => name.startsWith("render-"));
    assert.deepEqual(left, []);
  });

  const impossible: Record<string, [object, RegExp]> = {
    "values of which nothing is known yet": [{ values: UNKNOWN }, /^values is not known/],
    "a version that is not known yet": [{ version: UNKNOWN }, /^version is not known/],
    "a template that fails": [{ values: {} }, /image is required/],
    "a chart that is not there": [{ chart: "./charts/other" }, /other/],
    "no chart at all": [{ chart: undefined }, /no chart is named/],
    "a name that helm would take for an option": [{ name: "--post-renderer=/bin/sh" }, /cannot be given to helm/],
    "a post-renderer": [{ postrender: "./change.sh" }, /post-renderer/],
    "values in a file that is not part of the resource": [{ valueYamlFiles: [{ path: "v.yaml" }] }, /file of values/],
  };
  for (const [what, [changes, message]] of Object.entries(impossible)) {
    it(`reports ${what}, and rule helm-rendered says so of the release`, async () => {
      const result = await render(release(changes), {
        ...release(),
        name: "other",
        props: { ...release().props, name: "other" },
      });
      const { manifests, failures } = result;
      const [failure] = failures;
      assert.equal(failures.length, 1);
      assert.match(failure?.message ?? "", message);
      assert.equal(failure?.urn, release().urn);
      assert.ok(manifests.length > 0, "the other release is rendered all the same");
      const reasons = Object.fromEntries(failures.map(({ release: id, message: why }) => [id, why]));
      const params = { "helm-rendered": { renders: result.renders, failures: reasons } };
      const findings = await evaluate({ resources: [release(changes)], params });
      const found = findings.find(({ rule, status }) => rule === "helm-rendered" && status === "violation");
      assert.match(found?.message ?? "", /^it could not be rendered: /);
    });
  }

  it("gives the chart what a secret of the stack holds", async () => {
    const image = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "a/secret:1" };
    const { manifests, failures } = await render(release({ values: { hostNetwork: false, image } }));
    assert.deepEqual(failures, []);
    assert.match(JSON.stringify(manifests), /"image":"a\/secret:1"/);
  });

  it("renders what is known of values, and leaves undecided what the rest becomes part of", async () => {
    const { manifests, failures } = await render(release({ values: { hostNetwork: true, image: UNKNOWN } }));
    assert.deepEqual(failures, []);
    const findings = await evaluate({ resources: [release(), ...manifests] });
    const of = (rule: string) => findings.filter((each) => each.rule === rule).map(({ status }) => status);
    assert.deepEqual(of("pss-host-namespaces"), ["violation"]);
    assert.deepEqual(of("image-digest"), ["undecided"]);
    assert.ok(!JSON.stringify(manifests).includes("not-known-before"));
  });

  it("takes a chart out of a folder instead of its repository", async () => {
    const { manifests, failures } = await renderReleases(
      [release({ chart: "web", repositoryOpts: { repo: "https://charts.example" } })],
      { helm, cacheDir: join(folder, "cache"), mirror: join(folder, "mirror") },
    );
    assert.deepEqual(manifests, []);
    assert.match(failures[0]?.message ?? "", /web-1\.4\.2\.tgz is not in the mirror/);
  });

  it("ends a helm that hangs", async () => {
    const hanging = join(folder, "hanging");
    await writeFile(hanging, "#!/bin/sh\nexec sleep 60\n");
    await chmod(hanging, 0o755);
    const { failures } = await renderReleases([release()], {
      helm: hanging,
      cacheDir: join(folder, "cache"),
      root: folder,
      timeout: 1,
    });
    assert.match(failures[0]?.message ?? "", /did not finish within 1 s/);
  });

  it("says what to do when helm is missing", async () => {
    const missing = join(dirname(folder), "no-such-helm");
    const { failures } = await renderReleases([release()], {
      helm: missing,
      cacheDir: join(folder, "cache"),
      root: folder,
    });
    assert.match(failures[0]?.message ?? "", /install helm/);
  });
});
