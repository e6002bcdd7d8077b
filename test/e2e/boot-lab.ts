import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { IPXE, kernel, NAME, OVMF, SECURE } from "./boot-programs";
import { initramfs } from "./initramfs";

/** Address of the boot server, on the bridge that the machines are plugged into. */
export const SERVER = "192.0.2.5";
/** How long firmware may take without hardware acceleration, on a busy machine. */
const LONGEST_MS = 150_000;

/** How a machine starts. */
export type Firmware =
  /** BIOS with iPXE as the ROM of its network card. */
  | "bios"
  /** BIOS with a ROM that is not iPXE, or does as if. */
  | "bios-without-ipxe"
  | "uefi"
  | "uefi-http"
  /** UEFI over HTTP, with Secure Boot on. */
  | "uefi-http-secure";

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
      else if (file.endsWith("-uki.efi")) this.sign(kernel() ?? "", target);
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
    const { code, variables } = firmware === "uefi-http-secure" ? SECURE : OVMF;
    const own = path.join(this.folder, `${link}.variables`);
    fs.copyFileSync(variables, own);
    // firmware tries one after the other, and waits long for what nobody answers
    const off = ["IPv6Support", "IPv6PXESupport", ...(firmware === "uefi" ? [] : ["IPv4PXESupport"])];
    return [
      // Secure Boot needs variables that only the firmware itself may change
      ...(code === SECURE.code
        ? ["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]
        : []),
      ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${code}`],
      ...["-drive", `if=pflash,unit=1,format=raw,file=${own}`],
      ...card(",romfile=,bootindex=1"),
      ...off.flatMap((name) => ["-fw_cfg", `name=opt/org.tianocore/${name},string=n`]),
    ];
  }

  /** Signs a program for UEFI with the key that the firmware of tests trusts. */
  private sign(program: string, target: string): void {
    const key = path.join(this.folder, "signing.key");
    const content = createPrivateKey({ key: fs.readFileSync(SECURE.key), passphrase: "snakeoil" });
    fs.writeFileSync(key, content.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const options = ["--key", key, "--cert", SECURE.certificate, "--output", target, program];
    const { status, stderr } = spawnSync("sbsign", options, { encoding: "utf8" });
    if (status !== 0) throw new Error(`sbsign: ${stderr}`);
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
