import { z } from "zod";
import type { Cidr } from "../../../core/cidr";
import { overlaps } from "../../../core/network-overlaps";
import type { Problem } from "../../../core/problem";
import { address, cidr, name } from "../../../core/schema";
import { kind, type Manifest } from "../../../kubernetes/manifest";
import type { CommonSettings } from "../../common-settings";
import type { OwnSettings, PlannedObject } from "../../component";
import { platformNetworks } from "../../networks";

/** Names of Kube-OVN's own: its network for pods, that of nodes, and the router of both. */
const TAKEN = ["ovn-default", "join", "ovn-cluster"];

const subnet = z.strictObject({
  cidr: cidr.describe("its addresses: an IPv4 network"),
  namespaces: z
    .array(name)
    .min(1)
    .describe("namespaces whose new pods get addresses of it; each can be of one network only"),
  vpc: name.exactOptional().describe("one of platform.networking.vpcs; default: the router of the platform's own pods"),
  private: z
    .boolean()
    .default(true)
    .describe("whether only its own pods, and those of allowedNetworks, reach its pods"),
  allowedNetworks: z.array(cidr).default([]).describe("networks whose pods reach those of a private one"),
  natOutgoing: z
    .boolean()
    .default(true)
    .describe("whether its pods go out under the address of their machine; never within a vpc of its own"),
});

const vpc = z.strictObject({
  routes: z
    .array(z.strictObject({ cidr: cidr.describe("where to"), via: address.describe("the next router") }))
    .default([])
    .describe("static routes"),
});

export const networkSettings = {
  networking: {
    vpcs: z.record(name, vpc).default({}).describe("routers of their own, whose networks reach no other"),
    subnets: z
      .record(name, subnet)
      .default({})
      .describe("networks of pods beside podCidr, by name: for namespaces that share no addresses with the platform"),
  },
};

type NetworkSettings = CommonSettings & OwnSettings<typeof networkSettings>;

const Vpc = kind<
  Manifest<{
    readonly staticRoutes?: { readonly cidr: string; readonly nextHopIP: string; readonly policy: "policyDst" }[];
  }>
>("kubeovn.io/v1", "Vpc");

const Subnet = kind<
  Manifest<{
    readonly protocol: "IPv4";
    readonly cidrBlock: string;
    readonly gateway: string;
    readonly gatewayType: "distributed";
    readonly namespaces: readonly string[];
    readonly vpc: string;
    readonly private: boolean;
    readonly allowSubnets: readonly string[];
    readonly natOutgoing: boolean;
    readonly enableLb: false;
  }>
>("kubeovn.io/v1", "Subnet");

/** Routers and networks, each after its router; none where the settings name none. */
export function networkObjects({ networking: { vpcs, subnets } }: NetworkSettings): PlannedObject[] {
  return [
    ...Object.entries(vpcs).map(([name, { routes }]) => ({
      resource: vpcResource(name),
      object: Vpc({
        metadata: { name },
        spec:
          routes.length === 0
            ? {}
            : {
                staticRoutes: routes.map(({ cidr, via }) => ({
                  cidr: String(cidr),
                  nextHopIP: via,
                  policy: "policyDst" as const,
                })),
              },
      }),
      protect: true,
    })),
    ...Object.entries(subnets).map(
      ([name, { cidr, namespaces, vpc, private: closed, allowedNetworks, natOutgoing }]) => ({
        resource: `subnet-${name}`,
        object: Subnet({
          metadata: { name },
          spec: {
            protocol: "IPv4",
            cidrBlock: String(cidr),
            gateway: firstHost(cidr),
            gatewayType: "distributed",
            namespaces: [...namespaces],
            vpc: vpc ?? "ovn-cluster",
            private: closed,
            allowSubnets: allowedNetworks.map(String),
            natOutgoing: natOutgoing && vpc === undefined,
            // Services are Cilium's
            enableLb: false,
          },
        }),
        ...(vpc === undefined ? {} : { after: [vpcResource(vpc)] }),
        protect: true,
      }),
    ),
  ];
}

/** What is wrong with networks that are each right by themselves. */
export function networkProblems(settings: NetworkSettings): Problem[] {
  const { vpcs, subnets } = settings.networking;
  const where = (name: string) => `platform.networking.subnets.${name}`;
  const platform = Object.entries(platformNetworks(settings)).map(([where, network]) => ({ where, network }));
  // networks of different routers may share addresses: nothing leads from one to the other
  const routers = new Set(Object.values(subnets).map(({ vpc }) => vpc));
  const overlapping = [...routers].flatMap((router) => {
    const own = Object.entries(subnets)
      .filter(([, { vpc }]) => vpc === router)
      .map(([name, { cidr }]) => ({ where: `${where(name)}.cidr`, network: cidr }));
    return overlaps(own, platform);
  });
  const taken = [
    ...Object.keys(vpcs).map((name) => `vpcs.${name}`),
    ...Object.keys(subnets).map((name) => `subnets.${name}`),
  ]
    .filter((path) => TAKEN.includes(path.split(".")[1] ?? ""))
    .map((path) => ({
      where: `platform.networking.${path}`,
      given: path.split(".")[1] ?? "",
      rule: "is a name of Kube-OVN's own",
      fix: "choose another name",
    }));
  return [...overlapping, ...taken, ...unknownRouters(settings), ...doubleNamespaces(settings)];
}

function unknownRouters({ networking: { vpcs, subnets } }: NetworkSettings): Problem[] {
  return Object.entries(subnets).flatMap(([name, { vpc }]) =>
    vpc === undefined || Object.hasOwn(vpcs, vpc)
      ? []
      : [
          {
            where: `platform.networking.subnets.${name}.vpc`,
            given: vpc,
            rule: `must be one of platform.networking.vpcs (${Object.keys(vpcs).join(", ") || "none"})`,
            fix: "correct the name, or add it there",
          },
        ],
  );
}

function doubleNamespaces({ networking: { subnets } }: NetworkSettings): Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(subnets).flatMap(([name, { namespaces }]) =>
    namespaces.flatMap((namespace) => {
      const owner = owners.get(namespace);
      owners.set(namespace, name);
      return owner === undefined
        ? []
        : [
            {
              where: `platform.networking.subnets.${name}.namespaces`,
              given: namespace,
              rule: `gets its addresses from ${owner} already: a namespace is of one network`,
              fix: "name it in one of them",
            },
          ];
    }),
  );
}

function vpcResource(name: string): string {
  return `vpc-${name}`;
}

/** The address after the network's own: where pods find their gateway. */
export function firstHost(network: Cidr): string {
  const hosts = network.subnets(32);
  hosts.next();
  return String(hosts.next().value).replace("/32", "");
}
