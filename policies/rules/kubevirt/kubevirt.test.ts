import { object } from "../../engine/library/examples";
import { domain, instance, kubeVirt, virtualMachine } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";
import { everywhere, hardware, volumes } from "./machines.fixture";

const cloudInit = (fields: object) => volumes({ name: "init", cloudInitNoCloud: fields });
const userData = (text: string) => cloudInit({ userData: text });
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

describeRules("rules about the operation of virtual machines and of KubeVirt", {
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
      "External for a machine without a cluster": virtualMachine({ evictionStrategy: "External" }),
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
      "a device without a grant": kubeVirt({
        permittedHostDevices: { pciHostDevices: [{ resourceName: "vendor.example/nic" }] },
      }),
    },
  },
});
