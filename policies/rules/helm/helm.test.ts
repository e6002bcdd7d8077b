import { object } from "../../engine/library/examples";
import { ociChart, release } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

const at = (repo: unknown) => release({ repositoryOpts: { repo } });
const from = (given: object, ...chartRepos: string[]) => ({ resources: [given], config: { chartRepos } });
const proxy = (spec: object) =>
  object("addons.cluster.x-k8s.io/v1alpha1", "HelmChartProxy", {
    spec: { chartName: "cilium", repoURL: "https://charts.example", version: "1.19.5", clusterSelector: {}, ...spec },
  });
const chart = (version: string, props: object) => ({
  type: `kubernetes:helm.sh/${version}:Chart`,
  name: "shop",
  props: {
    chart: "shop",
    version: "1.4.2",
    namespace: "shop",
    repositoryOpts: { repo: "https://charts.example" },
    ...props,
  },
});
const values = (tree: object) => release({ values: tree });
const lock = (entry: object) => ({ chartLock: { shop: entry } });
const seen = (digest: string) => ({ renders: { "shop/shop": { chart: "shop", version: "1.4.2", digest } } });
const secret = (value: unknown) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

describeRules("rules about Helm", {
  "helm-version-pinned": {
    passes: {
      "a version with v": release({ version: "v1.4.2" }),
      "a pre-release": release({ version: "1.4.2-rc.1+build.5" }),
      "a chart of the project": release({ chart: "./charts/shop", repositoryOpts: undefined, version: undefined }),
      "a digest": release({
        chart: `oci://registry.example/shop@${DIGEST}`,
        version: undefined,
        repositoryOpts: undefined,
      }),
      "an archive of one version": release({
        chart: "https://charts.example/shop-1.4.2.tgz",
        version: undefined,
        repositoryOpts: undefined,
      }),
      "an addon with a version": proxy({}),
    },
    breaks: Object.fromEntries([
      ...["~1.4.0", "1.4", "1", "1.x", "*", ">=1.4.2", "1.4.2 - 1.5.0", "", "latest", "1.4.2 || 1.5.0"].map(
        (version) => [`version "${version}"`, release({ version })] as const,
      ),
      ["no version", release({ version: undefined })],
      ["no version of a newer chart", chart("v4", { version: undefined })],
      ["a range of an older chart", chart("v3", { version: "^1.0.0" })],
      ["an addon without version", proxy({ version: undefined })],
    ]),
    undecided: { "a version that is not known": release({ version: UNKNOWN }) },
  },
  "helm-repo-allowed": {
    passes: {
      "a path below an allowed one": from(at("https://charts.example/stable/"), "https://charts.example/stable"),
      "a host in other letters": from(at("https://Charts.Example"), "https://charts.example"),
      "a prefix without scheme": from(ociChart("oci://registry.example/charts/shop"), "registry.example/charts"),
      "a vendored chart": release({ chart: "./charts/shop-1.4.2.tgz", repositoryOpts: undefined }),
      "an addon": from(proxy({}), "https://charts.example"),
    },
    breaks: {
      "a longer path without slash": from(at("https://charts.example/stable-evil"), "https://charts.example/stable"),
      "a path that climbs": from(at("https://charts.example/stable/../evil"), "https://charts.example/stable"),
      "a path that climbs by escapes": from(
        at("https://charts.example/stable/%2e%2e%2fevil"),
        "https://charts.example/stable",
      ),
      "a user name that looks like the host": from(at("https://charts.example@evil.example"), "https://charts.example"),
      "another port": from(at("https://charts.example:8443"), "https://charts.example"),
      "another scheme": from(at("http://charts.example"), "https://charts.example"),
      "an oci chart from elsewhere": from(ociChart("oci://evil.example/shop"), "https://charts.example"),
      "an archive from elsewhere": from(
        release({ chart: "https://evil.example/shop-1.4.2.tgz" }),
        "https://charts.example",
      ),
      "a path outside charts": release({ chart: "./charts/../elsewhere/shop", repositoryOpts: undefined }),
      "an absolute path": release({ chart: "/srv/charts/shop", repositoryOpts: undefined }),
      "a name that only this machine's helm knows": release({ chart: "bitnami/nginx", repositoryOpts: undefined }),
      "an addon from elsewhere": from(proxy({ repoURL: "https://evil.example" }), "https://charts.example"),
      "an older chart from elsewhere": from(
        chart("v3", { repositoryOpts: undefined, fetchOpts: { repo: "https://evil.example" } }),
        "https://charts.example",
      ),
    },
    undecided: { "a repository that is not known": from(at(UNKNOWN), "https://charts.example") },
  },
  "helm-repo-https": {
    passes: {
      "the same machine": at("http://127.0.0.1:8080"),
      "a chart of the project": release({ chart: "./charts/shop", repositoryOpts: undefined }),
    },
    breaks: {
      "a password in the address": at("https://me:hush@charts.example"),
      "plain http of a chart": chart("v4", { plainHttp: true }),
      "an addon that does not verify": proxy({ tlsConfig: { insecureSkipTLSVerify: true } }),
      ftp: at("ftp://charts.example"),
      "a host that begins like this machine": at("http://127.0.0.1.evil.example"),
    },
  },
  "helm-oci-digest": {
    passes: {
      "a chart of a repository": release(),
      "one the lock has": {
        resources: [ociChart("oci://registry.example/shop")],
        params: lock({ version: "1.4.2", digest: DIGEST }),
      },
    },
    breaks: {
      "a short digest": ociChart("oci://registry.example/shop@sha256:1234"),
      "another version in the lock": {
        resources: [ociChart("oci://registry.example/shop")],
        params: lock({ version: "1.4.1", digest: DIGEST }),
      },
      "a lock without digest": {
        resources: [ociChart("oci://registry.example/shop")],
        params: lock({ version: "1.4.2" }),
      },
    },
  },
  "helm-verify": {
    passes: {
      "one the lock has": {
        resources: [release({ verify: false })],
        params: lock({ version: "1.4.2", digest: DIGEST }),
      },
      "one the lock has, seen when it was rendered": {
        resources: [release({ verify: false })],
        params: {
          ...lock({ version: "1.4.2", digest: DIGEST }),
          "helm-rendered": seen(DIGEST.slice("sha256:".length)),
        },
      },
      "a vendored chart": release({ verify: false, chart: "./charts/shop", repositoryOpts: undefined }),
    },
    breaks: {
      "no keyring": release({ keyring: undefined }),
      "nothing at all": release({ verify: undefined }),
      "another archive than the lock has": {
        resources: [release({ verify: false })],
        params: { ...lock({ version: "1.4.2", digest: DIGEST }), "helm-rendered": seen("0".repeat(64)) },
      },
    },
  },
  "helm-values-no-secrets": {
    passes: {
      "names of Secrets": values({
        auth: { secretName: "db", existingSecret: "db-1", secretKeyRef: { key: "password" } },
      }),
      "a reference to be filled in": values({ password: "$(DB_PASSWORD)" }),
      "a switch": values({ auth: { password: "" }, token: { enabled: true } }),
      "a secret of the stack": values({ password: secret("hush-hush") }),
    },
    breaks: {
      "a key anywhere": values({ extra: ["x", `AKIA${"ABCDEFGH".repeat(2)}`] }),
      "a token": values({ api: { token: "3f9d8a7b6c5e4d" } }),
      "the values of a newer chart": chart("v4", { values: { adminPassword: "hush" } }),
      "a file of values": release({ valueYamlFiles: [{ text: "auth:\n  password: hush\n" }] }),
      "a template of an addon": proxy({ valuesTemplate: "auth:\n  password: hush # {{ .Cluster.metadata.name }}\n" }),
    },
  },
  "helm-skip-await": {
    passes: {
      "a reason": release({ skipAwait: true, description: "its pods wait for a device that comes later" }),
      "cleaning up": release({ atomic: false, cleanupOnFail: true }),
    },
    breaks: {
      "half of it left": release({ atomic: false }),
      "a short timeout": release({ timeout: 5 }),
      "a long timeout": release({ timeout: 86_400 }),
    },
  },
  "helm-disable-checks": {
    breaks: Object.fromEntries(
      ["disableOpenapiValidation", "disableWebhooks", "replace"].map((name) => [name, release({ [name]: true })]),
    ),
  },
  "helm-rendered": {
    passes: {
      "a record": { resources: [release()], params: { renders: { "shop/shop": { chart: "shop", version: "1.4.2" } } } },
      "children of it": {
        resources: [
          { ...release(), urn: "urn:pulumi:a::b::c::shop" },
          {
            ...object("v1", "ConfigMap"),
            type: "kubernetes:core/v1:ConfigMap",
            props: object("v1", "ConfigMap"),
            opts: { parent: "urn:pulumi:a::b::c::shop" },
          },
        ],
      },
    },
    breaks: {
      "a record of another version": {
        resources: [release()],
        params: { renders: { "shop/shop": { chart: "shop", version: "1.4.1" } } },
      },
      "what another release renders": {
        resources: [
          release(),
          object("v1", "ConfigMap", {}, { annotations: { "meta.helm.sh/release-name": "other" } }),
        ],
      },
    },
  },
  "helm-namespace": {
    breaks: { "no namespace": release({ namespace: undefined }), "the default one": release({ namespace: "default" }) },
    undecided: { "a namespace that is not known": release({ namespace: UNKNOWN }) },
  },
});
