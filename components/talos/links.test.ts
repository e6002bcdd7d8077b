import * as assert from "node:assert/strict";
import { networkDocuments } from "./network-documents";
import { machinesOf } from "./settings";
import { base, settings } from "./settings.fixture";

/** A bond of two with a VLAN for the machines, an address on each machine. */
const SHARED = {
  eno1: {},
  eno2: {},
  bond0: { bond: { links: ["eno1", "eno2"], mode: "802.3ad" }, mtu: 9000 },
  "bond0.7": { vlan: { parent: "bond0", id: 7 }, routes: [{ gateway: "192.0.2.1" }] },
};
const OWN = (address: string): Record<string, unknown> => ({ "bond0.7": { addresses: [`${address}/24`] } });

const given = (shared: object | undefined, own: (address: string, name: string) => object | undefined = OWN) => ({
  network: {
    ...base.network,
    ...(shared === undefined ? {} : { links: shared }),
    vip: { address: "192.0.2.10", link: "bond0.7" },
  },
  machines: Object.fromEntries(
    Object.entries(base.machines).map(([name, machine]) => {
      const links = own(machine.address, name);
      return [name, links === undefined ? machine : { ...machine, links }];
    }),
  ),
});
const only = (name: string, other: object) => (address: string, machine: string) =>
  machine === name ? { ...OWN(address), ...other } : OWN(address);

const documents = (change: object, name = "cp-1") => {
  const cluster = settings(change);
  const machine = machinesOf(cluster).find((each) => each.name === name) ?? assert.fail(name);
  return (networkDocuments(cluster, machine) as { readonly kind: string; readonly apiVersion: string }[])
    .filter(({ kind }) => kind !== "HostnameConfig")
    .map(({ apiVersion, ...document }) => {
      assert.equal(apiVersion, "v1alpha1");
      return document;
    });
};

