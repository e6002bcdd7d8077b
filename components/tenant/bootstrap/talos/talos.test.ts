import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { Bootstrap, type NodePoolArgs, TaintEffect, type TenantClusterArgs } from "../../args.generated";
import { poolPlan } from "../../pool.fixture";
import { refuses } from "../../settings/refusals.fixture";
import { tenantArgs } from "../../tenant.fixture";

const capabilities = ["cluster-api/infrastructure", "cluster-api/control-plane", "cluster-api/talos"];
const platform = { ...tenantArgs().platform, capabilities };
const image = "registry.example/talos-openstack:v1.13.2";
const disk = { size: "20Gi" };
const runsTalos = (change: Partial<NodePoolArgs> = {}): Partial<NodePoolArgs> => ({
  bootstrap: Bootstrap.Talos,
  talos: { version: "v1.13" },
  image,
  disk,
  ...change,
});

const plan = (change: Partial<NodePoolArgs> = {}, tenant: Partial<TenantClusterArgs> = {}) =>
  poolPlan(runsTalos(change), { platform, ...tenant });

const specOf = ({ bootstrapTemplate }: ReturnType<typeof plan>) => {
  const { spec } = bootstrapTemplate.spec.template;
  assert.ok("generateType" in spec, "machines run Talos");
  return spec;
};

/** The patch with what settings say. */
const patch = (change: Partial<NodePoolArgs> = {}, tenant: Partial<TenantClusterArgs> = {}) => {
  const [own] = specOf(plan(change, tenant)).strategicPatches;
  return parse(own ?? "") as {
    machine: { kubelet: { image?: string; extraArgs: Record<string, string> } };
    cluster: unknown;
  };
};

describe("machines that run Talos", () => {
  it("are given their whole configuration, for their Talos and under the name of the machine", () => {
    const made = plan();
    assert.deepEqual(
      [made.bootstrapTemplate.apiVersion, made.bootstrapTemplate.kind],
      ["bootstrap.cluster.x-k8s.io/v1alpha3", "TalosConfigTemplate"],
    );
    const { strategicPatches, ...spec } = specOf(made);
    assert.deepEqual(spec, { generateType: "worker", talosVersion: "v1.13", hostname: { source: "MachineName" } });
    assert.equal(strategicPatches.length, 1);
    assert.deepEqual(made.machineDeployment.spec.template.spec.bootstrap.configRef, {
      apiGroup: "bootstrap.cluster.x-k8s.io",
      kind: "TalosConfigTemplate",
      name: made.bootstrapTemplate.metadata.name,
    });
  });

  it("run kubelets of the cluster's version, whatever their image is called", () => {
    const { version, machineDeployment } = plan({}, { kubernetesVersion: "v1.34.4" });
    assert.equal(version, "v1.34.4");
    assert.equal(machineDeployment.spec.template.spec.version, "v1.34.4");
  });

  it("boot from disks of their own", () => {
    const { machine } = plan();
    assert.equal(machine.runStrategy, "Always");
    assert.deepEqual(machine.dataVolumeTemplates?.[0]?.spec, {
      source: { registry: { url: `docker://${image}`, pullMethod: "node" } },
      storage: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "20Gi" } },
        storageClassName: "replicated",
      },
    });
  });

  it("have labels, taints and reserves by arguments of their kubelets, and tell nobody outside of themselves", () => {
    const { machine, cluster } = patch({
      labels: { team: "a", "node-role.kubernetes.io/x": "" },
      taints: [
        { key: "gpu", value: "present", effect: TaintEffect.NoSchedule },
        { key: "dedicated", effect: TaintEffect.NoExecute },
      ],
      kubelet: { maxPods: 60 },
    });
    assert.deepEqual(machine.kubelet.extraArgs, {
      "node-labels": "team=a",
      "max-pods": "60",
      "register-with-taints": "gpu=present:NoSchedule,dedicated:NoExecute",
      "system-reserved": "cpu=100m,memory=256Mi",
    });
    assert.deepEqual(cluster, { discovery: { enabled: false } });
    assert.ok(!("image" in machine.kubelet));
  });

  it("take their kubelet from the mirror", () => {
    const mirrored = { ...platform, mirror: { images: "registry.example/mirror" } };
    const { kubelet } = patch({}, { platform: mirrored }).machine;
    assert.equal(kubelet.image, "registry.example/mirror/siderolabs/kubelet:v1.34.1");
  });

  it("are patched by their owner after what settings say, and replaced for another patch", () => {
    const own = "machine:\n  sysctls:\n    vm.max_map_count: '262144'\n";
    const talos = (...strategicPatches: string[]) => plan({ talos: { version: "v1.13", strategicPatches } });
    assert.deepEqual(specOf(talos(own)).strategicPatches.slice(1), [own]);
    const name = (made: ReturnType<typeof plan>) => made.bootstrapTemplate.metadata.name;
    assert.notEqual(name(talos(own)), name(talos()));
    assert.equal(name(talos(own)), name(talos(own)));
  });
});

