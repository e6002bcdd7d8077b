import { parseNetwork } from "../../engine/library/networks";
import { APPLY, talosConfig, type TalosConfig } from "../../engine/library/talos/config";
import { machinesIn, type Machines } from "../../engine/library/talos/machines";
import { names, parameters } from "../../engine/parameters";
import { stackRule } from "../../engine/rule";
import type { View } from "../../engine/view";
import { machineWith } from "./examples";

/** Where machines and clients look for the Kubernetes API. */

const EXTERNAL = parameters("talos-endpoint", (z) => ({
  external: names(z).describe("Addresses of load balancers of your own that stand in front of the control planes."),
}));

export const endpoint = stackRule({
  id: "talos-endpoint",
  group: "talos",
  title: "Endpoint is answered",
  severity: "high",
  references: ["siderolabs/talos#8662", "siderolabs/talos#4011"],
  types: [APPLY],
  fix: "add a Layer2VIPConfig with that address to the control planes, name the address of one of them, or list that of a load balancer in the parameter `external`",
  params: EXTERNAL,
  docs: {
    why: "Workers join through the endpoint, and control planes wait for it. Where no control plane takes the address the cluster never comes up, and nothing says why.",
    pass: machineWith(),
    fail: machineWith({ cluster: { controlPlane: { endpoint: "https://192.0.2.9:6443" } } }),
  },
  *check(stack, settings) {
    const { external = [] } = EXTERNAL.of(settings);
    const beside = machinesIn(stack);
    const known = new Map<Machines, Taken>();
    for (const target of stack.of(APPLY)) {
      const machines = beside(target.resource);
      const config = target.memo(talosConfig);
      if (config === undefined || machines.controlPlanes.length === 0) continue;
      const at = endpointOf(config);
      const host = hostIn(at.text);
      if (host === undefined || !isMachineAddress(host) || external.includes(host)) continue;
      const taken = known.get(machines) ?? takenBy(machines);
      known.set(machines, taken);
      if (taken.addresses.has(host)) continue;
      yield { at, message: `no control plane takes ${host}`, unless: taken.unsure };
    }
  },
});

function endpointOf({ cluster, documents }: TalosConfig): View {
  return documents("KubeClusterConfig")[0]?.field("endpoint") ?? cluster.at("controlPlane", "endpoint");
}

/** The host of a URL, `host:port` or address, addresses in one form. */
function hostIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bare = text.includes("://") ? text : parseNetwork(text) === undefined ? `https://${text}` : undefined;
  if (bare === undefined) return normal(text);
  try {
    return normal(new URL(bare).hostname.replace(/^\[(.*)\]$/, "$1"));
  } catch {
    return undefined;
  }
}

function normal(host: string): string {
  return parseNetwork(host)?.address.toString() ?? host;
}

/** Names are resolved elsewhere; only simulated machines have an address on loopback. */
function isMachineAddress(host: string): boolean {
  const address = parseNetwork(host)?.address;
  return address !== undefined && address.range() !== "loopback";
}

/** Addresses that a control plane is known to have, shared ones among them. */
function addressesOf({ target, machine, documents }: TalosConfig): string[] {
  const links = machine.at("network", "interfaces").items();
  const vlans = links.flatMap((link) => link.field("vlans").items());
  const shared = [...links, ...vlans].map((link) => link.at("vip", "ip"));
  const fixed = [...links, ...vlans].flatMap((link) => link.field("addresses").items());
  const byDocument = ["LinkConfig", "VLANConfig", "BondConfig", "BridgeConfig", "DummyLinkConfig"]
    .flatMap((kind) => documents(kind))
    .flatMap((link) =>
      link
        .field("addresses")
        .items()
        .map((each) => each.field("address")),
    );
  const virtual = ["Layer2VIPConfig", "HCloudVIPConfig"]
    .flatMap((kind) => documents(kind))
    .map((each) => each.field("name"));
  const own = [target.root.field("node"), target.root.field("endpoint")].map((each) => hostIn(each.text));
  const written = [...shared, ...fixed, ...byDocument, ...virtual].map(({ text }) =>
    hostIn(text?.replace(/\/\d+$/, "")),
  );
  return [...own, ...written].flatMap((each) => each ?? []);
}

/** Addresses that control planes take, and what may still say that they take others. */
interface Taken {
  readonly addresses: ReadonlySet<string>;
  readonly unsure: readonly View[];
}

function takenBy({ controlPlanes, unsure }: Machines): Taken {
  const open = controlPlanes.flatMap(({ hidden, target: { root } }) => [
    ...hidden,
    root.field("node"),
    root.field("endpoint"),
  ]);
  return {
    addresses: new Set(controlPlanes.flatMap(addressesOf)),
    unsure: [...unsure, ...open].filter(({ unreadable }) => unreadable),
  };
}
