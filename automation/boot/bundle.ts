import type { BaseSettings } from "../../components/talos/settings";
import { bootedMachines, type Booted } from "./booted";
import { dnsmasqConfig, LOADERS } from "./dnsmasq";
import { bootAssets, ipxeScript } from "./ipxe";
import { readme } from "./readme";
import type { BootServer } from "./server";
import { InvalidInput } from "../../components/core/problem";

/** Everything of a boot server but the boot loaders and what the factory makes. */
export interface Bundle extends Booted {
  /** Path in the bundle → text. Those that end in .sh are run. */
  readonly files: Readonly<Record<string, string>>;
  /** Path in the bundle → name of the boot loader there. */
  readonly loaders: Readonly<Record<string, string>>;
}

/**
 * Plans the bundle that boots the machines of a cloud.
 *
 * @throws InvalidInput when no machine can be booted.
 */
export function planBundle(cloud: string, settings: BaseSettings, server: BootServer): Bundle {
  const { machines, left } = bootedMachines(settings);
  if (machines.length === 0) {
    const fix = "give base.talos.image, and boot.mac of the machines";
    throw new InvalidInput(
      "boot",
      left.map(({ name, reason }) => ({
        where: `base.machines.${name}`,
        given: "not booted over the network",
        rule: reason,
        fix,
      })),
    );
  }
  const assets = new Map(
    machines.flatMap((machine) => bootAssets(machine).map((path) => [path, machine.image.factory])),
  );
  return {
    machines,
    left,
    files: {
      "dnsmasq.conf": dnsmasqConfig(settings, server, machines),
      "dnsmasq.sh": START,
      "download.sh": downloads(assets),
      ...Object.fromEntries(
        machines.map((machine) => [`http/${machine.name}.ipxe`, ipxeScript(machine, server.assets)]),
      ),
      "README.md": readme(cloud, server, { machines, left }),
    },
    loaders: {
      [`tftp/${LOADERS.bios}`]: LOADERS.bios,
      [`tftp/${LOADERS.uefi}`]: LOADERS.uefi,
      [`http/${LOADERS.uefi}`]: LOADERS.uefi,
    },
  };
}

/** What it writes is beside it, wherever the bundle has been copied to. */
const START = `#!/bin/sh
# DHCP and TFTP, until it is interrupted: needs root, and dnsmasq (Debian: dnsmasq-base), which gets the arguments.
cd "$(dirname "$0")" || exit 1
here=$(pwd)
exec dnsmasq --keep-in-foreground --log-facility=- --conf-file="$here/dnsmasq.conf" --tftp-root="$here/tftp" \\
  --dhcp-leasefile="$here/leases" --pid-file="$here/dnsmasq.pid" "$@"
`;

const DOWNLOAD = `#!/bin/sh
# Kernel and initramfs from the image factory, which knows their schematics (firmament image --register).
set -eu
cd "$(dirname "$0")/http"
get() {
  [ -f "$1" ] && return
  mkdir -p "$(dirname "$1")"
  curl -fL --retry 3 -o "$1.part" "$2"
  mv "$1.part" "$1"
}
`;

function downloads(assets: ReadonlyMap<string, string>): string {
  return DOWNLOAD + [...assets].map(([path, factory]) => `get ${path} https://${factory}/${path}\n`).join("");
}
