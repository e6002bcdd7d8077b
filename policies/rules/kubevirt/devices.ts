import type { MachineView } from "../../engine/machines";
import { machineRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { View } from "../../engine/view";
import { devices, domain, virtualMachine } from "./examples";
import { grantOf } from "./grants";
import { instancePart } from "./remediation";

/** A violation for every device of a list whose name the namespace was not granted. */
function* ungranted(
  machine: MachineView,
  settings: Settings,
  list: "gpus" | "hostDevices",
  what: string,
): Generator<Violation> {
  for (const device of machine.spec.at("domain", "devices", list).items()) {
    const { grant, unless } = grantOf(machine, settings);
    const granted = list === "gpus" ? grant.gpus : grant.devices;
    const name = device.field("deviceName");
    // a device of a resource claim has no name: which one it gets is not known here
    if (name.text !== undefined && granted.includes(name.text)) continue;
    yield { at: name, message: `${what} was not granted to the namespace`, unless };
  }
}

export const hostDevices = machineRule({
  id: "vm-host-devices",
  group: "kubevirt",
  title: "No host device passthrough",
  severity: "critical",
  references: ["KubeVirt gate HostDevices"],
  fix: "remove it, or list the device under grants.<namespace>.devices",
  docs: {
    why: "A device that is passed through has direct memory access and keeps its state: a guest can reach the node, and data of those who use the device before or after it. USB redirection gives the guest any device that is plugged in.",
    pass: {
      resources: [
        virtualMachine({
          domain: domain({ devices: devices({ hostDevices: [{ name: "nic", deviceName: "vendor.example/nic" }] }) }),
        }),
      ],
      config: { grants: { shop: { devices: ["vendor.example/nic"] } } },
    },
    fail: virtualMachine({
      domain: domain({ devices: devices({ hostDevices: [{ name: "nic", deviceName: "vendor.example/nic" }] }) }),
    }),
  },
  *check(machine, settings) {
    yield* ungranted(machine, settings, "hostDevices", "the device");
    const usb = machine.spec.at("domain", "devices", "clientPassthrough");
    if (!usb.present) return;
    const { grant, unless } = grantOf(machine, settings);
    if (grant.devices.includes("clientPassthrough")) return;
    yield { at: usb, message: "USB redirection was not granted to the namespace (clientPassthrough)", unless };
  },
});

export const gpus = machineRule({
  id: "vm-gpu-allowed",
  group: "kubevirt",
  title: "GPU by grant",
  severity: "high",
  references: ["KubeVirt gate GPU"],
  fix: "remove it, or list it under grants.<namespace>.gpus",
  docs: {
    why: "GPUs are scarce, and their memory can hold data of the previous user. The platform decides which tenant may use which, in one list per tenant.",
    pass: {
      resources: [
        virtualMachine({
          domain: domain({ devices: devices({ gpus: [{ name: "gpu", deviceName: "vendor.example/gpu" }] }) }),
        }),
      ],
      config: { grants: { shop: { gpus: ["vendor.example/gpu"] } } },
    },
    fail: virtualMachine({
      domain: domain({ devices: devices({ gpus: [{ name: "gpu", deviceName: "vendor.example/gpu" }] }) }),
    }),
  },
  *check(machine, settings) {
    yield* ungranted(machine, settings, "gpus", "the GPU");
  },
});

const SRIOV = { interfaces: [{ name: "fast", sriov: {} }] };
const FAST = [{ name: "fast", multus: { networkName: "fast" } }];

export const sriov = machineRule({
  id: "vm-sriov",
  group: "kubevirt",
  title: "SR-IOV by grant",
  severity: "high",
  references: ["KubeVirt SR-IOV"],
  fix: "use masquerade or bridge, or list the network under grants.<namespace>.devices",
  docs: {
    why: "A virtual function of a network card is hardware in the guest: its traffic passes no network policy, and the machine cannot be migrated while it runs.",
    pass: {
      resources: [virtualMachine({ domain: domain({ devices: devices(SRIOV) }), networks: FAST })],
      config: { grants: { shop: { devices: ["fast"] } } },
    },
    fail: virtualMachine({ domain: domain({ devices: devices(SRIOV) }), networks: FAST }),
  },
  *check(machine, settings) {
    for (const card of machine.spec.at("domain", "devices", "interfaces").items()) {
      const function_ = card.field("sriov");
      if (!function_.present) continue;
      const { grant, unless } = grantOf(machine, settings);
      const names = networkNames(machine, card);
      if (["sriov", ...names].some((name) => grant.devices.includes(name))) continue;
      yield { at: function_, message: "SR-IOV was not granted to the namespace", unless, missing: true };
    }
  },
});

/** Names under which an SR-IOV card may have been granted: its network, with and without namespace. */
function networkNames({ spec }: MachineView, card: View): string[] {
  const name = card.field("name").text;
  const network = spec
    .field("networks")
    .items()
    .find((each) => each.field("name").text === name);
  const full = network?.at("multus", "networkName").text;
  return [full, full?.split("/").at(-1), name].filter((each) => each !== undefined);
}

export const vsock = machineRule({
  id: "vm-vsock",
  group: "kubevirt",
  title: "No vsock",
  severity: "medium",
  references: ["KubeVirt gate VSOCK", "KubeVirt gate DownwardMetrics"],
  fix: "remove it; downward metrics can be listed under grants.<namespace>.devices as downwardMetrics",
  docs: {
    why: "A vsock connects guest and node outside of all network policies, and any process of the node may use it. Downward metrics show the guest the load of its node.",
    pass: virtualMachine(),
    fail: virtualMachine({ domain: domain({ devices: devices({ autoattachVSOCK: true }) }) }),
  },
  *check(machine, settings) {
    const { spec } = machine;
    const socket = spec.at("domain", "devices", "autoattachVSOCK");
    if (socket.on) yield { at: socket, message: "a vsock opens a way from guest to node" };
    const metrics = spec.at("domain", "devices", "downwardMetrics");
    const volumes = spec.field("volumes").items();
    for (const source of [metrics, ...volumes.map((volume) => volume.field("downwardMetrics"))]) {
      if (!source.present) continue;
      const { grant, unless } = grantOf(machine, settings);
      if (grant.devices.includes("downwardMetrics")) continue;
      yield { at: source, message: "metrics of the node were not granted to the namespace", unless };
    }
  },
  remediate: (remediation) => {
    const part = instancePart(remediation, "spec", "domain", "devices");
    if (part !== undefined) delete part["autoattachVSOCK"];
  },
});
