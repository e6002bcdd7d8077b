import { base, machine } from "./settings.fixture";

const network = (change: object) => ({ network: { ...base.network, ...change } });
const only = (name: keyof typeof base.machines, change: object) => ({
  machines: { ...base.machines, [name]: { ...base.machines[name], ...change } },
});

/** Changes of a good stack file that make its machines, addresses or networks wrong, and what is said of each. */
export const WRONG_PLACES: Readonly<Record<string, readonly [change: object, message: string]>> = {
  "a setting in another layer's words": [
    { podCIDR: "10.244.0.0/16" },
    "base.podCIDR: unknown key — only keys of the schema are read; remove it or correct its spelling",
  ],
  "a role as kubeadm calls it": [
    only("cp-1", { role: "control-plane" }),
    'base.machines.cp-1.role: "control-plane" — must be controlplane or worker; correct it in the stack file',
  ],
  "an address with its prefix length": [
    only("worker-1", { address: "192.0.2.21/24" }),
    'base.machines.worker-1.address: "192.0.2.21/24" — must be an IPv4 address; correct it in the stack file',
  ],
  "an IPv6 address": [
    only("worker-1", { address: "2001:db8::21" }),
    'base.machines.worker-1.address: "2001:db8::21" — must be an IPv4 address; correct it in the stack file',
  ],
  "the broadcast address": [
    only("worker-1", { address: "192.0.2.255" }),
    "base.machines.worker-1.address: 192.0.2.255 — must be a host's, not the first or last address of 192.0.2.0/24; choose another one in there",
  ],
  "an address that is copied": [
    only("worker-1", { address: "192.0.2.12" }),
    "base.machines.worker-1.address: 192.0.2.12 — must be the machine's own; cp-2 has it; correct one of the two",
  ],
  "an address of another network": [
    only("worker-1", { address: "198.51.100.21" }),
    "base.machines.worker-1.address: 198.51.100.21 — must lie in base.network.nodeCidrs (192.0.2.0/24); correct the address or add its network",
  ],
  "a Talos API by its URL": [
    only("cp-1", { endpoint: "https://192.0.2.11:50000" }),
    'base.machines.cp-1.endpoint: "https://192.0.2.11:50000" — must be host or host:port; correct it in the stack file',
  ],
  "a Talos API at no port": [
    only("cp-1", { endpoint: "192.0.2.11:500000" }),
    'base.machines.cp-1.endpoint: "192.0.2.11:500000" — must be host or host:port; correct it in the stack file',
  ],
  "a host name in capitals": [
    { machines: { ...base.machines, "Worker-2": machine("worker", 22) } },
    "base.machines.Worker-2: Worker-2 — must be a DNS label: a-z, 0-9 and - inside; correct it in the stack file",
  ],
  "a label that is a number": [
    only("cp-1", { labels: { rack: 1 } }),
    "base.machines.cp-1.labels.rack: 1 — must be text; correct it in the stack file",
  ],
  "a role by its label": [
    only("worker-1", { labels: { "node-role.kubernetes.io/worker": "" } }),
    "base.machines.worker-1.labels.node-role.kubernetes.io/worker: node-role.kubernetes.io/worker — kubelets are refused labels of this domain; use a domain of your own",
  ],
  "two control planes": [
    { machines: { "cp-1": base.machines["cp-1"], "cp-2": base.machines["cp-2"] } },
    "base.machines: 2 control planes — must be an odd number: etcd needs a majority; give 1, 3 or 5 machines the role controlplane",
  ],
  "workers only": [
    { machines: { "worker-1": base.machines["worker-1"] } },
    "base.machines: no control plane — must be an odd number: etcd needs a majority; give 1, 3 or 5 machines the role controlplane",
  ],
  "one control plane in production": [
    { machines: { "cp-1": base.machines["cp-1"] } },
    "base.machines: 1 control plane — a production cloud must survive the loss of one; add two machines with the role controlplane, or set tier to development",
  ],
  "no worker at a time": [
    { workersAtOnce: 0 },
    "base.workersAtOnce: 0 — must be 1 or more; correct it in the stack file",
  ],
  "a machine that is there and gone": [
    { lostMachines: ["worker-1"] },
    "base.lostMachines.0: worker-1 — is in base.machines too; take it out of one of the two",
  ],
  "an endpoint without port": [
    { endpoint: "https://192.0.2.10" },
    'base.endpoint: "https://192.0.2.10" — must be a URL with a port and without a path, like https://192.0.2.10:6443; correct it in the stack file',
  ],
  "an endpoint of HAProxy's port": [
    { endpoint: "https://192.0.2.10:443" },
    "base.endpoint: https://192.0.2.10:443 — must have port 6443, where control planes serve it; correct the port",
  ],
  "an endpoint that nothing answers at": [
    { endpoint: "https://192.0.2.9:6443" },
    "base.endpoint: https://192.0.2.9:6443 — must be base.network.vip or a control plane's address: nothing else here answers at it; set base.network.vip to it, or base.externalEndpoint to true for a load balancer or DNS name of yours",
  ],
  "an endpoint that is a worker": [
    { endpoint: "https://192.0.2.21:6443" },
    "base.endpoint: https://192.0.2.21:6443 — must not be a worker's address: worker-1 serves no Kubernetes API; name base.network.vip, a control plane or a load balancer",
  ],
  "a shared address that is a machine's": [
    { ...network({ vip: { address: "192.0.2.12", link: "bond0" } }), endpoint: "https://192.0.2.11:6443" },
    "base.network.vip.address: 192.0.2.12 — must be no machine's own; cp-2 has it; choose a free address",
  ],
  "a shared address of no network": [
    { ...network({ vip: { address: "203.0.113.10", link: "bond0" } }), endpoint: "https://192.0.2.11:6443" },
    "base.network.vip.address: 203.0.113.10 — must lie in base.network.nodeCidrs (192.0.2.0/24); choose a free address in there",
  ],
  "pods in a network with host bits": [
    network({ podCidrs: ["10.244.0.1/16"] }),
    'base.network.podCidrs.0: "10.244.0.1/16" — must be an IPv4 network like 10.244.0.0/16, host bits zero; correct it in the stack file',
  ],
  "pods in the network of Services": [
    network({ podCidrs: ["10.96.0.0/12"] }),
    "base.network.serviceCidrs.0: 10.96.0.0/16 — must not overlap base.network.podCidrs.0 10.96.0.0/12; choose a network outside it",
  ],
  "pods in a network for one node": [
    network({ podCidrs: ["100.65.0.0/24"] }),
    "base.network.podCidrs.0: 100.65.0.0/24 — must have a /24 for every node, of which there are 4; choose a larger network, e.g. a /16",
  ],
  "two networks of Services": [
    network({ serviceCidrs: ["10.96.0.0/16", "10.97.0.0/16"] }),
    'base.network.serviceCidrs: ["10.96.0.0/16","10.97.0.0/16"] — must be one network: Kubernetes takes one per IP family, and only IPv4 is supported; correct it in the stack file',
  ],
  "Services in too small a network": [
    network({ serviceCidrs: ["10.96.0.0/30"] }),
    "base.network.serviceCidrs.0: 10.96.0.0/30 — must be a /29 or larger: API servers need 8 addresses for Services; choose a larger network, e.g. a /16",
  ],
  "Services in too large a network": [
    network({ serviceCidrs: ["10.0.0.0/8"] }),
    "base.network.serviceCidrs.0: 10.0.0.0/8 — must be a /12 or smaller: API servers keep a list of all addresses; choose a smaller network, e.g. a /16",
  ],
  "no network of the machines": [
    network({ nodeCidrs: [] }),
    "base.network.nodeCidrs: [] — must not be empty; correct it in the stack file",
  ],
  "a DNS domain of one label": [
    network({ dnsDomain: "local" }),
    'base.network.dnsDomain: "local" — must be a domain with a dot in it, like cluster.local; correct it in the stack file',
  ],
  "a name server by its name": [
    network({ nameServers: ["dns.example.com"] }),
    'base.network.nameServers.0: "dns.example.com" — must be an IPv4 address; correct it in the stack file',
  ],
  "a time server by a URL": [
    network({ timeServers: ["ntp://ntp.example.com"] }),
    'base.network.timeServers.0: "ntp://ntp.example.com" — must be a host name or an address; correct it in the stack file',
  ],
  "a firewall for somebody without network": [
    network({ firewall: { admins: ["203.0.113.9"] } }),
    'base.network.firewall.admins.0: "203.0.113.9" — must be an IPv4 network like 10.244.0.0/16, host bits zero; correct it in the stack file',
  ],
  "a bond of a link that is not listed": [
    network({ links: { eno1: {}, bond0: { bond: { links: ["eno1", "eno2"], mode: "802.3ad" }, dhcp: true } } }),
    "base.network.links.bond0.bond.links.1: eno2 — must be a link that is listed: Talos waits for a misspelt one for ever; correct its spelling, or add `eno2: {}`",
  ],
  "a bond in another system's words": [
    network({ links: { eno1: {}, bond0: { bond: { links: ["eno1"], mode: "lacp" }, dhcp: true } } }),
    'base.network.links.bond0.bond.mode: "lacp" — must be active-backup or 802.3ad or balance-xor or balance-rr or balance-tlb or balance-alb or broadcast; correct it in the stack file',
  ],
  "a bridge of a part of a bond": [
    network({
      links: {
        eno1: {},
        bond0: { bond: { links: ["eno1"], mode: "802.3ad" }, dhcp: true },
        br0: { bridge: { links: ["eno1"] } },
      },
    }),
    "base.network.links.br0.bridge.links.0: eno1 — must be part of one link, once; bond0 has it; remove it here",
  ],
  "a VLAN that is larger than its link": [
    network({ links: { bond0: { dhcp: true }, "bond0.7": { vlan: { parent: "bond0", id: 7 }, mtu: 9000 } } }),
    "base.network.links.bond0.7.mtu: 9000 — must be at most that of bond0, which is 1500; raise that of bond0, or lower it",
  ],
  "a gateway behind the gateway": [
    {
      ...network({ links: { bond0: {} } }),
      machines: Object.fromEntries(
        Object.entries(base.machines).map(([n, m]) => [
          n,
          {
            ...m,
            links: {
              bond0: {
                addresses: [m.address + "/24"],
                ...(n === "cp-1" ? { routes: [{ gateway: "198.51.100.1" }] } : {}),
              },
            },
          },
        ]),
      ),
    },
    "base.machines.cp-1.links.bond0.routes.0.gateway: 198.51.100.1 — must be a neighbour: in a network of the link's addresses, and none of them; correct it, or the prefix length of the address",
  ],
  "a MAC address in capitals": [
    only("cp-1", { links: { bond0: { mac: "52:54:00:AB:CD:EF", dhcp: true } } }),
    'base.machines.cp-1.links.bond0.mac: "52:54:00:AB:CD:EF" — must be a MAC address in small letters, like 52:54:00:12:34:56; correct it in the stack file',
  ],
  "a link that the shared address is not on": [
    network({ links: { eno1: { dhcp: true } } }),
    "base.network.vip.link: bond0 — must be a link of every control plane; cp-1 has eno1; name the link that carries the node network",
  ],
};
