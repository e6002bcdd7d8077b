import * as assert from "node:assert/strict";
import { type Files, section } from "./check.fixture";
import { fieldsOf } from "../../components/core/fields";
import { at, BASE, checkChart, checkExamples, type Deep, PLATFORM, shown, TENANT, ZFS } from "./planted.fixture";

/* The same faults as in planted-faults.test.ts, in what a site says: settings, values of charts, charts of its own. */

const MULTUS = `
apiVersion: v1
kind: ConfigMap
metadata: { name: multus-daemon-config, namespace: multus }
data:
  daemon-config.json: |
    { "chrootDir": "/hostroot", "cniVersion": "0.3.1", "multusConfigFile": "auto"PRIMARY, "socketDir": "/host/run/multus/" }
`;
const ETCD = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: tenants, namespace: kamaji-system }
spec:
  replicas: 3
  selector: { matchLabels: { app.kubernetes.io/name: kamaji-etcd } }
  template:
    metadata: { labels: { app.kubernetes.io/name: kamaji-etcd } }
    spec:
      containers: [{ name: etcd, image: "quay.io/coreos/etcd:v3.6.5" }]
`;
const SPREAD = `      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: DoNotSchedule
          labelSelector: { matchLabels: { app.kubernetes.io/name: kamaji-etcd } }
