import * as assert from "node:assert/strict";
import { issue } from "./certificates.fixture";
import { machinePatches } from "./machine-config";
import { machinesOf } from "./settings";
import { settings } from "./settings.fixture";

interface Patch {
  readonly machine?: {
    readonly files?: readonly Record<string, unknown>[];
    readonly features?: object;
    readonly kubelet?: { readonly extraConfig: Record<string, unknown>; readonly extraArgs?: object };
  };
  readonly cluster?: Readonly<Record<"apiServer" | "controllerManager" | "scheduler" | "etcd", object | undefined>>;
}

/** The first patches of a machine: that of every machine, and that of control planes. */
const patches = (kubernetes: object, name = "cp-1"): readonly [Patch, Patch] => {
  const cluster = settings({ kubernetes });
  const machine = machinesOf(cluster).find((each) => each.name === name) ?? assert.fail(name);
  const [first = "{}", second = "{}"] = machinePatches(cluster, machine);
  return [JSON.parse(first) as Patch, JSON.parse(second) as Patch];
};
const kubelet = (given: object, name = "cp-1") => patches({ kubelet: given }, name)[0].machine?.kubelet;
const audit = (given: object) => ({ apiServer: { audit: given } });
const flags = (component: string, extraArgs: object) => ({ [component]: { extraArgs } });

