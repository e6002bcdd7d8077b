import { IMAGE, object } from "../../engine/library/examples";
import { devices, domain, instance, kubeVirt, virtualMachine } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";

const hardware = (changes: object) => virtualMachine({ domain: domain({ devices: devices({ ...changes }) }) });
const volumes = (...list: object[]) => virtualMachine({ volumes: list });

/** The same instance in every kind that describes one. */
const everywhere = (changes: object): Record<string, object> => {
  const spec = instance({ ...changes });
  const machine = { runStrategy: "Always", template: { spec } };
  const api = "infrastructure.cluster.x-k8s.io/v1alpha1";
  return {
    "a VirtualMachine": object("kubevirt.io/v1", "VirtualMachine", { spec: machine }),
    "a VirtualMachine of an older version": object("kubevirt.io/v1alpha3", "VirtualMachine", { spec: machine }),
    "a patch": {
      type: "kubernetes:kubevirt.io/v1:VirtualMachinePatch",
      name: "web",
      props: { metadata: { name: "web", namespace: "shop" }, spec: machine },
    },
    "an instance": object("kubevirt.io/v1", "VirtualMachineInstance", { spec }),
    "a replica set": object("kubevirt.io/v1", "VirtualMachineInstanceReplicaSet", { spec: { template: { spec } } }),
    "a pool": object("pool.kubevirt.io/v1beta1", "VirtualMachinePool", {
      spec: { virtualMachineTemplate: { spec: machine } },
    }),
    "a machine of Cluster API": object(api, "KubevirtMachine", { spec: { virtualMachineTemplate: { spec: machine } } }),
    "a machine template": object(api, "KubevirtMachineTemplate", {
      spec: { template: { spec: { virtualMachineTemplate: { spec: machine } } } },
    }),
    "a list": {
      apiVersion: "v1",
      kind: "List",
      items: [object("kubevirt.io/v1", "VirtualMachine", { spec: machine })],
    },
  };
};

const cloudInit = (fields: object) => volumes({ name: "init", cloudInitNoCloud: fields });
const userData = (text: string) => cloudInit({ userData: text });
const dataVolume = (source: object, spec: object = {}) =>
  object("cdi.kubevirt.io/v1beta1", "DataVolume", { spec: { source, storage: {}, ...spec } });
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const granted = (machine: object, grant: object) => ({ resources: [machine], config: { grants: { shop: grant } } });
const moving = (machine: object, ...context: object[]) => ({
  resources: [machine],
  context,
  config: { vmMigratable: true },
});
const claim = (mode: string, storageClassName = "replicated") =>
  object("v1", "PersistentVolumeClaim", { spec: { accessModes: [mode], storageClassName } }, { name: "root" });
const onClaim = volumes({ name: "root", persistentVolumeClaim: { claimName: "root" } });
const linstor = (copies: string) => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "replicated" },
  provisioner: "linstor.csi.linbit.com",
  parameters: { "linstor.csi.linbit.com/placementCount": copies },
});