describe("links of machines", () => {
  it("are those of all machines with the machine's own addresses", () => {
    assert.deepEqual(documents(given(SHARED), "cp-2"), [
      {
        kind: "BondConfig",
        name: "bond0",
        links: ["eno1", "eno2"],
        bondMode: "802.3ad",
        miimon: 100,
        updelay: 200,
        downdelay: 200,
        lacpRate: "fast",
        adLACPActive: "on",
        xmitHashPolicy: "layer3+4",
        mtu: 9000,
      },
      {
        kind: "VLANConfig",
        name: "bond0.7",
        parent: "bond0",
        vlanID: 7,
        addresses: [{ address: "192.0.2.12/24" }],
        routes: [{ gateway: "192.0.2.1" }],
      },
    ]);
  });

  // Talos 1.13 asks a DHCP server on every physical link that no document is about
  it("ask no DHCP server where only a VLAN of them is used, and one where it is wanted", () => {
    const change = given({ eno1: {}, eno2: { dhcp: true }, "bond0.7": { vlan: { parent: "eno1", id: 7 } } });
    assert.deepEqual(documents(change).slice(0, 3), [
      { kind: "LinkConfig", name: "eno1" },
      { kind: "LinkConfig", name: "eno2" },
      { kind: "DHCPv4Config", name: "eno2" },
    ]);
  });

  it("notice in every kind of bond that a carrier is gone", () => {
    const bond = { bond: { links: ["eno1", "eno2"], mode: "active-backup" } };
    const [first] = documents(given({ ...SHARED, bond0: bond }));
    assert.deepEqual(first, {
      kind: "BondConfig",
      name: "bond0",
      links: ["eno1", "eno2"],
      bondMode: "active-backup",
      miimon: 100,
    });
  });

  it("are bridges of bonds, VLANs and physical links, which have no addresses then", () => {
    const shared = {
      ...SHARED,
      eno3: { mtu: 9000 },
      eno4: {},
      br0: { bridge: { links: ["bond0", "eno3"], stp: true }, mtu: 9000 },
      br1: { bridge: { links: ["eno4"], vlanFiltering: true }, dhcp: true },
      "bond0.8": { vlan: { parent: "bond0", id: 8 } },
      "br1.9": { vlan: { parent: "br1", id: 9 } },
    };
    const made = documents(given(shared)).slice(2);
    assert.deepEqual(made, [
      { kind: "LinkConfig", name: "eno3", mtu: 9000 },
      {
        kind: "BridgeConfig",
        name: "br0",
        links: ["bond0", "eno3"],
        stp: { enabled: true },
        vlan: { filtering: false },
        mtu: 9000,
      },
      { kind: "BridgeConfig", name: "br1", links: ["eno4"], stp: { enabled: false }, vlan: { filtering: true } },
      { kind: "DHCPv4Config", name: "br1" },
      { kind: "VLANConfig", name: "bond0.8", parent: "bond0", vlanID: 8 },
      { kind: "VLANConfig", name: "br1.9", parent: "br1", vlanID: 9 },
    ]);
  });

  it("are found by their MAC address where it is given", () => {
    const change = given(SHARED, only("cp-1", { eno1: { mac: "52:54:00:12:34:56" } }));
    assert.deepEqual(documents(change)[0], {
      kind: "LinkAliasConfig",
      name: "eno1",
      selector: { match: 'mac(link.permanent_addr) == "52:54:00:12:34:56"' },
    });
  });

  // Talos refuses 0.0.0.0/0 as destination (machinery 1.13.0)
  it("have default routes, and routes with destination and metric", () => {
    const routes = [
      { destination: "0.0.0.0/0", gateway: "192.0.2.1", metric: 2048 },
      { destination: "198.51.100.0/24", gateway: "192.0.2.254" },
    ];
    const vlan = { vlan: { parent: "bond0", id: 7 }, routes };
    const { routes: made } = documents(given({ ...SHARED, "bond0.7": vlan }))[1] as unknown as { routes: unknown };
    assert.deepEqual(made, [
      { gateway: "192.0.2.1", metric: 2048 },
      { destination: "198.51.100.0/24", gateway: "192.0.2.254" },
    ]);
  });

  it("are left to Talos where none are given", () => assert.deepEqual(documents({}), []));

  const vlan = (change: object) => ({ ...SHARED, "bond0.7": { ...SHARED["bond0.7"], ...change } });
  const cases: Record<string, [change: object, message: RegExp]> = {
    "a part of a bond that is no link": [
      given({ ...SHARED, bond0: { bond: { links: ["eno1", "en02"], mode: "802.3ad" } } }),
      /network\.links\.bond0\.bond\.links\.1: en02 — must be a link that is listed/,
    ],
    "a part of two bonds": [
      given({ ...SHARED, bond1: { bond: { links: ["eno2"], mode: "active-backup" } } }),
      /links\.bond1\.bond\.links\.0: eno2 — must be part of one link, once; bond0 has it/,
    ],
    "a bond of a VLAN": [
      given({ ...SHARED, bond1: { bond: { links: ["bond0.7"], mode: "active-backup" } } }),
      /bond1\.bond\.links\.0: bond0\.7 — must be a physical link/,
    ],
    "an address on a part of a bond": [
      given(SHARED, only("cp-1", { eno1: { addresses: ["198.51.100.5/24"] } })),
      /machines\.cp-1\.links\.eno1\.addresses: addresses — has no settings of its own: it is part of bond0/,
    ],
    "a VLAN of no link": [
      given(vlan({ vlan: { parent: "bond1", id: 7 } })),
      /network\.links\.bond0\.7\.vlan\.parent: bond1 — must be a link that is listed.*add `bond1: \{\}`/,
    ],
    "a VLAN of a part of a bond": [
      given(vlan({ vlan: { parent: "eno1", id: 7 } })),
      /vlan\.parent: eno1 — is part of bond0; name bond0/,
    ],
    "a VLAN in a VLAN": [
      given({ ...SHARED, inner: { vlan: { parent: "bond0.7", id: 8 } } }),
      /links\.inner\.vlan\.parent: bond0\.7 — must be no VLAN itself/,
    ],
    "two links of one VLAN": [
      given({ ...SHARED, other: { vlan: { parent: "bond0", id: 7 } } }),
      /links\.other\.vlan\.id: 7 — must be used once on bond0; bond0\.7 has it/,
    ],
    "a VLAN beyond 4094": [
      given(vlan({ vlan: { parent: "bond0", id: 4095 } })),
      /vlan\.id: 4095 — must be .* 1 to 4094/,
    ],
    "packets larger than the parent's": [
      given({ ...SHARED, bond0: { bond: SHARED.bond0.bond }, "bond0.7": { ...SHARED["bond0.7"], mtu: 9000 } }),
      /links\.bond0\.7\.mtu: 9000 — must be at most that of bond0, which is 1500/,
    ],
    "a link of two kinds": [
      given(vlan({ bond: { links: ["eno2"], mode: "802.3ad" } })),
      /links\.bond0\.7: bond and vlan — must be one of them/,
    ],
    "a MAC address of a VLAN": [
      given(vlan({ mac: "52:54:00:12:34:56" })),
      /bond0\.7\.mac: .* — must be of a physical link/,
    ],
    "a MAC address in capitals": [
      given({ ...SHARED, eno1: { mac: "52:54:00:AB:CD:EF" } }),
      /eno1\.mac: .* — must be a MAC address in small letters/,
    ],
    "a MAC address of all machines": [
      given({ ...SHARED, eno1: { mac: "52:54:00:12:34:56" } }),
      /machines\.cp-2\.links\.eno1: 52:54:00:12:34:56 — must be its own; cp-1's eno1 has it/,
    ],
    "a gateway that is no neighbour": [
      given(vlan({ routes: [{ gateway: "203.0.113.1" }] })),
      /routes\.0\.gateway: 203\.0\.113\.1 — must be a neighbour/,
    ],
    "a gateway that is the machine itself": [
      given(SHARED, only("cp-1", { "bond0.7": { addresses: ["192.0.2.11/24"], routes: [{ gateway: "192.0.2.11" }] } })),
      /machines\.cp-1\.links\.bond0\.7\.routes\.0\.gateway: 192\.0\.2\.11 — must be a neighbour/,
    ],
    "an address of the machine that no link has": [
      given(SHARED, only("worker-1", { "bond0.7": { addresses: ["192.0.2.29/24"] } })),
      /machines\.worker-1\.address: 192\.0\.2\.21 — must be among the addresses of its links/,
    ],
    "an address of two machines": [
      given(SHARED, only("cp-2", { "bond0.7": { addresses: ["192.0.2.12/24", "192.0.2.11/24"] } })),
      /machines\.cp-2\.links\.bond0\.7: 192\.0\.2\.11 — must be its own; cp-1's bond0\.7 has it/,
    ],
    "the shared address on a link": [
      given(SHARED, only("cp-1", { "bond0.7": { addresses: ["192.0.2.11/24", "192.0.2.10/24"] } })),
      /machines\.cp-1\.links\.bond0\.7: 192\.0\.2\.10 — must be its own; base\.network\.vip has it/,
    ],
    "a shared address on a link that is not there": [
      { ...given(SHARED), network: { ...given(SHARED).network, vip: { address: "192.0.2.10", link: "bond1" } } },
      /vip\.link: bond1 — must be a link of every control plane; cp-1 has eno1, eno2, bond0, bond0\.7/,
    ],
    "a shared address on a link of another network": [
      { ...given(SHARED), network: { ...given(SHARED).network, vip: { address: "192.0.2.10", link: "bond0" } } },
      /vip\.link: bond0 — must carry the network of 192\.0\.2\.10/,
    ],
    "an address without prefix length": [
      given(SHARED, only("cp-1", { "bond0.7": { addresses: ["192.0.2.11"] } })),
      /addresses\.0: "192\.0\.2\.11" — must be an address with its prefix length/,
    ],
    "the address of a network": [
      given(SHARED, only("cp-1", { "bond0.7": { addresses: ["192.0.2.0/24"] } })),
      /addresses\.0: "192\.0\.2\.0\/24" — must be an address with its prefix length/,
    ],
    "a mode that bonds do not have": [
      given({ ...SHARED, bond0: { bond: { links: ["eno1"], mode: "lacp" } } }),
      /bond0\.bond\.mode: "lacp" — must be active-backup or 802\.3ad/,
    ],
    "a bridge of a bridge": [
      given({ ...SHARED, eno3: {}, br0: { bridge: { links: ["eno3"] } }, br1: { bridge: { links: ["br0"] } } }),
      /links\.br1\.bridge\.links\.0: br0 — must be no bridge itself/,
    ],
    "a bridge in a circle": [
      given({ ...SHARED, br0: { bridge: { links: ["br0.8"] } }, "br0.8": { vlan: { parent: "br0", id: 8 } } }),
      /links\.br0\.bridge\.links\.0: br0\.8 — must not be carried by br0 itself/,
    ],
    "bridges in a circle": [
      given({
        ...SHARED,
        br0: { bridge: { links: ["br1.8"] } },
        br1: { bridge: { links: ["br0.8"] } },
        "br0.8": { vlan: { parent: "br0", id: 8 } },
        "br1.8": { vlan: { parent: "br1", id: 8 } },
      }),
      /links\.br0\.bridge\.links\.0: br1\.8 — must not be carried by br0 itself/,
    ],
    "a part of a bond and of a bridge": [
      given({ ...SHARED, br0: { bridge: { links: ["eno2"] } } }),
      /links\.br0\.bridge\.links\.0: eno2 — must be part of one link, once; bond0 has it/,
    ],
    "an address on a part of a bridge": [
      given({ ...SHARED, br0: { bridge: { links: ["bond0.7"] } } }),
      /links\.bond0\.7\.routes: routes, addresses — has no settings of its own: it is part of br0/,
    ],
    "a bridge of larger packets than its parts": [
      given({ ...SHARED, eno3: {}, br0: { bridge: { links: ["eno3"] }, mtu: 9000 } }),
      /links\.br0\.mtu: 9000 — must be at most that of eno3, which is 1500/,
    ],
    "a name longer than the kernel's": [
      given({ ...SHARED, "a-very-long-link": {} }),
      /links.*: a-very-long-link — must be the name of a link/,
    ],
  };
  for (const [what, [change, message]] of Object.entries(cases)) {
    it(`are refused for ${what}`, () => assert.throws(() => settings(change), { name: "InvalidInput", message }));
  }

  it("name what is wrong with the links of all machines once", () => {
    const change = given({ ...SHARED, bond0: { bond: { links: ["en01", "en02"], mode: "802.3ad" } } });
    assert.throws(
      () => settings(change),
      (error: Error) => {
        assert.equal(error.message.match(/must be a link that is listed/g)?.length, 2);
        return true;
      },
    );
  });
});
