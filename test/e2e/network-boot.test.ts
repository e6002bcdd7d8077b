import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { kernelCommandLine } from "../../components/talos/image/kernel-arguments";
import { BootLab, type Firmware, type LabMachine, until } from "./boot-lab";
import { missing } from "./boot-programs";

const image = { version: "v1.13.0", extensions: ["siderolabs/drbd"], kernelArguments: ["console=ttyS0"] };
const ARGUMENTS = kernelCommandLine({ ...image, secureBoot: false }).join(" ");

const mac = (last: string) => `52:54:00:00:00:${last}`;
/** Machines by the firmware that they have; one has an image for Secure Boot. */
const MACHINES = {
  bios: { firmware: "bios", mac: mac("11") },
  rom: { firmware: "bios-without-ipxe", mac: mac("12") },
  uefi: { firmware: "uefi", mac: mac("13") },
  http: { firmware: "uefi-http", mac: mac("14") },
  signed: { firmware: "uefi-http-secure", mac: mac("15") },
  unsigned: { firmware: "uefi-http-secure", mac: mac("16") },
} as const satisfies Record<string, LabMachine>;
const UNKNOWN = { bios: { firmware: "bios", mac: mac("99") }, stranger: mac("98") } as const;

const base = {
  cluster: "lab",
  tier: "development",
  endpoint: "https://192.0.2.11:6443",
  kubernetesVersion: "v1.34.4",
  talos: {
    version: "v1.13",
    image,
    images: { signed: { secureBoot: true } },
    installDisk: { model: "SIMULATED" },
  },
  network: { nodeCidrs: ["192.0.2.0/24"], podCidrs: ["100.65.0.0/16"], serviceCidrs: ["10.96.0.0/16"] },
  machines: Object.fromEntries(
    Object.entries(MACHINES).map(([name, { mac }], index) => [
      name,
      {
        role: index === 0 ? "controlplane" : "worker",
        address: `192.0.2.${11 + index}`,
        boot: { mac },
        ...(name === "signed" ? { image: name } : {}),
      },
    ]),
  ),
};

