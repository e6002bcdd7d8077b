import { Cidr } from "../../components/core/cidr";
import { InvalidInput, type Problem } from "../../components/core/problem";
import { address } from "../../components/core/schema";
import type { BaseSettings } from "../../components/talos/settings";

/** Where machines are booted from, as it is given on the command line. */
export interface BootServerOptions {
  /** Address of the boot server, in the machines' network. */
  readonly address: string;
  /** Its link in that network: eth0 */
  readonly interface: string;
  /** Port of its HTTP server. Default: 8080. */
  readonly port?: string;
  /** Whether another DHCP server gives addresses. */
  readonly proxy?: true;
  /** Router that machines are told. Default: the one of the default routes in the stack file, if there is one. */
  readonly gateway?: string;
  /** URL that the path of kernel and initramfs is appended to. Default: the boot server itself. */
  readonly assets?: string;
}

/** The same, checked. */
export interface BootServer {
  readonly address: string;
  readonly interface: string;
  readonly port: number;
  readonly proxy: boolean;
  readonly gateway?: string;
  /** Without a slash at the end. */
  readonly assets: string;
  /** URL of its HTTP server, without a slash at the end. */
  readonly http: string;
}

/** @throws InvalidInput with everything that is wrong. */
export function bootServer(options: BootServerOptions, settings: BaseSettings): BootServer {
  const { port = "8080", proxy = false } = options;
  const gateway = options.gateway ?? (proxy ? undefined : onlyGateway(settings));
  const problems = [
    ...ownAddressProblems(options.address, settings),
    ...linkProblems(options.interface),
    ...portProblems(port),
    ...gatewayProblems(options, settings),
    ...assetProblems(options.assets),
  ];
  if (problems.length > 0) throw new InvalidInput("boot", problems);
  const http = `http://${options.address}:${Number(port)}`;
  return {
    address: options.address,
    interface: options.interface,
    port: Number(port),
    proxy,
    ...(gateway === undefined ? {} : { gateway }),
    assets: options.assets?.replace(/\/+$/, "") ?? http,
    http,
  };
}

function ownAddressProblems(given: string, { machines, network }: BaseSettings): Problem[] {
  const where = "--address";
  if (!address.safeParse(given).success || !inNetwork(given, network.nodeCidrs)) {
    const rule = `must be an address of the boot server in base.network.nodeCidrs (${network.nodeCidrs.join(", ")})`;
    return [{ where, given, rule, fix: "boot the machines from a host in their network" }];
  }
  const owner = Object.entries(machines).find(([, machine]) => machine.address === given)?.[0];
  const taken = owner ?? (given === network.vip?.address ? "base.network.vip" : undefined);
  if (taken === undefined) return [];
  return [
    { where, given, rule: `must be the boot server's own; ${taken} has it`, fix: "give the address of this host" },
  ];
}

function linkProblems(given: string): Problem[] {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(given)) return [];
  return [
    {
      where: "--interface",
      given: JSON.stringify(given),
      rule: "must be the name of a link like eth0",
      fix: "see `ip link`",
    },
  ];
}

function portProblems(given: string): Problem[] {
  if (/^[0-9]{1,5}$/.test(given) && Number(given) > 0 && Number(given) < 65_536) return [];
  return [{ where: "--port", given, rule: "must be a port from 1 to 65535", fix: "correct it" }];
}

function gatewayProblems({ gateway, proxy }: BootServerOptions, { network }: BaseSettings): Problem[] {
  if (gateway === undefined) return [];
  const where = "--gateway";
  if (proxy === true) {
    const rule = "is given by the other DHCP server (--proxy)";
    return [{ where, given: gateway, rule, fix: "leave one of the two out" }];
  }
  if (address.safeParse(gateway).success && inNetwork(gateway, network.nodeCidrs)) return [];
  const rule = `must be an address in base.network.nodeCidrs (${network.nodeCidrs.join(", ")})`;
  return [{ where, given: gateway, rule, fix: "correct it" }];
}

function assetProblems(given: string | undefined): Problem[] {
  // what iPXE reads as a part of its script stays out
  if (
    given === undefined ||
    (/^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._/-]*)?$/.test(given) && URL.canParse(given))
  )
    return [];
  const rule = "must be a URL like http://192.0.2.5:8080 or https://factory.talos.dev";
  return [{ where: "--assets", given, rule, fix: "correct it" }];
}

/** The router of all default routes; none where they differ or there are none. */
function onlyGateway({ network, machines }: BaseSettings): string | undefined {
  const links = [network.links ?? {}, ...Object.values(machines).map(({ links = {} }) => links)];
  const gateways = links.flatMap((each) =>
    Object.values(each).flatMap(({ routes = [] }) =>
      routes.flatMap(({ destination, gateway }) =>
        destination === undefined && inNetwork(gateway, network.nodeCidrs) ? [gateway] : [],
      ),
    ),
  );
  const [only, ...others] = new Set(gateways);
  return others.length === 0 ? only : undefined;
}

function inNetwork(given: string, networks: readonly Cidr[]): boolean {
  const host = Cidr.parse(`${given}/32`);
  return networks.some((network) => network.contains(host));
}
