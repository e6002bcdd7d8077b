import * as assert from "node:assert/strict";
import { networkDocuments } from "./network-documents";
import { machinesOf } from "./settings";
import { base, settings } from "./settings.fixture";

const network = (change: object) => settings({ network: { ...base.network, ...change } });
const kinds = (cluster: ReturnType<typeof settings>) =>
  machinesOf(cluster).map((machine) => networkDocuments(cluster, machine) as { readonly kind: string }[]);

describe("the network of machines", () => {
  // Without internet, machines wait for the time before etcd or kubelet start (siderolabs/talos#5274, #4224).
  it("has the site's servers for time and names", () => {
    const cluster = network({
      nameServers: ["192.0.2.53", "192.0.2.54"],
      timeServers: ["ntp.example.com", "192.0.2.1"],
    });
    for (const documents of kinds(cluster)) {
      const of = (kind: string) => documents.filter((each) => each.kind === kind);
      assert.deepEqual(of("ResolverConfig"), [
        {
          apiVersion: "v1alpha1",
          kind: "ResolverConfig",
          nameservers: [{ address: "192.0.2.53" }, { address: "192.0.2.54" }],
        },
      ]);
      assert.deepEqual(of("TimeSyncConfig"), [
        { apiVersion: "v1alpha1", kind: "TimeSyncConfig", ntp: { servers: ["ntp.example.com", "192.0.2.1"] } },
      ]);
    }
  });

  it("is left to DHCP and Talos where nothing is said", () => {
    const said = kinds(settings()).flatMap((documents) => documents.map(({ kind }) => kind));
    assert.deepEqual([...new Set(said)], ["HostnameConfig"]);
  });

  it("takes no server that is none, and no empty list", () => {
    assert.throws(() => network({ nameServers: ["dns.example"] }), /nameServers\.0: .* — must be an IPv4 address/);
    assert.throws(
      () => network({ timeServers: ["ntp://a"] }),
      /timeServers\.0: .* — must be a host name or an address/,
    );
    for (const key of ["nameServers", "timeServers"]) {
      assert.throws(() => network({ [key]: [] }), new RegExp(`network\\.${key}: \\[\\] — must not be empty`));
    }
  });
});
