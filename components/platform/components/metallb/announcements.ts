import { kind, type ObjectMeta } from "../../../kubernetes/manifest";
import type { Bgp, BgpPeer } from "../../bgp-settings";
import { peersOf } from "../../bgp";
import { type PlannedObject, SecretSetting } from "../../component";
import { BGPAdvertisement, BGPPeer, L2Advertisement } from "./kinds";

const Secret = kind<{
  readonly metadata: ObjectMeta;
  readonly type: string;
  readonly stringData: Readonly<Record<string, unknown>>;
}>("v1", "Secret");

/** How the addresses of a pool become known: to routers where there are some, otherwise on the network of the machines. */
export function announcements(pool: string, namespace: string, bgp: Bgp | undefined): PlannedObject[] {
  const metadata = { name: pool, namespace };
  if (bgp === undefined) {
    const object = L2Advertisement({ metadata, spec: { ipAddressPools: [pool] } });
    return [{ resource: `${pool}-advertisement`, object, after: [pool] }];
  }
  const { communities, localPreference } = bgp;
  const object = BGPAdvertisement({
    metadata,
    spec: {
      ipAddressPools: [pool],
      ...(communities.length === 0 ? {} : { communities: [...communities] }),
      ...(localPreference === undefined ? {} : { localPref: localPreference }),
    },
  });
  return [
    ...peersOf(bgp).flatMap(([name, peer]) => router(name, namespace, peer, bgp.asNumber, pool)),
    { resource: `${pool}-routes`, object, after: [pool] },
  ];
}

function router(
  name: string,
  namespace: string,
  { address, asNumber, port, machines, password, hops }: BgpPeer,
  myASN: number,
  pool: string,
): PlannedObject[] {
  const secret = `bgp-${name}`;
  const key = "kubernetes.io/hostname";
  const peer = BGPPeer({
    metadata: { name, namespace },
    spec: {
      myASN,
      peerASN: asNumber,
      peerAddress: address,
      peerPort: port,
      ...(hops > 1 ? { ebgpMultiHop: true } : {}),
      ...(password ? { passwordSecret: { name: secret } } : {}),
      ...(machines === undefined
        ? {}
        : { nodeSelectors: [{ matchExpressions: [{ key, operator: "In" as const, values: [...machines] }] }] }),
    },
  });
  const passwords = password
    ? [
        {
          resource: `${secret}-password`,
          object: Secret({
            metadata: { name: secret, namespace },
            type: "kubernetes.io/basic-auth",
            stringData: { password: new SecretSetting("bgpPasswords", name) },
          }),
          after: [pool],
        },
      ]
    : [];
  return [
    ...passwords,
    { resource: `bgp-${name}`, object: peer, after: [pool, ...passwords.map(({ resource }) => resource)] },
  ];
}
