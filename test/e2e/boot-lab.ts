import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { initramfs } from "./initramfs";

/** Programs and files of Debian 12: dnsmasq-base, ipxe, qemu-system-x86, ovmf, busybox-static, linux-image-cloud-amd64. */
const PROGRAMS = ["ip", "dnsmasq", "qemu-system-x86_64", "busybox"];
const IPXE = "/usr/lib/ipxe";
const OVMF = { code: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd" };
const FILES = [
  ...["undionly.kpxe", "snponly.efi", "ipxe.lkrn"].map((name) => path.join(IPXE, name)),
  ...Object.values(OVMF),
];

/** Address of the boot server, on the bridge that the machines are plugged into. */
export const SERVER = "192.0.2.5";
/** How long firmware may take without hardware acceleration, on a busy machine. */
const LONGEST_MS = 150_000;

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

function kernel(): string | undefined {
  const all = fs.existsSync("/boot") ? fs.readdirSync("/boot") : [];
  const newest = all
    .filter((name) => name.startsWith("vmlinuz-"))
    .sort()
    .at(-1);
  return newest === undefined ? undefined : path.join("/boot", newest);
}

/** Names of namespaces, apart from those of another run. */
const NAME = `fm-${process.pid}`;

/** How a machine starts. */
export type Firmware =
  /** BIOS with iPXE as the ROM of its network card. */
  | "bios"
  /** BIOS with a ROM that is not iPXE, or does as if. */
  | "bios-without-ipxe"
  | "uefi"
  | "uefi-http";

/** A machine of the lab. */
export interface LabMachine {
  readonly firmware: Firmware;
  readonly mac: string;
}

/** A program that runs, and what it has said. */
class Running {
  text = "";
  ended = false;
  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (this.text += chunk.toString("latin1")));
    child.on("exit", () => (this.ended = true));
    child.on("error", (error) => (this.text += String(error)));
  }
}

/** A network of its own with a boot server, in a namespace, and machines that are emulated without acceleration. */
export class BootLab {
  private readonly running: Running[] = [];
  private readonly bootServer: Running[] = [];
  private readonly namespaces: string[] = [];
  private taps = 0;

  /** @param folder for everything that is written. */
  constructor(private readonly folder: string) {
    this.add(NAME);
    this.inside("link", "add", "br0", "type", "bridge");
    this.inside("addr", "add", `${SERVER}/24`, "dev", "br0");
    this.inside("link", "set", "br0", "up");
  }

  /**
   * A bundle, made and served by the command; with stand-ins for what the factory makes.
   *
   * @param root project with the stack file.
   * @returns what the HTTP server says.
   */
  async serve(
    root: string,
    cloud: string,
    ...options: string[]
  ): Promise<{ readonly log: () => string; readonly dhcp: () => string }> {
    const bundle = path.join(this.folder, "bundle");
    const command = [path.join(PACKAGE_ROOT, "dist/automation/cli/index.js"), "boot", cloud];
    const where = [
      "--root",
      root,
      "--output",
      bundle,
      "--address",
      SERVER,
      "--interface",
      "br0",
      "--serve",
      ...options,
    ];
    const server = this.start(process.execPath, ...command, ...where);
    await until(
      () => /serving its files/.test(server.text),
      () => server.text,
      server,
    );
    const downloads = fs.readFileSync(path.join(bundle, "download.sh"), "utf8");
    for (const [, file = ""] of downloads.matchAll(/^get (\S+) /gm)) {
      const target = path.join(bundle, "http", file);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      if (path.basename(file).startsWith("initramfs")) fs.writeFileSync(target, initramfs());
      else fs.copyFileSync(kernel() ?? "", target);
    }
    // the folder of a test is its user's alone
    const dhcp = this.start("sh", path.join(bundle, "dnsmasq.sh"), "--user=root");
    this.bootServer.push(server, dhcp);
    await until(
      () => /TFTP root is/.test(dhcp.text),
      () => dhcp.text,
      dhcp,
    );
    return { log: () => server.text, dhcp: () => dhcp.text };
  }

  /** Another DHCP server of the same network, that knows nothing of booting. @returns what it says. */
  async addDhcpServer(): Promise<() => string> {
    const site = `${NAME}s`;
    this.add(site);
    this.inside("link", "add", "site", "type", "veth", "peer", "name", "eth0", "netns", site);
    this.inside("link", "set", "site", "master", "br0", "up");
    ip("-n", site, "addr", "add", "192.0.2.1/24", "dev", "eth0");
    ip("-n", site, "link", "set", "eth0", "up");
    const options = ["--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--user=root", "--port=0"];
    const range = ["--dhcp-range=192.0.2.100,192.0.2.150,1h", `--dhcp-leasefile=${path.join(this.folder, "site")}`];
    const server = this.startIn(
      site,
      "dnsmasq",
      ...options,
      "--interface=eth0",
      "--bind-interfaces",
      "--pid-file=",
      ...range,
    );
    await until(
      () => /IP range/.test(server.text),
      () => server.text,
      server,
    );
    return () => server.text;
  }

