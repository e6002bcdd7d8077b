import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import { peersOf } from "../../bgp";
import type { Bgp, BgpPeer } from "../../bgp-settings";
import { type PlannedObject, SecretSetting } from "../../component";
import { BGPAdvertisement, BGPClusterConfig, BGPPeerConfig } from "./kinds";

const Secret = kind<{ readonly metadata: ObjectMeta; readonly stringData: Readonly<Record<string, unknown>> }>(
  "v1",
  "Secret",
);

/** By which peers find what they announce. */
const LABELS = { "app.kubernetes.io/part-of": "firmament-services" };

/** Every Service: the kind takes no Service at all without a selector. */
const EVERY_SERVICE = {
  matchExpressions: [{ key: "firmament.example/not-announced", operator: "DoesNotExist" }],
};

/**
 * Sessions with routers, and the routes that they are told. One configuration for each router, so that each has its own
 * machines: Cilium takes one of several that select the same machine, so routers of the same machines share one.
 */
export function routes(name: string, namespace: string, bgp: Bgp, after: string): PlannedObject[] {
  const groups = new Map<string, [string, BgpPeer][]>();
  for (const [peerName, peer] of peersOf(bgp)) {
    const key = [...(peer.machines ?? [])].sort().join(" ");
    groups.set(key, [...(groups.get(key) ?? []), [peerName, peer]]);
  }
  return [
    {
      resource: `${name}-routes`,
      object: BGPAdvertisement({ metadata: { name, labels: LABELS }, spec: { advertisements: [advertisement(bgp)] } }),
      after: [after],
    },
    ...peersOf(bgp).flatMap(([peerName, peer]) => peerConfig(peerName, namespace, peer, `${name}-routes`)),
    ...[...groups.values()].map((peers, index) => sessions(`${name}-${index + 1}`, peers, bgp)),
  ];
}

function advertisement({ communities, localPreference }: Bgp) {
  const attributes = {
    ...(communities.length === 0 ? {} : { communities: { standard: [...communities] } }),
    ...(localPreference === undefined ? {} : { localPreference }),
  };
  return {
    advertisementType: "Service" as const,
    service: { addresses: ["LoadBalancerIP" as const] },
    selector: EVERY_SERVICE,
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

function peerConfig(
  name: string,
  namespace: string,
  { port, password, hops }: BgpPeer,
  advertised: string,
): PlannedObject[] {
  const secret = `bgp-${name}`;
  const passwords = password
    ? [
        {
          resource: `${secret}-password`,
          object: Secret({
            metadata: { name: secret, namespace },
            stringData: { password: new SecretSetting("bgpPasswords", name) },
          }),
        },
      ]
    : [];
  const object = BGPPeerConfig({
    metadata: { name },
    spec: {
      transport: { peerPort: port },
      // routes stay while the agent of a machine is upgraded
      gracefulRestart: { enabled: true },
      ...(hops > 1 ? { ebgpMultihop: hops } : {}),
      ...(password ? { authSecretRef: secret } : {}),
      families: [{ afi: "ipv4", safi: "unicast", advertisements: { matchLabels: LABELS } }],
    },
  });
  return [
    ...passwords,
    { resource: `bgp-${name}`, object, after: [advertised, ...passwords.map(({ resource }) => resource)] },
  ];
}

function sessions(name: string, peers: readonly (readonly [string, BgpPeer])[], { asNumber }: Bgp): PlannedObject {
  const machines = peers[0]?.[1].machines;
  const key = "kubernetes.io/hostname";
  const object = BGPClusterConfig({
    metadata: { name },
    spec: {
      ...(machines === undefined
        ? {}
        : { nodeSelector: { matchExpressions: [{ key, operator: "In" as const, values: [...machines] }] } }),
      bgpInstances: [
        {
          name: "machines",
          localASN: asNumber,
          peers: peers.map(([peer, { asNumber: peerASN, address }]) => ({
            name: peer,
            peerASN,
            peerAddress: address,
            peerConfigRef: { name: peer },
          })),
        },
      ],
    },
  });
  return { resource: `${name}-sessions`, object, after: peers.map(([peer]) => `bgp-${peer}`) };
}
