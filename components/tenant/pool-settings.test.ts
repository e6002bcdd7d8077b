import { refuses } from "./settings/refusals.fixture";
import { image } from "./pool.fixture";
import { tenantArgs } from "./tenant.fixture";

const { quota } = tenantArgs();
const size = { cpus: 2, memory: "4Gi" };
const pool = (change: object) => ({ nodePools: { p: { replicas: 1, ...change } } });
const machine = (change: object) => pool({ ...size, image, ...change });
const at = "tenant.nodePools.p";
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFirmament admin@example";

describe("settings of a pool's machines", () => {
  refuses({
    "an instance type together with cores": [
      pool({ cpus: 2, image, instanceType: { name: "u1.medium" } }),
      `${at}.instanceType: "u1.medium" — must not stand together with cpus or memory`,
    ],
    "an instance type of a size that is known": [
      pool({ image, instanceType: { name: "u1.medium", capacity: { cpus: 2, memory: "8Gi" } } }),
      `${at}.instanceType.capacity: {"cpus":2,"memory":"8Gi"} — must be left out: u1.medium has 1 cores and 4Gi`,
    ],
    "an instance type whose size nobody knows": [
      pool({ image, instanceType: { name: "gold.large" } }),
      `${at}.instanceType.capacity: missing — must be given: gold.large is none that KubeVirt installs`,
    ],
    "an instance type with overcommitted memory": [
      pool({ image, instanceType: { name: "o1.medium" } }),
      `${at}.instanceType.capacity: missing — must be given: o1.medium`,
    ],
    "no cores": [pool({ memory: "4Gi", image }), `${at}.cpus: missing — must be a whole number from 1 to 128`],
    "no memory": [pool({ cpus: 2, image }), `${at}.memory: missing — must be a quantity like 4Gi`],
    "nothing to boot from": [pool(size), `${at}.image: missing — must name a container disk`],
    "two things to boot from": [
      machine({ disk: { size: "20Gi", from: { name: "ubuntu-v1.34.1", namespace: "images" } } }),
      `${at}.disk.from: ubuntu-v1.34.1 — must not stand beside a golden image`,
    ],
    "a golden image of another minor": [
      pool({ ...size, disk: { size: "20Gi", from: { name: "ubuntu-2404-v1.33.5", namespace: "images" } } }),
      `${at}.disk.from.name: ubuntu-2404-v1.33.5 — must hold kubeadm and kubelet of v1.34`,
    ],
    "a golden image of an unknown kind": [
      pool({ ...size, disk: { size: "20Gi", from: { kind: "DataVolume", name: "ubuntu", namespace: "images" } } }),
      `${at}.disk.from.kind: "DataVolume" — must be DataSource or PersistentVolumeClaim`,
    ],
    "a data disk in bytes": [
      machine({ dataDisks: { data: { size: "200" } } }),
      `${at}.dataDisks.data.size: 200 — must be 1Gi or more`,
    ],
    "a data disk that is the root disk": [
      machine({ dataDisks: { root: { size: "20Gi" } } }),
      `${at}.dataDisks.root: root — must be a DNS label of at most 20 characters, not root`,
    ],
    "data disks beyond the quota": [
      { ...machine({ dataDisks: { data: { size: "400Gi" } } }), quota: { ...quota, storage: "1Ti" } },
      "tenant.quota.storage: 1Ti — disks of machines, one more of each pool while it rolls and a second claim of one that is filled, need 1277Gi",
    ],
    "GPUs that the quota does not name": [
      machine({ gpus: { deviceName: "nvidia.com/AD102GL_L40S" } }),
      "tenant.quota.devices.nvidia.com/AD102GL_L40S: 0 — machines, one more of each pool while it rolls, need 2 of them",
    ],
    "more devices than the quota has": [
      {
        ...machine({ hostDevices: { "vendor.example/nic": 2 }, rollout: { maxSurge: 0, maxUnavailable: 1 } }),
        quota: { ...quota, devices: { "vendor.example/nic": 1 } },
      },
      "tenant.quota.devices.vendor.example/nic: 1 — machines, those of rollout.maxSurge while pools roll, need 2 of them",
    ],
    "a device without a vendor": [
      machine({ gpus: { deviceName: "L40S" } }),
      `${at}.gpus.deviceName: "L40S" — must be the name of a device like nvidia.com/AD102GL_L40S`,
    ],
  });
});

