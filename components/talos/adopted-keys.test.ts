import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { adoptedKeys } from "./adopted-keys";
import { readDeployed } from "./deployed";
import { parseBaseSettings } from "./parse";
import { base } from "./settings.fixture";
import { TalosCluster } from "./talos-cluster";
import { only, run } from "../../test/support/registrations";

const pair = (name: string) => ({ crt: `${name}-crt`, key: `${name}-key` });
const SECRETS = {
  cluster: { id: "the-id", secret: "cluster-secret" },
  secrets: { bootstraptoken: "bootstrap-token", secretboxencryptionsecret: "secretbox" },
  trustdinfo: { token: "trustd-token" },
  certs: {
    ...{ etcd: pair("etcd"), k8s: pair("k8s"), k8saggregator: pair("aggregator"), os: pair("os") },
    k8sserviceaccount: { key: "sa-key" },
  },
};
const TALOSCONFIG = {
  context: "berlin",
  contexts: {
    other: { ca: "other", crt: "other", key: "other" },
    berlin: { endpoints: ["192.0.2.11"], ca: "os-crt", crt: "admin-crt", key: "admin-key" },
  },
};

const given = (secrets: unknown = SECRETS, talosconfig: unknown = TALOSCONFIG) => ({
  secrets: typeof secrets === "string" ? secrets : stringify(secrets),
  talosconfig: stringify(talosconfig),
});
const parse = (adopted: unknown, deployed: object = {}) =>
  parseBaseSettings({ layer: "base", base, ...(adopted === undefined ? {} : { adopted }) }, readDeployed(deployed));

describe("a cluster that is adopted", () => {
  it("keeps its keys, as the provider takes them", () => {
    assert.deepEqual(adoptedKeys(parse(given())), {
      machineSecrets: {
        cluster: { id: "the-id", secret: "cluster-secret" },
        secrets: { bootstrapToken: "bootstrap-token", secretboxEncryptionSecret: "secretbox" },
        trustdinfo: { token: "trustd-token" },
        certs: {
          etcd: { cert: "etcd-crt", key: "etcd-key" },
          k8s: { cert: "k8s-crt", key: "k8s-key" },
          k8sAggregator: { cert: "aggregator-crt", key: "aggregator-key" },
          k8sServiceaccount: { key: "sa-key" },
          os: { cert: "os-crt", key: "os-key" },
        },
      },
      clientConfiguration: { caCertificate: "os-crt", clientCertificate: "admin-crt", clientKey: "admin-key" },
    });
    assert.equal(adoptedKeys(parse(undefined)), undefined);
  });

  it("makes no keys, bootstraps nothing, and waits for every machine", async () => {
    const settings = parse(given());
    const args = { settings, deployed: Object.keys(settings.machines) };
    const { resources } = await run(() => void new TalosCluster("berlin", args), {
      call: () => ({ talosConfig: "text", machineConfiguration: "text" }),
    });
    const types = new Set(resources.map(({ type }) => type));
    assert.ok(!types.has("talos:machine/secrets:Secrets"));
    assert.ok(!types.has("talos:machine/bootstrap:Bootstrap"));
    for (const name of Object.keys(base.machines)) {
      const { environment } = only(resources, "command:local:Command", `berlin-${name}-settled`).inputs;
      assert.equal((environment as Record<string, string>)["ADOPTED"], "true");
      const apply = only(resources, "talos:machine/configurationApply:ConfigurationApply", `berlin-${name}`);
      assert.ok(
        apply.secrets.some((path) => path.startsWith("clientConfiguration")),
        "the key stays secret",
      );
    }
    const { dependsOn } = only(resources, "talos:cluster/kubeconfig:Kubeconfig");
    assert.ok(dependsOn.includes("berlin-worker-1"));
  });

  const wrong: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    "no talosconfig": [
      { ...given(), talosconfig: "" },
      /adopted\.talosconfig: missing — must be the text of the file; set it/,
    ],
    "what is no YAML": [given("{ a: ["), /adopted\.secrets: no YAML — must be the text/],
    "secrets without a key": [
      given({ ...SECRETS, certs: { ...SECRETS.certs, os: { crt: "os-crt" } } }),
      /adopted\.secrets: no certs\.os\.key — must be all secrets of the cluster/,
    ],
    "a talosconfig without a context": [
      given(SECRETS, { contexts: {} }),
      /adopted\.talosconfig: no caCertificate — its current context must have/,
    ],
    "a talosconfig of another cluster": [
      given(SECRETS, { ...TALOSCONFIG, context: "other" }),
      /adopted\.talosconfig: another cluster's — must be of the same authority/,
    ],
  };
  for (const [what, [adopted, message]] of Object.entries(wrong)) {
    it(`is refused with ${what}, and nothing secret is shown`, () => {
      assert.throws(
        () => parse(adopted),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /cluster-secret|admin-key|bootstrap-token/);
          return true;
        },
      );
    });
  }

  it("stays what it is once it is deployed", () => {
    const machines = {};
    assert.throws(
      () => parse(given(), { machines, adopted: false }),
      /adopted: given — the cluster is deployed without it/,
    );
    assert.throws(() => parse(given(), { machines }), /adopted: given/);
    assert.throws(() => parse(undefined, { machines, adopted: true }), /adopted: taken out — .*; set it again/);
    assert.doesNotThrow(() => parse(given(), { machines, adopted: true }));
  });
});