  /** Switches a machine on. @returns what it writes to its serial port. */
  switchOn(machine: LabMachine): { readonly console: () => string; off(): void } {
    const link = `tap${this.taps++}`;
    this.inside("tuntap", "add", link, "mode", "tap");
    this.inside("link", "set", link, "master", "br0", "up");
    const common = [
      "-accel",
      "tcg",
      "-m",
      "384",
      "-display",
      "none",
      "-monitor",
      "none",
      "-serial",
      "stdio",
      "-no-reboot",
    ];
    const network = ["-nic", "none", "-netdev", `tap,id=n,ifname=${link},script=no,downscript=no`];
    const emulated = this.start("qemu-system-x86_64", ...common, ...network, ...this.firmware(machine, link));
    return { console: () => emulated.text, off: () => void emulated.child.kill("SIGKILL") };
  }

  /** Asks for an address as a running system would, by the name of somebody. @returns whether it got one. */
  askAs(mac: string, hostname: string): boolean {
    this.inside("link", "add", "stranger", "address", mac, "type", "veth", "peer", "name", "plug");
    this.inside("link", "set", "plug", "master", "br0", "up");
    this.inside("link", "set", "stranger", "up");
    const ask = ["busybox", "udhcpc", "-i", "stranger", "-n", "-q", "-t", "3", "-T", "1", "-s", "/bin/true"];
    const { status } = spawnSync("ip", ["netns", "exec", NAME, ...ask, "-x", `hostname:${hostname}`], {
      stdio: "ignore",
    });
    this.inside("link", "del", "stranger");
    return status === 0;
  }

  /** Ends everything that it started. */
  async close(): Promise<void> {
    await end(this.running.splice(0));
    for (const name of this.namespaces) spawnSync("ip", ["netns", "del", name]);
  }

  /** Ends the boot server; the network and another DHCP server stay. */
  async stopBootServer(): Promise<void> {
    await end(this.bootServer.splice(0));
  }

  private firmware({ firmware, mac }: LabMachine, link: string): string[] {
    const card = (rom: string) => ["-device", `virtio-net-pci,netdev=n,mac=${mac}${rom}`];
    if (firmware === "bios") return [...card(""), "-boot", "n"];
    if (firmware === "bios-without-ipxe") {
      // iPXE itself, which says of itself what other ROMs say
      const script = path.join(this.folder, "rom.ipxe");
      fs.writeFileSync(script, "#!ipxe\nset net0/user-class rom\nautoboot net0\n");
      return [...card(",romfile="), "-kernel", path.join(IPXE, "ipxe.lkrn"), "-initrd", script];
    }
    const variables = path.join(this.folder, `${link}.variables`);
    fs.copyFileSync(OVMF.variables, variables);
    // firmware tries one after the other, and waits long for what nobody answers
    const off = ["IPv6Support", "IPv6PXESupport", ...(firmware === "uefi-http" ? ["IPv4PXESupport"] : [])];
    return [
      ...[
        "-drive",
        `if=pflash,format=raw,readonly=on,file=${OVMF.code}`,
        "-drive",
        `if=pflash,format=raw,file=${variables}`,
      ],
      ...card(",romfile=,bootindex=1"),
      ...off.flatMap((name) => ["-fw_cfg", `name=opt/org.tianocore/${name},string=n`]),
    ];
  }

  private add(namespace: string): void {
    ip("netns", "add", namespace);
    this.namespaces.push(namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
  }

  private inside(...args: string[]): void {
    ip("-n", NAME, ...args);
  }

  private start(program: string, ...args: string[]): Running {
    return this.startIn(NAME, program, ...args);
  }

  private startIn(namespace: string, program: string, ...args: string[]): Running {
    const command = ["netns", "exec", namespace, program, ...args];
    const running = new Running(spawn("ip", command, { stdio: ["ignore", "pipe", "pipe"] }));
    this.running.push(running);
    return running;
  }
}

async function end(programs: readonly Running[]): Promise<void> {
  for (const { child } of programs) child.kill("SIGKILL");
  await until(
    () => programs.every(({ ended }) => ended),
    () => "programs that do not end",
  );
}

/** Waits for something. @throws Error with what was said instead, when it takes too long or the program has ended. */
export async function until(
  done: () => boolean,
  said: () => string,
  program?: { readonly ended: boolean },
): Promise<void> {
  const last = Date.now() + LONGEST_MS;
  while (!done()) {
    if (Date.now() > last || program?.ended === true)
      throw new Error(`did not happen; it said:\n${said().slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}
