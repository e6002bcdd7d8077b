import { machineRule } from "../../engine/rule";
import { domain, devices, virtualMachine } from "./examples";
import { instancePart } from "./remediation";

/** Volumes that hold configuration, not data of the storage. */
const CONFIGURATION = ["configMap", "secret", "serviceAccount", "downwardAPI"];

export const hostDisk = machineRule({
  id: "vm-host-disk",
  group: "kubevirt",
  title: "No hostDisk",
  severity: "critical",
  references: ["CVE-2025-64324", "GHSA-46xp-26xh-hpqh"],
  fix: "use a DataVolume or a PersistentVolumeClaim",
  docs: {
    why: "A hostDisk is a file of the node that becomes a disk of the guest. Through it a tenant reads and writes files of the node, those of other machines among them (CVE-2025-64324).",
    pass: virtualMachine({ volumes: [{ name: "root", persistentVolumeClaim: { claimName: "root" } }] }),
    fail: virtualMachine({ volumes: [{ name: "root", hostDisk: { path: "/srv/disk.img", type: "Disk" } }] }),
  },
  *check({ spec }) {
    for (const volume of spec.field("volumes").items()) {
      const disk = volume.field("hostDisk");
      if (disk.present) yield { at: disk, message: "a hostDisk gives the guest a file of its node" };
    }
  },
});

export const virtiofs = machineRule({
  id: "vm-virtiofs",
  group: "kubevirt",
  title: "No virtiofs on storage",
  severity: "high",
  references: ["KubeVirt gate EnableVirtioFsStorageVolumes"],
  fix: "attach the volume as a disk; an exemption is needed where a shared file system is really wanted",
  docs: {
    why: "A virtiofs daemon serves the file system of a volume to the guest from outside it. On storage volumes it needs an alpha gate, prevents live migration and lets the guest change files that others mount.",
    pass: virtualMachine({
      domain: domain({ devices: devices({ filesystems: [{ name: "settings", virtiofs: {} }] }) }),
      volumes: [{ name: "settings", configMap: { name: "settings" } }],
    }),
    fail: virtualMachine({
      domain: domain({ devices: devices({ filesystems: [{ name: "data", virtiofs: {} }] }) }),
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    }),
  },
  *check({ spec }) {
    for (const filesystem of spec.at("domain", "devices", "filesystems").items()) {
      const name = filesystem.field("name");
      const volumes = spec.field("volumes");
      const volume = volumes.items().find((each) => each.field("name").value === name.text);
      if (volume !== undefined && CONFIGURATION.some((source) => volume.field(source).present)) continue;
      yield {
        at: filesystem,
        message: "virtiofs shares a file system of the storage",
        unless: [volumes, name],
        missing: true,
      };
    }
  },
});

const HOOKS = "hooks.kubevirt.io/hookSidecars";

export const hookSidecar = machineRule({
  id: "vm-hook-sidecar",
  group: "kubevirt",
  title: "No hook sidecar",
  severity: "critical",
  references: ["KubeVirt gate Sidecar"],
  fix: `remove the annotation ${HOOKS}`,
  docs: {
    why: "The annotation runs any image as a container beside the machine's own, in its pod, and that container can change the machine's definition: it bypasses every rule about pods.",
    pass: virtualMachine(),
    fail: virtualMachine({}, {}, { annotations: { [HOOKS]: '[{"image": "registry.example/hook:1.0.0"}]' } }),
  },
  *check({ target, metadata }) {
    // on the VirtualMachine itself it takes no effect today, and is never there for any other reason
    for (const annotations of new Set([metadata.field("annotations"), target.annotations])) {
      const hooks = annotations.field(HOOKS);
      if (hooks.present)
        yield { at: hooks, message: "a hook sidecar runs an image of its choice in the machine's pod" };
    }
  },
  remediate: (remediation) => {
    for (const metadata of [instancePart(remediation, "metadata"), remediation.object["metadata"]]) {
      const annotations = (metadata as { annotations?: unknown } | undefined)?.annotations;
      if (typeof annotations === "object" && annotations !== null)
        delete (annotations as Record<string, unknown>)[HOOKS];
    }
  },
});

export const serviceAccountVolume = machineRule({
  id: "vm-service-account-volume",
  group: "kubevirt",
  title: "No ServiceAccount token in guests",
  severity: "high",
  references: ["MITRE T1528", "CIS 5.1.6"],
  fix: "remove the volume; give the guest a credential of its own where it needs one",
  docs: {
    why: "A serviceAccount volume puts a token of the management cluster on a disk of the guest, where root in the guest, which is the tenant, reads it.",
    pass: virtualMachine(),
    fail: virtualMachine({ volumes: [{ name: "token", serviceAccount: { serviceAccountName: "web" } }] }),
  },
  *check({ spec }) {
    for (const volume of spec.field("volumes").items()) {
      const account = volume.field("serviceAccount");
      if (account.present) yield { at: account, message: "the guest gets a token of the management cluster" };
    }
  },
});