`;

describe("faults in what a chart installs", () => {
  const charts = new Set(["multus-primary-network", "topology-spread"]);

  it("F2: Multus v4.3.0 that finds the primary network by itself (multus-cni#1499)", () => {
    const multus = (primary: string) => shown(checkChart(MULTUS.replace("PRIMARY", primary)), charts);
    assert.deepEqual(multus(""), [["multus-primary-network", "ConfigMap multus/multus-daemon-config"]]);
    assert.deepEqual(multus(', "multusMasterCNI": "05-cilium.conflist"'), []);
  });

  it("F13: members of etcd that may all be on one machine (clastix/kamaji-etcd#94)", () => {
    const findings = checkChart(ETCD);
    assert.deepEqual(shown(findings, charts), [["topology-spread", "apps/StatefulSet kamaji-system/tenants"]]);
    // blocks, where any other workload would be advised
    assert.equal(findings.find(({ rule }) => rule === "topology-spread")?.level, "mandatory");
    assert.deepEqual(shown(checkChart(ETCD + SPREAD), charts), []);
  });
});

const values = (chart: string, given: object) => (files: Files) => {
  section(files, PLATFORM)["values"] = { [chart]: given };
};

describe("faults in values of charts", () => {
  const rules = new Set(["cilium-socket-lb", "cilium-host-firewall", "topology-spread"]);
  const plant = async (change: (files: Files) => void) => {
    const { broken, findings } = await checkExamples(change);
    assert.deepEqual(broken, []);
    return shown(findings, rules);
  };

  it("are in none of the example's", async () => {
    assert.deepEqual(await plant(() => undefined), []);
  }).timeout(60_000);

  it("O2: Cilium 1.19 that translates Services at sockets only (cilium#14563)", async () => {
    const found = await plant(values("cilium", { socketLB: { hostNamespaceOnly: false } }));
    assert.deepEqual(found, [["cilium-socket-lb", "kubernetes:helm.sh/v3:Release cilium"]]);
  }).timeout(60_000);

  it("F21: Cilium's host firewall without IPv6 (cilium#33155)", async () => {
    const found = await plant(values("cilium", { hostFirewall: { enabled: true } }));
    assert.deepEqual(found, [["cilium-host-firewall", "kubernetes:helm.sh/v3:Release cilium"]]);
  }).timeout(60_000);

  it("F13: an etcd whose members nothing keeps apart (clastix/kamaji-etcd#94)", async () => {
    const term = "requiredDuringSchedulingIgnoredDuringExecution";
    const soft = "preferredDuringSchedulingIgnoredDuringExecution";
    const found = await plant(values("kamaji-etcd", { affinity: { podAntiAffinity: { [term]: [], [soft]: [] } } }));
    assert.deepEqual(found, [["topology-spread", "kubernetes:helm.sh/v3:Release kamaji-etcd"]]);
  }).timeout(60_000);
});

/** What the settings say of the same faults, before anything is deployed. */
const REFUSED: readonly (readonly [fault: string, stack: string, change: (files: Files) => void, message: RegExp])[] = [
  [
    "F1",
    BASE,
    (files) => {
      const talos = { ...fieldsOf(section(files, BASE)["talos"]), installer: ZFS, extensions: ["siderolabs/drbd"] };
      section(files, BASE)["talos"] = Object.fromEntries(Object.entries(talos).filter(([key]) => key !== "image"));
    },
    /base\.talos\.extensions: siderolabs\/drbd — must be what base\.talos\.installer carries/,
  ],
  [
    "F11",
    PLATFORM,
    (files) => Object.assign(section(files, BASE)["network"] as object, { firewall: { admins: ["203.0.113.0/24"] } }),
    /platform\.networking\.podCidr: 10\.244\.0\.0\/16 — must lie in a network that the firewall of the machines lets in/,
  ],
  [
    "T3",
    BASE,
    (files) =>
      Object.assign(section(files, BASE)["network"] as object, { serviceCidrs: ["10.96.0.0/16", "10.97.0.0/16"] }),
    /base\.network\.serviceCidrs: .*must be one network/,
  ],
  [
    "C2",
    PLATFORM,
    (files) =>
      Object.assign(section(files, PLATFORM)["networking"] as object, { loadBalancerCidrs: ["198.51.100.0/32"] }),
    /platform\.networking\.loadBalancerCidrs: 198\.51\.100\.0\/32 — has no address that is given out/,
  ],
  [
    "F14",
    BASE,
    (files) => Object.assign(machine(files, "worker-1"), { labels: { "node-role.kubernetes.io/worker": "" } }),
    /base\.machines\.worker-1\.labels.*kubelets are refused labels of this domain/,
  ],
  [
    "F14 in a tenant",
    TENANT,
    (files) => Object.assign(pool(files, "burst"), { labels: { "app.kubernetes.io/name": "x" } }),
    /tenant\.nodePools\.burst\.labels.*kubelets are refused labels of this domain/,
  ],
  [
    "F15",
    BASE,
    (files) => delete (section(files, BASE)["network"] as Record<string, unknown>)["vip"],
    /base\.endpoint: https:\/\/192\.0\.2\.10:6443 — must be base\.network\.vip or a control plane's address/,
  ],
  [
    "F16",
    PLATFORM,
    (files) => Object.assign(section(files, PLATFORM)["storage"] as object, { replicas: 4 }),
    /platform\.storage\.replicas: 4 — must not be more than the 3 machines that keep volumes/,
  ],
  [
    "N3",
    BASE,
    (files) => Object.assign(section(files, BASE)["talos"] as object, { installDisk: "/dev/sda" }),
    /base\.talos\.installDisk: \/dev\/sda — must be a stable name in production/,
  ],
  [
    "N3 without a word",
    BASE,
    (files) => delete (section(files, BASE)["talos"] as Record<string, unknown>)["installDisk"],
    /base\.machines\.worker-1\.installDisk: missing — must be given/,
  ],
  [
    "U9",
    TENANT,
    (files) => Object.assign(section(files, TENANT)["quota"] as object, { cpu: "60" }),
    /tenant\.quota\.cpu: 60 — /,
  ],
];

const machine = (files: Files, name: string) => at(section(files, BASE) as Deep, "machines", name);
const pool = (files: Files, name: string) => at(section(files, TENANT) as Deep, "nodePools", name);

describe("faults in settings", () => {
  for (const [fault, stack, change, message] of REFUSED) {
    it(`${fault}: refused`, async () => {
      const { broken } = await checkExamples((files) => void change(files));
      assert.match(broken.find(({ source }) => source === stack)?.message ?? "accepted", message);
    }).timeout(60_000);
  }

  it("N2: a site without internet has what layer one waits for, its passwords encrypted (siderolabs/talos#5274)", async () => {
    const airGapped = (auth: object) => (files: Files) => {
      const base = section(files, BASE);
      Object.assign(base["network"] as object, { timeServers: ["ntp.example.com"], nameServers: ["192.0.2.53"] });
      base["registries"] = {
        mirrors: { "*": { endpoints: ["https://registry.example.com"], skipFallback: true } },
        auth,
      };
      const { config } = files[BASE] ?? assert.fail(BASE);
      config["firmament:registryPasswords"] = { "registry.example.com": { secure: "v1:AAAA:BBBB" } };
    };
    const { broken, findings } = await checkExamples(airGapped({ "registry.example.com": { username: "puller" } }));
    assert.deepEqual(broken, []);
    assert.deepEqual(shown(findings, new Set(["talos-no-inline-secret"])), []);
    const plain = await checkExamples((files) => {
      airGapped({ "registry.example.com": { username: "puller" } })(files);
      const { config } = files[BASE] ?? assert.fail(BASE);
      config["firmament:registryPasswords"] = { "registry.example.com": "hunter2" };
    });
    assert.match(
      plain.broken.find(({ source }) => source === BASE)?.message ?? "accepted",
      /registryPasswords\.registry\.example\.com: in plain text — is a secret/,
    );
    const other = await checkExamples(airGapped({ "other.example.com": { username: "puller" } }));
    assert.match(
      other.broken.find(({ source }) => source === BASE)?.message ?? "accepted",
      /registryPasswords\.other\.example\.com: missing — .*\n.*registryPasswords\.registry\.example\.com: a password — must be of a registry/,
    );
  }).timeout(120_000);
});
