import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** Names of namespaces, apart from those of another run. */
export const NAME = `fm-${process.pid}`;

/** Of Debian 12: dnsmasq-base, ipxe, qemu-system-x86, ovmf, busybox-static, sbsigntool, linux-image-cloud-amd64. */
const PROGRAMS = ["ip", "dnsmasq", "qemu-system-x86_64", "busybox", "sbsign"];
export const IPXE = "/usr/lib/ipxe";
export const OVMF = { code: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd" };
/** Firmware that has Secure Boot on, and the key that it trusts: everybody's, for tests. */
export const SECURE = {
  code: "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
  variables: "/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd",
  key: "/usr/share/ovmf/PkKek-1-snakeoil.key",
  certificate: "/usr/share/ovmf/PkKek-1-snakeoil.pem",
};
const FILES = [
  ...["undionly.kpxe", "snponly.efi", "ipxe.lkrn"].map((name) => path.join(IPXE, name)),
  ...Object.values(OVMF),
  ...Object.values(SECURE),
];

/** Why machines cannot be emulated here; undefined where they can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, for network namespaces";
  const found = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
  const lost = [...PROGRAMS.filter((program) => !found(program)), ...FILES.filter((file) => !fs.existsSync(file))];
  if (lost.length > 0) return `needs ${lost.join(", ")}`;
  if (kernel() === undefined) return "needs a kernel in /boot";
  const probe = `${NAME}p`;
  const made = spawnSync("ip", ["netns", "add", probe]).status === 0 && fs.existsSync("/dev/net/tun");
  spawnSync("ip", ["netns", "del", probe]);
  return made ? undefined : "needs network namespaces and /dev/net/tun";
}

/** The newest kernel of this system, which stands in for Talos'. */
export function kernel(): string | undefined {
  const all = fs.existsSync("/boot") ? fs.readdirSync("/boot") : [];
  const newest = all
    .filter((name) => name.startsWith("vmlinuz-"))
    .sort()
    .at(-1);
  return newest === undefined ? undefined : path.join("/boot", newest);
}