// Debian 12: dnsmasq 2.90, iPXE 1.0.0+git-20190125, OVMF 2022.11, qemu 7.2 without acceleration
describe("the network boot bundle, with real firmware,", function () {
  this.timeout(400_000);
  let folder = "";
  let lab: BootLab | undefined;

  before(function () {
    const reason = missing();
    if (reason !== undefined) {
      process.stdout.write(`    machines cannot be booted over a network here: ${reason}\n`);
      this.skip();
    }
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-boot-"));
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), stringify({ name: "lab", runtime: "nodejs" }));
    const config = { "firmament:layer": "base", "firmament:base": base };
    fs.writeFileSync(path.join(folder, "Pulumi.base.lab.yaml"), stringify({ config }));
    lab = new BootLab(folder);
  });
  after(async () => {
    await lab?.close();
    if (folder !== "") fs.rmSync(folder, { recursive: true });
  });

  const on = (name: keyof typeof MACHINES) => (lab ?? assert.fail()).switchOn(MACHINES[name]);

  /** Switches machines on and waits until the kernels of all have said what they were started with. */
  const started = async (names: readonly (keyof typeof MACHINES)[]): Promise<Record<string, string>> => {
    const machines = names.map((name) => [name, on(name)] as const);
    const line = (text: string) => /STARTED WITH: ([^\r\n]*)\./.exec(text)?.[1];
    const found: Record<string, string> = {};
    await Promise.all(
      machines.map(async ([name, { console, off }]) => {
        await until(
          () => line(console()) !== undefined,
          () => `${name}: ${console()}`,
        );
        found[name] = line(console()) ?? "";
        off();
      }),
    );
    return found;
  };
  const firmwareOf = (firmware: Firmware) =>
    // a kernel that UEFI starts is told its own name first
    `${firmware === "bios" ? "" : "kernel-amd64 "}initrd=initramfs-amd64.xz ${ARGUMENTS}`;

  it("boots BIOS, UEFI and UEFI over HTTP with Talos' arguments, and nobody else", async () => {
    const { log, dhcp } = await (lab ?? assert.fail()).serve(folder, "lab");
    const unknown = (lab ?? assert.fail()).switchOn(UNKNOWN.bios);
    const first = await started(["bios", "uefi"]);
    assert.deepEqual(first, { bios: firmwareOf("bios"), uefi: firmwareOf("uefi") });
    assert.match(log(), /192\.0\.2\.13 200 \/uefi\.ipxe/);
    // it has asked, more than once, and got neither an address nor a file
    await until(() => dhcp().split(`DHCPDISCOVER(br0) ${UNKNOWN.bios.mac} ignored`).length > 2, dhcp);
    unknown.off();
    assert.equal((lab ?? assert.fail()).askAs(UNKNOWN.stranger, "bios"), false, "a stranger by the name of a machine");
    await until(() => dhcp().includes(`DHCPDISCOVER(br0) ${UNKNOWN.stranger} ignored`), dhcp);

    assert.deepEqual(await started(["http"]), { http: firmwareOf("uefi-http") });
    assert.match(log(), /192\.0\.2\.14 200 \/snponly\.efi/);
    assert.deepEqual(served(dhcp(), log()), ["192.0.2.11", "192.0.2.13", "192.0.2.14"]);
  });

  it("boots BIOS by way of iPXE where the network card has another ROM, and signed programs with Secure Boot", async () => {
    const { log, dhcp } = await again();
    const [rom, signed, unsigned] = (["rom", "signed", "unsigned"] as const).map((name) => on(name));
    await until(
      () => /192\.0\.2\.12 200 \/rom\.ipxe/.test(log()),
      () => `${log()}${dhcp()}`,
    );
    assert.match(dhcp(), /sent \S+\/tftp\/undionly\.kpxe to 192\.0\.2\.12/);
    // the program itself, without iPXE before it; the kernel in it has no console and says nothing after that
    await until(() => /UEFI Secure Boot is enabled/.test(signed?.console() ?? ""), signed?.console ?? log);
    assert.match(log(), /192\.0\.2\.15 200 \/image\/[0-9a-f]{64}\/v1\.13\.0\/metal-amd64-secureboot-uki\.efi/);
    assert.doesNotMatch(log(), /192\.0\.2\.15 200 \/(snponly|signed)/);
    // an image without Secure Boot needs iPXE, which nobody has signed
    const refused = /failed to load \S+ "UEFI HTTPv4.*Access Denied/;
    await until(() => refused.test(unsigned?.console() ?? ""), unsigned?.console ?? log);
    for (const machine of [rom, signed, unsigned]) machine?.off();
  });

  it("boots them beside another DHCP server, which gives the addresses", async () => {
    const site = await (lab ?? assert.fail()).addDhcpServer();
    const { log, dhcp } = await again("--proxy");
    const unknown = (lab ?? assert.fail()).switchOn(UNKNOWN.bios);
    const found = await started(["bios", "uefi", "http"]);
    assert.deepEqual(found, { bios: firmwareOf("bios"), uefi: firmwareOf("uefi"), http: firmwareOf("uefi-http") });
    // the other server knows everybody, and this one does not
    await until(() => new RegExp(`DHCPACK\\(eth0\\) \\S+ ${UNKNOWN.bios.mac}`).test(site()), site);
    unknown.off();
    assert.match(dhcp(), new RegExp(`PXE\\(br0\\) ${UNKNOWN.bios.mac} proxy-ignored`));
    const [, lease = ""] = new RegExp(`DHCPACK\\(eth0\\) (\\S+) ${UNKNOWN.bios.mac}`).exec(site()) ?? [];
    const addresses = served(dhcp(), log());
    assert.equal(addresses.length, 3);
    assert.ok(!addresses.includes(lease), `${lease} of the unknown machine`);
    assert.doesNotMatch(dhcp(), /DHCP(OFFER|ACK)/);
  });

  /** The servers once more, from an empty log. */
  const again = async (...options: string[]) => {
    // the other server runs on
    await (lab ?? assert.fail()).stopBootServer();
    return (lab ?? assert.fail()).serve(folder, "lab", ...options);
  };
});

/** Who got a file. */
function served(dhcp: string, log: string): string[] {
  const tftp = [...dhcp.matchAll(/sent \S+ to (192\.0\.2\.\d+)/g)].map(([, address = ""]) => address);
  const http = [...log.matchAll(/^(192\.0\.2\.\d+) 200 /gm)].map(([, address = ""]) => address);
  return [...new Set([...tftp, ...http])].sort();
}
