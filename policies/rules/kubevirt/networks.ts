import { machineRule, type Violation } from "../../engine/rule";
import type { MachineView } from "../../engine/machines";
import { names, parameters } from "../../engine/parameters";
import type { Settings } from "../../engine/settings";
import type { View } from "../../engine/view";
import { devices, domain, virtualMachine } from "./examples";
import { grantOf, isShared, namespaceOf } from "./grants";

const PARAMS = parameters("vm-network-binding", (z) => ({
  sharedNamespaces: names(z).describe("Namespaces whose networks all tenants may join."),
}));

/** Bindings of old that leave the guest's traffic to a process or device outside the pod's network. */
const REMOVED = ["macvtap", "slirp", "passt", "passtBinding"];

export const networkBinding = machineRule({
  id: "vm-network-binding",
  group: "kubevirt",
  title: "VM networks of its own namespace",
  severity: "high",
  references: ["MTB PL1-BC-TI-2"],
  fix: "use masquerade or bridge on the pod network, and networks of the machine's own namespace; plugins by grants.<namespace>.devices",
  params: PARAMS,
  docs: {
    why: "Network policies and the tenant's own network hold for what passes the pod's network. With another binding, or a network of another namespace, the guest bypasses both.",
    pass: virtualMachine({
      domain: domain({
        devices: devices({
          interfaces: [
            { name: "default", masquerade: {} },
            { name: "own", bridge: {} },
          ],
        }),
      }),
      networks: [
        { name: "default", pod: {} },
        { name: "own", multus: { networkName: "own" } },
      ],
    }),
    fail: virtualMachine({
      domain: domain({ devices: devices({ interfaces: [{ name: "theirs", bridge: {} }] }) }),
      networks: [{ name: "theirs", multus: { networkName: "bank/vlan" } }],
    }),
  },
  *check(machine, settings) {
    const { spec } = machine;
    for (const card of spec.at("domain", "devices", "interfaces").items()) yield* cardFaults(machine, card, settings);
    for (const network of spec.field("networks").items()) {
      const name = network.at("multus", "networkName");
      const slash = name.text?.indexOf("/") ?? -1;
      if (name.text === undefined || slash < 0) continue;
      const other = name.text.slice(0, slash);
      const namespace = namespaceOf(machine);
      if (other === namespace.text || isShared(other, PARAMS.of(settings))) continue;
      yield { at: name, message: `the network belongs to namespace ${other}`, unless: [namespace] };
    }
  },
});

function* cardFaults(machine: MachineView, card: View, settings: Settings): Generator<Violation> {
  for (const name of REMOVED) {
    const binding = card.field(name);
    if (binding.present) yield { at: binding, message: `${name} bypasses the network of the machine's pod` };
  }
  const plugin = card.at("binding", "name");
  if (!card.field("binding").present) return;
  const { grant, unless } = grantOf(machine, settings);
  if (plugin.text !== undefined && grant.devices.includes(plugin.text)) return;
  yield { at: plugin, message: "the network plugin was not granted to the namespace", unless };
}
