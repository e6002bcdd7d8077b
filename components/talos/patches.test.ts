import * as assert from "node:assert/strict";
import { issue } from "./certificates.fixture";
import { machinePatches } from "./machine-config";
import { machinesOf } from "./settings";
import { base, settings } from "./settings.fixture";

const sysctl = (value: string) => ({ machine: { sysctls: { "net.core.somaxconn": value } } });
const given = (patches: object, own: readonly object[] = []) => ({
  talos: { ...base.talos, patches },
  machines: { ...base.machines, "cp-2": { ...base.machines["cp-2"], patches: own } },
});
const document = (kind: string, fields: object) => ({ apiVersion: "v1alpha1", kind, ...fields });

/** The last patches of a machine. */
const last = (change: object, name: string, count: number) => {
  const cluster = settings(change);
  const machine = machinesOf(cluster).find((each) => each.name === name) ?? assert.fail(name);
  return machinePatches(cluster, machine)
    .slice(-count)
    .map((text) => JSON.parse(text) as unknown);
};

describe("patches of the stack file", () => {
  it("come last: those of all machines, of the role, of the machine", () => {
    const role = { cluster: { apiServer: { resources: { requests: { memory: "1Gi" } } } } };
    const change = given({ all: [sysctl("1"), sysctl("2")], controlplane: [role], worker: [sysctl("3")] }, [
      sysctl("4"),
    ]);
    assert.deepEqual(last(change, "cp-2", 4), [sysctl("1"), sysctl("2"), role, sysctl("4")]);
    assert.deepEqual(last(change, "cp-1", 3), [sysctl("1"), sysctl("2"), role]);
    assert.deepEqual(last(change, "worker-1", 3), [sysctl("1"), sysctl("2"), sysctl("3")]);
  });

  it("add to what the program has, and tune what it sets for no reason of its own", () => {
    const fine = [
      {
        machine: {
          kernel: { modules: [{ name: "nbd" }] },
          certSANs: ["cp.example.com"],
          nodeTaints: { a: "b:NoSchedule" },
        },
      },
      {
        machine: {
          sysctls: { "net.core.netdev_max_backlog": "10000" },
          kubelet: { extraConfig: { cpuManagerPolicy: "static" } },
        },
      },
      { machine: { features: { hostDNS: { forwardKubeDNSToHost: false } } } },
      document("VolumeConfig", { name: "EPHEMERAL", provisioning: { maxSize: "100GiB" } }),
      document("UserVolumeConfig", { name: "data", encryption: { provider: "luks2", keys: [{ slot: 0, tpm: {} }] } }),
      document("BondConfig", { name: "bond0", minLinks: 1 }),
      document("KmsgLogConfig", { name: "other", url: "tcp://192.0.2.41:6051" }),
      document("NetworkRuleConfig", { name: "metrics", portSelector: { ports: [9100], protocol: "tcp" } }),
      { machine: { files: [{ path: "/var/ca", op: "create", content: issue("site").certificate }] } },
    ];
    assert.equal(last(given({ all: fine }), "cp-1", fine.length).length, fine.length);
  });

  const { key } = issue("site");
  const encoded = Buffer.from(key).toString("base64");
  const bad: Record<string, [patch: object, message: RegExp]> = {
    "the name of a machine": [
      document("HostnameConfig", { hostname: "x" }),
      /all\.0: HostnameConfig — is not for patches/,
    ],
    "the name of a machine, as it was once": [
      { machine: { network: { hostname: "x" } } },
      /patches\.all\.0\.machine\.network: a patch — is not for patches: settings decide it; use base\.network/,
    ],
    "the identity of the cluster": [{ cluster: { id: "x" } }, /all\.0\.cluster\.id: .*use the keys of the cluster/],
    "the name of the cluster": [{ cluster: { clusterName: "x" } }, /cluster\.clusterName: .*use base\.cluster/],
    "a network of pods": [
      { cluster: { network: { cni: { name: "flannel" } } } },
      /cluster\.network\.cni: .*platform layer/,
    ],
    "kernel arguments": [
      { machine: { install: { extraKernelArgs: ["quiet"] } } },
      /install\.extraKernelArgs: .*use kernelArguments of base\.talos\.image/,
    ],
    "an installer": [{ machine: { install: { image: "x" } } }, /machine\.install\.image: .*use base\.talos\.image/],
    "a version of Kubernetes": [
      { machine: { kubelet: { image: "x" } } },
      /kubelet\.image: .*use base\.kubernetesVersion/,
    ],
    "flags of API servers": [
      { cluster: { apiServer: { extraArgs: { "anonymous-auth": "true" } } } },
      /all\.0\.cluster\.apiServer\.extraArgs: .*use base\.kubernetes\.apiServer/,
    ],
    "the number of pods": [
      { machine: { kubelet: { extraConfig: { maxPods: 512 } } } },
      /kubelet\.extraConfig\.maxPods: .*use base\.kubernetes\.kubelet\.maxPods/,
    ],
    "huge pages": [
      { machine: { sysctls: { "vm.nr_hugepages": "1024" } } },
      /all\.0\.machine\.sysctls\.vm\.nr_hugepages: .*use hugePages of the machine/,
    ],
    "all settings of the kernel": [
      { machine: { sysctls: { $patch: "delete" } } },
      /all\.0\.machine\.sysctls: .*use machine\.sysctls\.<field> for what shall change/,
    ],
    "a section that is taken away": [
      { cluster: { network: { $patch: "delete" } } },
      /all\.0\.cluster\.network: a patch — .*use cluster\.network\.<field> for what shall change/,
    ],
    "a section that is none any more": [{ machine: null }, /all\.0\.machine: a patch — is not for patches/],
    "a document of settings that is taken away": [
      document("NetworkRuleConfig", { name: "machines-tcp", $patch: "delete" }),
      /all\.0: NetworkRuleConfig machines-tcp — is not for patches.*base\.network\.firewall/,
    ],
    "the encryption of the system disk": [
      document("VolumeConfig", { name: "STATE", encryption: { provider: "luks2" } }),
      /all\.0\.encryption: VolumeConfig STATE — .*use base\.talos\.diskEncryption/,
    ],
    "a password of a registry": [
      document("RegistryAuthConfig", { name: "a", password: "hunter2" }),
      /registries\.auth/,
    ],
    "a passphrase": [
      document("UserVolumeConfig", {
        name: "a",
        encryption: { keys: [{ slot: 0, static: { passphrase: "hunter2" } }] },
      }),
      /all\.0\.encryption\.keys\.0\.static\.passphrase: a text — is secret/,
    ],
    "a private key": [document("X", { certificate: key }), /all\.0\.certificate: a text — is secret/],
    "a private key in base64": [document("X", { data: [encoded] }), /all\.0\.data\.0: a text — is secret/],
    "something else than a configuration": [{ machin: {} }, /all\.0: machin — must be of machine and cluster alone/],
    nothing: [{}, /all\.0: \{\} — must be of machine and cluster alone/],
    "a document of no version": [{ kind: "OOMConfig" }, /all\.0: no apiVersion, "OOMConfig" — must be a document with/],
    "a text": ["machine: {}" as unknown as object, /all\.0: "machine: \{\}" — must be a map/],
  };
  for (const [what, [patch, message]] of Object.entries(bad)) {
    it(`do not hold ${what}`, () => {
      assert.throws(
        () => settings(given({ all: [patch] })),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hunter2|PRIVATE KEY/);
          return error.name === "InvalidInput";
        },
      );
    });
  }

  it("are refused where they stand, each once", () => {
    const wrong = { cluster: { $patch: "delete" } };
    assert.throws(
      () => settings(given({ worker: [wrong] }, [sysctl("1"), wrong])),
      (error: Error) => {
        const lines = error.message.split("\n").slice(1);
        assert.equal(lines.length, 2);
        assert.match(lines[0] ?? "", /base\.talos\.patches\.worker\.0\.cluster: /);
        assert.match(lines[1] ?? "", /base\.machines\.cp-2\.patches\.1\.cluster: /);
        return true;
      },
    );
  });
});