describe("settings of a pool's life", () => {
  refuses({
    "a roll that never begins": [
      machine({ rollout: { maxSurge: 0 } }),
      `${at}.rollout: maxSurge 0, maxUnavailable 0 — must let a machine be added or missing while the pool rolls`,
    ],
    "an unknown way to roll": [
      machine({ rollout: { strategy: "Recreate" } }),
      `${at}.rollout.strategy: "Recreate" — must be RollingUpdate or OnDelete`,
    ],
    "many machines at once without a quota for them": [
      { ...pool({ ...size, image, replicas: 8, rollout: { maxSurge: 8 } }), quota: { ...quota, cpu: "40" } },
      "tenant.quota.cpu: 40 — machines, those of rollout.maxSurge while pools roll, and the control plane need 45 cores",
    ],
    "a start that Cluster API does not wait for": [
      machine({ health: { nodeStartupTimeoutSeconds: 29 } }),
      `${at}.health.nodeStartupTimeoutSeconds: 29 — must be a whole number from 30 to 86400`,
    ],
    "a number of lost machines that is none": [
      machine({ health: { maxUnhealthy: "half" } }),
      `${at}.health.maxUnhealthy: "half" — must be a number or a percentage, as text`,
    ],
    "replacements of which there are none": [
      machine({ health: { maxInFlight: "0" } }),
      `${at}.health.maxInFlight: "0" — must be 1 or more, or a percentage`,
    ],
    "places that no label names": [
      machine({ spread: { topologyKey: "a b" } }),
      `${at}.spread.topologyKey: a b — must be a label key`,
    ],
    "an unknown way to spread": [
      machine({ spread: { mode: "Always" } }),
      `${at}.spread.mode: "Always" — must be ScheduleAnyway, DoNotSchedule or AntiAffinity`,
    ],
    "an unknown order": [
      machine({ deletionOrder: "Oldish" }),
      `${at}.deletionOrder: "Oldish" — must be Random, Newest or Oldest`,
    ],
  });
});

describe("settings of a pool's nodes", () => {
  refuses({
    "a kubelet that reads without asking who": [
      machine({ kubelet: { extraArgs: { "anonymous-auth": "true" } } }),
      `${at}.kubelet.extraArgs.anonymous-auth: true — weakens the cluster, or repeats what kubeadm sets`,
    ],
    "a port without TLS": [
      machine({ kubelet: { extraArgs: { "read-only-port": "10255" } } }),
      `${at}.kubelet.extraArgs.read-only-port: 10255 — weakens the cluster`,
    ],
    "labels as a flag": [
      machine({ kubelet: { extraArgs: { "node-labels": "a=b" } } }),
      `${at}.kubelet.extraArgs.node-labels: a=b — is not for flags: settings decide it; use tenant.nodePools.<name>.labels`,
    ],
    "a name that is not the machine's": [
      machine({ kubelet: { extraArgs: { "hostname-override": "a" } } }),
      `${at}.kubelet.extraArgs.hostname-override: a — is set by kubeadm`,
    ],
    "a reserve that leaves nothing": [
      machine({ kubelet: { kubeReserved: { memory: "4Gi" } } }),
      `${at}.kubelet: 4352Mi — must leave something of the machine's 4Gi for pods`,
    ],
    "a reserve of cores that leaves nothing": [
      machine({ kubelet: { systemReserved: { cpu: "2" } } }),
      `${at}.kubelet: 2000m — must leave something of the machine's 2 for pods`,
    ],
    "more pods than a node has addresses": [
      machine({ kubelet: { maxPods: 500 } }),
      `${at}.kubelet.maxPods: 500 — must be a whole number from 10 to 250`,
    ],
    "a threshold that is none": [
      machine({ kubelet: { evictionHard: { memory: "5" } } }),
      `${at}.kubelet.evictionHard.memory: "5" — must be a share or a size`,
    ],
    "a file of kubeadm's": [
      machine({ cloudInit: { files: [{ path: "/etc/kubernetes/kubelet.conf", content: "a" }] } }),
      `${at}.cloudInit.files.0.path: /etc/kubernetes/kubelet.conf — is kubeadm's, kubelet's or cloud-init's own`,
    ],
    "a file twice": [
      machine({ cloudInit: { files: ["a", "b"].map((content) => ({ path: "/etc/a", content })) } }),
      `${at}.cloudInit.files.1.path: /etc/a — must be the only file of its path`,
    ],
    "a secret in a file": [
      machine({ cloudInit: { files: [{ path: "/etc/a", content: "-----BEGIN RSA PRIVATE KEY-----" }] } }),
      `${at}.cloudInit.files.0.content: a private key — must hold no secrets`,
    ],
    "a relative path": [
      machine({ cloudInit: { files: [{ path: "etc/a", content: "a" }] } }),
      `${at}.cloudInit.files.0.path: "etc/a" — must be an absolute path`,
    ],
    "an empty command": [
      machine({ cloudInit: { preKubeadmCommands: [""] } }),
      `${at}.cloudInit.preKubeadmCommands.0: "" — must be a command`,
    ],
    "a private key for logins": [
      machine({ ssh: { user: "admin", keys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] } }),
      `${at}.ssh.keys.0: "-----BEGIN OPENSSH PRIVATE KEY-----" — must be a public key as in authorized_keys`,
    ],
    "a user that no system has": [
      machine({ ssh: { user: "Admin", keys: [key] } }),
      `${at}.ssh.user: "Admin" — must be the name of a user`,
    ],
  });
});