describeRules("rules about virtual machines", {
  "vm-host-disk": {
    breaks: everywhere({ volumes: [{ name: "root", hostDisk: { path: "/d", type: "Disk" } }] }),
    passes: { "null, which is absent": volumes({ name: "root", hostDisk: null, emptyDisk: { capacity: "1Gi" } }) },
    undecided: { "volumes that are not known": virtualMachine({ volumes: UNKNOWN }) },
  },
  "vm-virtiofs": {
    passes: {
      "a Secret": virtualMachine({
        domain: domain({ devices: devices({ filesystems: [{ name: "s", virtiofs: {} }] }) }),
        volumes: [{ name: "s", secret: { secretName: "s" } }],
      }),
    },
    breaks: {
      "a DataVolume": virtualMachine({
        domain: domain({ devices: devices({ filesystems: [{ name: "s", virtiofs: {} }] }) }),
        volumes: [{ name: "s", dataVolume: { name: "s" } }],
      }),
      "a volume that is not there": hardware({ filesystems: [{ name: "s", virtiofs: {} }] }),
    },
  },
  "vm-host-devices": {
    passes: {
      "USB that was granted": granted(hardware({ clientPassthrough: {} }), { devices: ["clientPassthrough"] }),
    },
    breaks: {
      "USB redirection": hardware({ clientPassthrough: {} }),
      "a device granted to somebody else": {
        resources: [hardware({ hostDevices: [{ name: "nic", deviceName: "vendor.example/nic" }] })],
        config: { grants: { bank: { devices: ["vendor.example/nic"] } } },
      },
      "a device of a claim": granted(hardware({ hostDevices: [{ name: "nic", claimName: "any" }] }), {
        devices: ["any"],
      }),
    },
  },
  "vm-gpu-allowed": {
    breaks: {
      "another GPU than the granted one": granted(
        hardware({ gpus: [{ name: "g", deviceName: "vendor.example/big" }] }),
        {
          gpus: ["vendor.example/small"],
        },
      ),
    },
    undecided: {
      "a namespace that is not known": object(
        "kubevirt.io/v1",
        "VirtualMachine",
        {
          spec: {
            template: {
              spec: instance({ domain: domain({ devices: devices({ gpus: [{ name: "g", deviceName: "x" }] }) }) }),
            },
          },
        },
        { namespace: UNKNOWN },
      ),
    },
  },
  "vm-sriov": {
    passes: {
      "a network granted with its namespace": granted(
        virtualMachine({
          domain: domain({ devices: devices({ interfaces: [{ name: "fast", sriov: {} }] }) }),
          networks: [{ name: "fast", multus: { networkName: "shop/fast" } }],
        }),
        { devices: ["shop/fast"] },
      ),
    },
    breaks: {
      "a network that was not granted": granted(hardware({ interfaces: [{ name: "fast", sriov: {} }] }), {
        devices: ["slow"],
      }),
    },
  },
  "vm-hook-sidecar": {
    breaks: {
      "the annotation of an instance": object(
        "kubevirt.io/v1",
        "VirtualMachineInstance",
        { spec: instance() },
        { annotations: { "hooks.kubevirt.io/hookSidecars": "[]" } },
      ),
    },
  },
  "vm-container-disk-digest": {
    passes: {
      "an allowed registry": { resources: [virtualMachine()], config: { registries: ["registry.example"] } },
    },
    breaks: {
      "another registry": { resources: [virtualMachine()], config: { registries: ["registry.example.org"] } },
      "a path that climbs": volumes({ name: "r", containerDisk: { image: IMAGE, path: "/disk/../../etc/shadow" } }),
      "a relative path": volumes({ name: "r", containerDisk: { image: IMAGE, path: "disk.img" } }),
      "a kernel by tag": virtualMachine({
        domain: domain({ firmware: { kernelBoot: { container: { image: "a/kernel:1", kernelPath: "/k" } } } }),
      }),
      "a kernel's path that climbs": virtualMachine({
        domain: domain({ firmware: { kernelBoot: { container: { image: IMAGE, initrdPath: "/../initrd" } } } }),
      }),
      "a digest that is none": volumes({ name: "r", containerDisk: { image: "a/b@sha256:1234" } }),
    },
    undecided: { "an image that is not known": volumes({ name: "r", containerDisk: { image: UNKNOWN } }) },
  },
  "vm-datavolume-source": {
    passes: {
      "https with an exact version": dataVolume({ http: { url: "https://images.example/talos/v1.10.3/disk.raw.xz" } }),
      "a clone within the namespace": dataVolume({ pvc: { name: "base", namespace: "shop" } }),
      "a clone that names no namespace": dataVolume({ pvc: { name: "base" } }),
      "a shared namespace": {
        resources: [dataVolume({ pvc: { name: "base", namespace: "golden" } })],
        params: { sharedNamespaces: ["golden"] },
      },
      "a blank disk": dataVolume({ blank: {} }),
    },
    breaks: {
      "plain http": dataVolume({ http: { url: "http://images.example/disk-1.2.3.raw" } }),
      "a moving path": dataVolume({ http: { url: "https://images.example/latest/disk-1.2.3.raw" } }),
      "no version": dataVolume({ http: { url: "https://images.example/disk.raw" } }),
      "a password in the URL": dataVolume({ http: { url: "https://me:hush@images.example/disk-1.2.3.raw" } }),
      "a header with a token": dataVolume({
        http: { url: "https://images.example/disk-1.2.3.raw", extraHeaders: ["Authorization: Bearer x"] },
      }),
      "another host": {
        resources: [dataVolume({ http: { url: "https://evil.example/disk-1.2.3.raw" } })],
        params: { hosts: ["images.example"] },
      },
      "a clone from another namespace": dataVolume({ pvc: { name: "base", namespace: "bank" } }),
      "a snapshot of another namespace": dataVolume({ snapshot: { name: "base", namespace: "bank" } }),
      "a source of another namespace": dataVolume(
        {},
        { sourceRef: { kind: "DataSource", name: "a", namespace: "bank" } },
      ),
      "an image without docker://": dataVolume({ registry: { url: `registry.example/disk@${DIGEST}` } }),
      "a template of a machine": virtualMachine(
        {},
        {
          dataVolumeTemplates: [{ metadata: { name: "r" }, spec: { source: { registry: { url: "docker://a/b:1" } } } }],
        },
      ),
    },
  },
  "vm-live-migratable": {
    passes: {
      "a machine that need not": onClaim,
      "a shared claim": moving(onClaim, claim("ReadWriteMany"), linstor("3")),
      "another machine than the named ones": {
        resources: [hardware({ gpus: [{ name: "g" }] })],
        config: { vmMigratable: ["other"] },
      },
    },
    breaks: {
      "a claim of one node": moving(onClaim, claim("ReadWriteOnce")),
      "one copy": moving(onClaim, claim("ReadWriteMany"), linstor("1")),
      "a local class": moving(onClaim, claim("ReadWriteMany", "local")),
      "a GPU": moving(hardware({ gpus: [{ name: "g" }] })),
      "a machine by name": { resources: [hardware({ gpus: [{ name: "g" }] })], config: { vmMigratable: ["shop/web"] } },
      "the processor of its node": moving(virtualMachine({ domain: domain({ cpu: { model: "host-passthrough" } }) })),
      "sealed memory": moving(virtualMachine({ domain: domain({ launchSecurity: { sev: {} } }) })),
      "a bridge that does not move": moving(hardware({ interfaces: [{ name: "default", bridge: {} }] })),
      "one node by name": moving(virtualMachine({ nodeSelector: { "kubernetes.io/hostname": "node-1" } })),
      "one node by affinity": moving(
        virtualMachine({
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["node-1"] }] },
                ],
              },
            },
          },
        }),
      ),
    },
  },
  "vm-eviction-strategy": {
    passes: {
      "External for a node of a cluster": object(
        "infrastructure.cluster.x-k8s.io/v1alpha1",
        "KubevirtMachineTemplate",
        {
          spec: {
            template: {
              spec: {
                virtualMachineTemplate: { spec: { template: { spec: instance({ evictionStrategy: "External" }) } } },
              },
            },
          },
        },
      ),
      "none of its own where KubeVirt has one": {
        resources: [virtualMachine({ evictionStrategy: undefined })],
        params: { inherited: "LiveMigrate" },
      },
    },
    breaks: {
      "no strategy": virtualMachine({ evictionStrategy: undefined }),
      "External for a machine of nobody": virtualMachine({ evictionStrategy: "External" }),
    },
  },
  "vm-cloud-init-secret": {
    passes: {
      "a key to log in by": userData("#cloud-config\nssh_authorized_keys: [ssh-ed25519 AAAA me]\nlock_passwd: true\n"),
      "an empty password": userData("#cloud-config\npassword:\nssh_pwauth: false\n"),
    },
    breaks: {
      "a hashed password": userData("#cloud-config\nusers:\n  - name: a\n    passwd: $6$abc$def\n"),
      "a list of passwords": userData("#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    root:hush\n"),
      "a join command": userData("#!/bin/sh\nkubeadm join 192.0.2.1:6443 --token x\n"),
      "a bootstrap token": userData("token: abcdef.0123456789abcdef\n"),
      "a token of a shell": userData("#!/bin/sh\nexport K3S_TOKEN=K10abcdefghijkl\n"),
      "a private key": userData(["write_files:\n- content: -----BEGIN", "PRIVATE KEY-----"].join(" ")),
      base64: cloudInit({ userDataBase64: Buffer.from("#cloud-config\npassword: hush\n").toString("base64") }),
      "a key of the wireless network": cloudInit({ networkData: "wifis:\n  password: hush\n" }),
      "a config drive": volumes({ name: "i", cloudInitConfigDrive: { userData: "password: hush" } }),
      "a credential without Secret": virtualMachine({ accessCredentials: [{ userPassword: { source: {} } }] }),
    },
    undecided: { "data that are not known": userData(UNKNOWN) },
  },
  "vm-resources": {
    passes: {
      "an instancetype": virtualMachine({ domain: { devices: {} } }, { instancetype: { name: "u1.small" } }),
      "cores that were granted": granted(
        virtualMachine({ domain: domain({ cpu: { cores: 1, dedicatedCpuPlacement: true } }) }),
        {
          devices: ["dedicatedCpuPlacement"],
        },
      ),
    },
    breaks: {
      "no cores": virtualMachine({ domain: domain({ cpu: {} }) }),
      "memory that is hidden": virtualMachine({ domain: domain({ resources: { overcommitGuestOverhead: true } }) }),
      "cores of its own": virtualMachine({ domain: domain({ cpu: { cores: 1, dedicatedCpuPlacement: true } }) }),
    },
    undecided: {
      "an instancetype that is not known": virtualMachine({ domain: { devices: {} } }, { instancetype: UNKNOWN }),
    },
  },
  "vm-network-binding": {
    passes: {
      "no interfaces at all": virtualMachine({ domain: domain({ devices: {} }), networks: undefined }),
      "its own namespace by name": virtualMachine({ networks: [{ name: "n", multus: { networkName: "shop/own" } }] }),
      "a granted plugin": granted(hardware({ interfaces: [{ name: "default", binding: { name: "fast" } }] }), {
        devices: ["fast"],
      }),
    },
    breaks: {
      macvtap: hardware({ interfaces: [{ name: "default", macvtap: {} }] }),
      slirp: hardware({ interfaces: [{ name: "default", slirp: {} }] }),
      passt: hardware({ interfaces: [{ name: "default", passt: {} }] }),
      "a plugin that was not granted": hardware({ interfaces: [{ name: "default", binding: { name: "fast" } }] }),
    },
  },
  "vm-vsock": {
    passes: {
      "metrics that were granted": granted(hardware({ downwardMetrics: {} }), { devices: ["downwardMetrics"] }),
    },
    breaks: {
      "metrics of the node": hardware({ downwardMetrics: {} }),
      "metrics as a volume": volumes({ name: "m", downwardMetrics: {} }),
    },
  },
  "vm-service-account-volume": { breaks: everywhere({ volumes: [{ name: "t", serviceAccount: {} }] }) },
  "vm-node-pinning": {
    passes: {
      "staying away by affinity": virtualMachine({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "DoesNotExist" }] },
              ],
            },
          },
        },
      }),
    },
    breaks: {
      "a selector": virtualMachine({ nodeSelector: { "node-role.kubernetes.io/master": "" } }),
      "a toleration of everything": virtualMachine({ tolerations: [{ operator: "Exists" }] }),
      "a preference": virtualMachine({
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                preference: {
                  matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }],
                },
              },
            ],
          },
        },
      }),
    },
  },
  "kv-feature-gates": {
    passes: {
      "devices that somebody was granted": granted(
        kubeVirt({
          developerConfiguration: { featureGates: ["NodeRestriction", "KubevirtSeccompProfile", "HostDevices"] },
        }),
        { devices: ["vendor.example/nic"] },
      ),
    },
    breaks: {
      "no gates": kubeVirt({ developerConfiguration: {} }),
      "no NodeRestriction": kubeVirt({ developerConfiguration: { featureGates: ["KubevirtSeccompProfile"] } }),
      "one that is switched off": kubeVirt({
        developerConfiguration: {
          featureGates: ["NodeRestriction", "KubevirtSeccompProfile"],
          disabledFeatureGates: ["NodeRestriction"],
        },
      }),
      ...Object.fromEntries(
        [
          "Root",
          "Sidecar",
          "HostDevices",
          "VSOCK",
          "EnableVirtioFsStorageVolumes",
          "ContainerPathVolumes",
          "DownwardMetrics",
          "Plugins",
        ].map((gate) => [
          gate,
          kubeVirt({ developerConfiguration: { featureGates: ["NodeRestriction", "KubevirtSeccompProfile", gate] } }),
        ]),
      ),
    },
    undecided: { "gates that are not known": kubeVirt({ developerConfiguration: { featureGates: UNKNOWN } }) },
  },
  "kv-migration-tls": {
    breaks: {
      "convergence without bound": kubeVirt({ migrations: { allowAutoConverge: true } }),
      "no strategy": kubeVirt({ evictionStrategy: undefined }),
      "no use of the network that is there": { resources: [kubeVirt()], params: { network: "migration" } },
    },
  },
  "kv-infra-replicas": {
    passes: { "the default number": kubeVirt({}, { infra: {} }) },
    breaks: {
      "a moving tag": kubeVirt({}, { imageTag: "latest" }),
      "another registry": {
        resources: [kubeVirt({}, { imageRegistry: "evil.example/kv" })],
        config: { registries: ["quay.io"] },
      },
      "a device of nobody": kubeVirt({
        permittedHostDevices: { pciHostDevices: [{ resourceName: "vendor.example/nic" }] },
      }),
    },
  },
});