const pool = (change: object) => ({
  nodePools: { p: { replicas: 1, cpus: 2, memory: "4Gi", ...runsTalos(), ...change } },
});
/** A pool as it should be, but for a key. */
const without = (key: "disk" | "talos") => {
  const fields = Object.entries(pool({}).nodePools.p).filter(([name]) => name !== key);
  return { nodePools: { p: Object.fromEntries(fields) } };
};
const at = "tenant.nodePools.p";
const patched = (text: string) => pool({ talos: { version: "v1.13", strategicPatches: [text] } });

describe("settings of machines that run Talos", () => {
  refuses(
    {
      "a container disk to boot from": [
        without("disk"),
        `${at}.image: ${image} — must not be what machines that run Talos boot from: a container disk is blank again`,
      ],
      "no version of Talos": [without("talos"), `${at}.talos: missing — must say which Talos its image holds`],
      "a Talos that the provider does not know": [
        pool({ talos: { version: "v1.14" } }),
        `${at}.talos.version: v1.14 — is no Talos that the provider writes configurations for`,
      ],
      "a Talos that does not run the cluster's Kubernetes": [
        { ...pool({ talos: { version: "v1.12" } }), kubernetesVersion: "v1.36.0" },
        `${at}.talos.version: v1.12 — runs Kubernetes v1.30 to v1.35, and the cluster has v1.36.0`,
      ],
      "a version with a patch": [
        pool({ talos: { version: "v1.13.2" } }),
        `${at}.talos.version: "v1.13.2" — must be a minor of Talos, like v1.13`,
      ],
      "files of cloud-init": [
        pool({ cloudInit: { files: [{ path: "/etc/a", content: "a" }], postKubeadmCommands: ["true"] } }),
        `${at}.cloudInit: 2 of its steps — is for machines that kubeadm joins: Talos has neither a shell nor users`,
      ],
      "people who log in": [
        pool({ ssh: { user: "admin", keys: ["ssh-ed25519 AAAA"] } }),
        `${at}.ssh: admin — is for machines that kubeadm joins`,
      ],
      "a patch that is no YAML": [
        patched("machine: ["),
        `${at}.talos.strategicPatches.0: machine: [ — must be YAML of keys and values`,
      ],
      "a patch that is a list": [
        patched("- op: add"),
        `${at}.talos.strategicPatches.0: - op: add — must be YAML of keys and values`,
      ],
      "a patch of what the machine joins by": [
        patched("cluster:\n  controlPlane:\n    endpoint: https://192.0.2.1:6443\n"),
        `${at}.talos.strategicPatches.0: cluster.controlPlane — is written by the provider`,
      ],
      "a patch of what settings say": [
        patched("machine:\n  kubelet:\n    extraArgs:\n      max-pods: '60'\n"),
        `${at}.talos.strategicPatches.0: machine.kubelet.extraArgs — is decided by settings`,
      ],
      "a patch that renames machines": [
        patched("apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: web\n"),
        `${at}.talos.strategicPatches.0: HostnameConfig — must leave machines their names`,
      ],
      "a patch with a secret": [
        patched("machine:\n  files:\n    - content: '-----BEGIN EC PRIVATE KEY-----'\n"),
        `${at}.talos.strategicPatches.0: a private key — must hold no secrets`,
      ],
      "Talos of machines that kubeadm joins": [
        pool({ bootstrap: "kubeadm", image: "registry.example/node:v1.34.1" }),
        `${at}.talos: v1.13 — is for machines that run Talos, and those of this pool join by kubeadm`,
      ],
    },
    { capabilities },
  );
  refuses({
    "them where the platform cannot have them": [
      pool({}),
      `${at}.bootstrap: talos — the platform must provide cluster-api/talos`,
    ],
  });
});