describe("settings of Kubernetes", () => {
  it("leave everything to Talos where none are given", () => {
    const [all, controlPlane] = patches({});
    assert.deepEqual(all.machine?.kubelet?.extraConfig, { podPidsLimit: 4096 });
    assert.deepEqual(Object.keys(controlPlane), ["cluster"]);
    assert.deepEqual(Object.keys(controlPlane.cluster ?? {}).sort(), [
      "allowSchedulingOnControlPlanes",
      "apiServer",
      "etcd",
    ]);
    assert.deepEqual(Object.keys(controlPlane.cluster?.apiServer ?? {}), ["certSANs"]);
  });

  it("log what rules say, and never what is in Secrets", () => {
    const rule = { level: "RequestResponse", resources: [{ group: "apps", resources: ["deployments"] }] };
    const [, { cluster }] = patches(audit({ level: "Request", rules: [rule] }));
    const { auditPolicy } = cluster?.apiServer as { auditPolicy: { rules: [{ level: string; resources: unknown }] } };
    const [first, ...others] = auditPolicy.rules;
    assert.equal(first.level, "Metadata");
    assert.match(JSON.stringify(first.resources), /"secrets".*"tokenreviews".*"kubevirt\.io"/);
    assert.deepEqual(others, [rule, { level: "Request" }]);
  });

  it("let people log in at an issuer, whose names cannot be those of Kubernetes", () => {
    const [, { cluster, machine }] = patches({
      apiServer: {
        oidc: { issuer: "https://id.example.com/realms/cloud", clientId: "kubernetes", groupsClaim: "groups" },
      },
    });
    assert.deepEqual((cluster?.apiServer as { extraArgs: object }).extraArgs, {
      "oidc-issuer-url": "https://id.example.com/realms/cloud",
      "oidc-client-id": "kubernetes",
      "oidc-username-claim": "sub",
      "oidc-username-prefix": "oidc:",
      "oidc-groups-claim": "groups",
      "oidc-groups-prefix": "oidc:",
    });
    assert.equal(machine, undefined);
  });

  it("bring the certificate of the issuer's authority to where API servers read it", () => {
    const ca = issue("site").certificate;
    const oidc = { issuer: "https://id.example.com", clientId: "kubernetes", ca };
    const [, { cluster, machine }] = patches({ apiServer: { oidc } });
    const [file] = machine?.files ?? [];
    assert.deepEqual(file, { path: "/var/lib/oidc/ca.pem", op: "create", permissions: 0o644, content: ca });
    const { extraArgs, extraVolumes } = cluster?.apiServer as {
      extraArgs: Record<string, string>;
      extraVolumes: unknown;
    };
    assert.equal(extraArgs["oidc-ca-file"], file["path"]);
    assert.deepEqual(extraVolumes, [{ hostPath: "/var/lib/oidc", mountPath: "/var/lib/oidc", readonly: true }]);
  });

  // Talos takes its own reserves only where none is given, kubelets their thresholds likewise
  it("let one namespace take snapshots of etcd, and nothing else, where they say so: at control planes only", () => {
    const [all, controlPlane] = patches({ etcd: { backups: true } });
    assert.equal(all.machine?.features, undefined);
    assert.deepEqual(controlPlane.machine?.features, {
      kubernetesTalosAPIAccess: {
        enabled: true,
        allowedRoles: ["os:etcd:backup"],
        allowedKubernetesNamespaces: ["etcd-backup"],
      },
    });
    const worker = machinePatches(settings({ kubernetes: { etcd: { backups: true } } }), {
      ...(machinesOf(settings()).find(({ role }) => role === "worker") ?? assert.fail()),
    });
    assert.doesNotMatch(worker.join(), /TalosAPIAccess/);
  });

  it("keep the reserves and thresholds that they do not name", () => {
    const given = { systemReserved: { memory: "4Gi" }, evictionHard: { nodeFs: "5Gi" }, maxPods: 250 };
    const reserved = (memory: string) => ({ cpu: "50m", memory, "ephemeral-storage": "256Mi", pid: "100" });
    assert.deepEqual(kubelet(given)?.extraConfig, {
      podPidsLimit: 4096,
      maxPods: 250,
      systemReserved: reserved("4Gi"),
      evictionHard: {
        "memory.available": "100Mi",
        "nodefs.available": "5Gi",
        "nodefs.inodesFree": "5%",
        "imagefs.available": "15%",
      },
    });
    const cpu = { systemReserved: { cpu: "1" } };
    assert.deepEqual(kubelet(cpu)?.extraConfig["systemReserved"], { ...reserved("512Mi"), cpu: "1" });
    assert.deepEqual(kubelet(cpu, "worker-1")?.extraConfig["systemReserved"], { ...reserved("384Mi"), cpu: "1" });
    const kube = { kubeReserved: { cpu: "500m", ephemeralStorage: "1Gi" } };
    assert.deepEqual(kubelet(kube)?.extraConfig["kubeReserved"], { cpu: "500m", "ephemeral-storage": "1Gi" });
  });

  it("reach every component: feature gates, flags and etcd's size", () => {
    const [all, { cluster }] = patches({
      featureGates: { B: true, A: false },
      ...flags("controllerManager", { "node-monitor-grace-period": "50s" }),
      kubelet: { extraArgs: { "image-gc-high-threshold": "70" } },
      etcd: { quota: "8Gi", heartbeatInterval: 250, electionTimeout: 2500, extraArgs: { "snapshot-count": "50000" } },
    });
    const gates = { "feature-gates": "A=false,B=true" };
    assert.deepEqual(all.machine?.kubelet?.extraConfig["featureGates"], { A: false, B: true });
    assert.deepEqual(all.machine?.kubelet?.extraArgs, { "image-gc-high-threshold": "70" });
    assert.deepEqual(cluster?.controllerManager, { extraArgs: { ...gates, "node-monitor-grace-period": "50s" } });
    assert.deepEqual(cluster?.scheduler, { extraArgs: gates });
    const { extraArgs } = cluster?.etcd as { extraArgs: object };
    assert.deepEqual(extraArgs, {
      "quota-backend-bytes": String(8 * 2 ** 30),
      "heartbeat-interval": "250",
      "election-timeout": "2500",
      "snapshot-count": "50000",
    });
  });

  const oidc = (change: object) => ({
    apiServer: { oidc: { issuer: "https://id.example.com", clientId: "kubernetes", ...change } },
  });
  const bad: Record<string, [kubernetes: object, message: RegExp]> = {
    "audit of objects and paths in one rule": [
      audit({ rules: [{ level: "Metadata", nonResourceURLs: ["/a"], namespaces: ["b"] }] }),
      /audit\.rules\.0\.nonResourceURLs: \/a — must not stand beside resources or namespaces/,
    ],
    "audit of names of every kind": [
      audit({ rules: [{ level: "Metadata", resources: [{ resourceNames: ["x"] }] }] }),
      /audit\.rules\.0\.resources\.0\.resourceNames: x — must have resources beside it/,
    ],
    "audit of nothing": [audit({ rules: [{ level: "None" }] }), /rules\.0: None for everything — must leave something/],
    "audit without Secrets": [
      audit({ rules: [{ level: "None", users: ["a"], resources: [{ resources: ["pods", "secrets"] }] }] }),
      /rules\.0\.resources\.0: None for Secrets — must not be about Secrets/,
    ],
    "a path that API servers do not take": [
      audit({ rules: [{ level: "None", nonResourceURLs: ["/a*b"] }] }),
      /nonResourceURLs\.0: "\/a\*b" — must be a path/,
    ],
    "an issuer without encryption": [oidc({ issuer: "http://id.example.com" }), /oidc\.issuer: .* — must be a URL/],
    "an issuer with a query": [
      oidc({ issuer: "https://id.example.com?a=b" }),
      /issuer: .* — must be a URL without query/,
    ],
    "names of users without prefix": [oidc({ usernamePrefix: "-" }), /usernamePrefix: "-" — must end in :/],
    "groups that could be Kubernetes' own": [oidc({ groupsPrefix: "system:" }), /groupsPrefix: "system:" — must end/],
    "an authority that is none": [oidc({ ca: "x" }), /oidc\.ca: "x" — must be a certificate/],
    "a flag that a setting decides": [
      flags("apiServer", { "oidc-client-id": "x" }),
      /apiServer\.extraArgs\.oidc-client-id: x — is not for flags: .*use base\.kubernetes\.apiServer\.oidc/,
    ],
    "a flag that weakens the cluster": [
      flags("apiServer", { "anonymous-auth": "true" }),
      /extraArgs\.anonymous-auth: true — weakens the cluster/,
    ],
    // Talos then writes no static pod for the API server
    "a flag that Talos denies": [
      flags("apiServer", { "etcd-servers": "https://a" }),
      /apiServer\.extraArgs\.etcd-servers: https:\/\/a — is set by Talos: the component would not start/,
    ],
    "a flag with its dashes": [
      flags("scheduler", { "--v": "2" }),
      /scheduler\.extraArgs.*--v — must be the name of a flag/,
    ],
    "a flag that is no text": [flags("scheduler", { v: 2 }), /scheduler\.extraArgs\.v: 2 — must be text/],
    "a name of the machine by a flag": [
      flags("kubelet", { "hostname-override": "x" }),
      /kubelet\.extraArgs\.hostname-override: x — .*use the machine's name/,
    ],
    "etcd's size by a flag": [
      flags("etcd", { "quota-backend-bytes": "1" }),
      /etcd\.extraArgs\.quota-backend-bytes: 1 — .*use base\.kubernetes\.etcd\.quota/,
    ],
    "data of etcd elsewhere": [flags("etcd", { "data-dir": "/x" }), /etcd\.extraArgs\.data-dir: \/x — is set by Talos/],
    "admission that admits everything": [
      flags("apiServer", { "enable-admission-plugins": "A,AlwaysAdmit" }),
      /enable-admission-plugins: A,AlwaysAdmit — must decide something/,
    ],
    "broken encryption": [
      flags("apiServer", { "tls-min-version": "VersionTLS10" }),
      /tls-min-version: VersionTLS10 — must be VersionTLS12/,
    ],
    "a protection that is switched off": [
      { featureGates: { RotateKubeletServerCertificate: false } },
      /featureGates\.RotateKubeletServerCertificate: false — takes a protection away/,
    ],
    "all that is unfinished": [{ featureGates: { AllAlpha: true } }, /featureGates\.AllAlpha: true — must be one gate/],
    "elections before a sign of life": [
      { etcd: { heartbeatInterval: 500 } },
      /etcd\.electionTimeout: 1000 — must be five times heartbeatInterval, which is 500/,
    ],
    "a database larger than etcd's": [{ etcd: { quota: "16Gi" } }, /etcd\.quota: "16Gi" — must be 2Gi to 8Gi/],
    "more pods than a kubelet runs": [
      { kubelet: { maxPods: 5000 } },
      /kubelet\.maxPods: 5000 — must be a whole number/,
    ],
    "memory in words": [{ kubelet: { systemReserved: { memory: "4 GB" } } }, /memory: "4 GB" — must be a size like/],
    "a threshold of nothing": [{ kubelet: { evictionHard: { memory: "0%" } } }, /memory: "0%" — must be a share/],
  };
  for (const [what, [kubernetes, message]] of Object.entries(bad)) {
    it(`are refused for ${what}`, () =>
      assert.throws(
        () => settings({ kubernetes }),
        (error: Error) => {
          assert.equal(error.name, "InvalidInput");
          assert.match(error.message, message);
          assert.equal(error.message.split("\n").length, 2, error.message);
          return true;
        },
      ));
  }
});
