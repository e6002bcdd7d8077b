import { IMAGE, object } from "../../engine/library/examples";
import { devices, domain, instance, virtualMachine } from "./examples";
import { UNKNOWN } from "../../engine/unknown";
import { describeRules } from "../cases.fixture";
import { everywhere, hardware, volumes } from "./machines.fixture";

const dataVolume = (source: object, spec: object = {}) =>
  object("cdi.kubevirt.io/v1beta1", "DataVolume", { spec: { source, storage: {}, ...spec } });
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const granted = (machine: object, grant: object) => ({ resources: [machine], config: { grants: { shop: grant } } });

describeRules("rules about what virtual machines reach of the host, and their disks", {
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
});
