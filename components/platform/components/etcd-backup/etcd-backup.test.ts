import * as assert from "node:assert/strict";
import { at, management, objectOf, parsed, plan } from "../../platform.fixture";
import { planPlatform } from "../../plan";
import { readChartLock } from "../../charts/lock";
import { COMPONENTS } from "../../registry";
import { ROOT } from "../../platform.fixture";

/** Of age's own documentation. */
const RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const SETTINGS = { bucket: "snapshots", endpoint: "https://s3.example:9000", recipient: RECIPIENT };
const SECRET = { etcdBackupCredentials: "[default]" };

const change = (etcdBackup: object = SETTINGS) => ({ etcdBackup, components: { "etcd-backup": { enabled: true } } });
const planned = (etcdBackup?: object, more: object = {}) =>
  planPlatform(
    parsed({ ...change(etcdBackup), ...more }, COMPONENTS, SECRET),
    { ...management, etcdBackups: true },
    { lock: readChartLock(ROOT), vendored: () => "any", components: COMPONENTS },
  );
const pod = (etcdBackup?: object, more?: object) =>
  at(objectOf(planned(etcdBackup, more), "etcd-backup"), "spec.jobTemplate.spec.template.spec") as object;
const variables = (etcdBackup?: object) => {
  const env = at(pod(etcdBackup), "containers.0.env") as { name: string; value: string }[];
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
};

describe("etcd-backup", () => {
  it("is no part of a platform that does not ask for it", () => {
    assert.ok(!plan().stages.some(({ name }) => name === "etcd-backup"));
  });

  it("asks Talos for credentials that may take snapshots and nothing else, and mounts them where Talos puts them", () => {
    const access = objectOf(planned(), "etcd-backup-talos-access");
    assert.deepEqual([access.apiVersion, access.kind], ["talos.dev/v1alpha1", "ServiceAccount"]);
    assert.deepEqual(access["spec"], { roles: ["os:etcd:backup"] });
    const { name, namespace } = access.metadata;
    assert.equal(namespace, "etcd-backup");
    const volumes = at(pod(), "volumes") as { name: string; secret?: { secretName: string } }[];
    assert.equal(volumes.find((each) => each.name === "talos")?.secret?.secretName, name);
  });

  it("says to the program where the snapshot goes, in its own words", () => {
    assert.deepEqual(variables({ ...SETTINGS, prefix: "backups/berlin", region: "eu-central-1" }), {
      HOME: "/tmp",
      TALOSCONFIG: "/var/run/secrets/talos.dev/config",
      AWS_SHARED_CREDENTIALS_FILE: "/var/run/secrets/bucket/credentials",
      AWS_REGION: "eu-central-1",
      BUCKET: "snapshots",
      CLUSTER_NAME: "berlin",
      S3_PREFIX: "backups/berlin",
      AGE_X25519_PUBLIC_KEY: RECIPIENT,
      CUSTOM_S3_ENDPOINT: "https://s3.example:9000",
      USE_PATH_STYLE: "false",
    });
    const { bucket, recipient } = SETTINGS;
    const amazon = variables({ bucket, recipient });
    assert.deepEqual([amazon["CUSTOM_S3_ENDPOINT"], amazon["USE_PATH_STYLE"]], [undefined, undefined]);
  });

  it("reaches the Talos API of the machines and the bucket's port, and takes its image from the mirror", () => {
    assert.deepEqual(at(objectOf(planned(), "etcd-backup-traffic"), "spec.egress"), [
      { to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 50_000, protocol: "TCP" }] },
      { ports: [{ port: 9000, protocol: "TCP" }] },
    ]);
    const mirror = { charts: "https://charts.example", images: "registry.example/mirror" };
    assert.match(
      String(at(pod(SETTINGS, { mirror }), "containers.0.image")),
      /^registry\.example\/mirror\/siderolabs\/talos-backup:v[\d.]+/,
    );
  });

  it("is refused where it would fail every night: without a bucket, a key, credentials or rights", () => {
    const missing = () => parsed(change({}), COMPONENTS);
    assert.throws(missing, /platform\.etcdBackup\.bucket: missing/);
    assert.throws(missing, /platform\.etcdBackup\.recipient: missing .*age-keygen/);
    assert.throws(missing, /etcdBackupCredentials/);
    const mistyped = { ...SETTINGS, recipient: RECIPIENT.replace("ql3z", "ql3x") };
    assert.throws(() => parsed(change(mistyped), COMPONENTS, SECRET), /etcdBackup\.recipient.*public key of age/);
    for (const schedule of ["hourly", "17 6 * *", "TZ=UTC 1 * * * *"]) {
      assert.throws(() => parsed(change({ ...SETTINGS, schedule }), COMPONENTS, SECRET), /five fields of cron/);
    }
    assert.throws(() => plan({ change: change(), more: SECRET }), /base\.kubernetes\.etcd\.backups to true/);
  });
});
