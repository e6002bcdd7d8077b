import * as assert from "node:assert/strict";
import { z } from "zod";
import { component } from "./component";
import { parsed, settings } from "./platform.fixture";
import { COMPONENTS } from "./registry";
import { enabledComponents, parsePlatformSettings, platformSettings, platformSettingsOf } from "./settings";

const refuses = (change: object, message: RegExp) =>
  assert.throws(() => parsed(change), { name: "InvalidInput", message });
const { storage, networking } = settings.platform;

describe("the settings of a platform", () => {
  it("switch on all components but alternatives", () => {
    const off = COMPONENTS.filter((each) => !enabledComponents(parsed()).includes(each)).map(({ name }) => name);
    assert.deepEqual(off, [
      "gateway-api",
      "cilium-lb-ipam",
      "kube-vip",
      "hubble",
      "local-path",
      "rook-ceph",
      "openebs-lvm",
      "cluster-api-helm",
      "cluster-api-talos",
      "cluster-api-vsphere",
      "cluster-api-kubeadm-control-plane",
      "cluster-api-addresses",
      "etcd-backup",
      "metrics-server",
      "victoria-metrics",
      "velero",
      "reloader",
      "vertical-pod-autoscaler",
      "flux-operator",
      "grafana-operator",
      "cloudnative-pg",
      "mariadb-operator",
      "redis-operator",
      "rabbitmq-operator",
    ]);
  });

  it("choose another load balancer", () => {
    const components = { metallb: { enabled: false }, "cilium-lb-ipam": { enabled: true } };
    const names = enabledComponents(parsed({ components })).map(({ name }) => name);
    assert.ok(names.includes("cilium-lb-ipam") && !names.includes("metallb"));
  });

  it("have a description of every field", () => {
    const bare: string[] = [];
    const walk = (schema: z.core.JSONSchema._JSONSchema, path: string): void => {
      if (typeof schema === "boolean") return;
      if (path !== "" && schema.description === undefined && schema.anyOf === undefined) bare.push(path);
      for (const [key, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${path}.${key}`);
      for (const inner of schema.anyOf ?? []) {
        if (typeof inner !== "boolean") {
          for (const [key, field] of Object.entries(inner.properties ?? {})) walk(field, `${path}.${key}`);
        }
      }
    };
    walk(z.toJSONSchema(platformSettings, { io: "input" }), "");
    assert.deepEqual(bare, []);
  });

  it("refuse a component that there is not, and one that is mistyped", () => {
    refuses({ components: { metalb: { enabled: false } } }, /platform\.components\.metalb: unknown key/);
    refuses({ components: { metallb: { enabled: "no" } } }, /platform\.components\.metallb\.enabled: "no"/);
    refuses({ components: { metallb: false } }, /platform\.components\.metallb: false/);
  });

  it("refuse components that do not fit together, with all problems at once", () => {
    refuses(
      { components: { metallb: { enabled: false }, "cert-manager": { enabled: false } }, storage: { replicas: 2 } },
      /load-balancer: provided by no component[^]*certificates: provided by no component[^]*platform\.storage\.pool: missing/,
    );
  });

  /* Plugins up to 4.29 drop a null; 4.30 and later have Helm delete the chart's default by it. */
  it("refuse null in values of charts, wherever it stands", () => {
    refuses(
      { values: { cilium: { hubble: { enabled: null }, list: [1, null] } } },
      /platform\.values\.cilium\.hubble\.enabled: null — must be a value[^]*platform\.values\.cilium\.list\.1: null/,
    );
  });

  it("need a pool where LINSTOR keeps the volumes, and none where it does not", () => {
    refuses({ storage: { replicas: 2 } }, /platform\.storage\.pool: missing — names where LINSTOR keeps volumes/);
    const components = { piraeus: { enabled: false }, "local-path": { enabled: true } };
    assert.ok(parsed({ tier: "development", storage: {}, components }));
  });

  it("refuse production without copies of volumes", () => {
    const components = { piraeus: { enabled: false }, "local-path": { enabled: true } };
    refuses({ components }, /storage-class\/replicated: .* clusters of tenants \(tier production\)/);
  });

  it("refuse values of the storage that are out of range", () => {
    refuses({ storage: { ...storage, replicas: 6 } }, /platform\.storage\.replicas: 6/);
    refuses({ storage: { ...storage, pool: { directory: "data" } } }, /platform\.storage\.pool/);
    refuses(
      { storage: { ...storage, localDirectory: "/opt/data" } },
      /platform\.storage\.localDirectory: .*below \/var/,
    );
    refuses({ networking: { ...networking, loadBalancerCidrs: [] } }, /platform\.networking\.loadBalancerCidrs/);
  });

  it("need the passphrase exactly where volumes are encrypted", () => {
    const { storagePassphrase: _, ...open } = settings;
    const parse = (change: object) => parsePlatformSettings({ ...open, platform: { ...settings.platform, ...change } });
    assert.throws(() => parse({}), /storagePassphrase: missing — locks the keys of encrypted volumes/);
    assert.throws(() => parse({ tier: "development", storage: { ...storage, encryption: true } }), /storagePassphrase/);
    assert.ok(parse({ storage: { ...storage, encryption: false } }));
    assert.ok(parse({ tier: "development" }));
  });

  it("are refused when two components define one field", () => {
    const twice = (section: string, field: string) =>
      component({
        name: "twice",
        description: "Has a setting that there is already.",
        group: "storage",
        namespaces: {},
        stages: [],
        settings: { [section]: { [field]: z.string() } },
      });
    assert.throws(
      () => platformSettingsOf([...COMPONENTS, twice("storage", "pool")]),
      /twice: platform\.storage\.pool/,
    );
    assert.throws(() => platformSettingsOf([twice("networking", "podCidr")]), /platform\.networking\.podCidr/);
  });
});
