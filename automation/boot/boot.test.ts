import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseBaseSettings } from "../../components/talos/parse";
import type { BaseSettings } from "../../components/talos/settings";
import { base } from "../../components/talos/settings.fixture";
import { planBundle } from "./bundle";
import { serveFolder } from "./serve";
import { bootServer, type BootServerOptions } from "./server";
import { writeBundle } from "./write";

const mac = (last: number) => `52:54:00:00:00:${last}`;
const image = { version: "v1.13.0", extensions: ["siderolabs/drbd"], kernelArguments: ["console=ttyS0"] };
const boot = Object.fromEntries(
  Object.entries(base.machines).map(([name, machine], index) => [name, { ...machine, boot: { mac: mac(11 + index) } }]),
);
const parse = (change: object = {}, talos: object = {}): BaseSettings =>
  parseBaseSettings({
    layer: "base",
    base: {
      ...base,
      machines: boot,
      talos: { version: "v1.13", installDisk: base.talos.installDisk, image, ...talos },
      ...change,
    },
  });
const network = (change: object) => ({ network: { ...base.network, ...change } });
const options: BootServerOptions = { address: "192.0.2.5", interface: "eth0" };
const plan = (settings: BaseSettings, more: Partial<BootServerOptions> = {}) =>
  planBundle("berlin", settings, bootServer({ ...options, ...more }, settings));
const config = (settings: BaseSettings, more: Partial<BootServerOptions> = {}) =>
  plan(settings, more).files["dnsmasq.conf"]?.split("\n") ?? [];

const bad: Record<string, [more: Partial<BootServerOptions>, message: RegExp]> = {
  "an address of another network": [
    { address: "203.0.113.5" },
    /--address: 203\.0\.113\.5 — must be an address of the boot server in/,
  ],
  "an address that is none": [{ address: "boot" }, /--address: boot — must be an address/],
  "an address of a machine": [
    { address: "192.0.2.11" },
    /--address: 192\.0\.2\.11 — must be the boot server's own; cp-1 has it/,
  ],
  "the shared address": [{ address: "192.0.2.10" }, /--address: .* base\.network\.vip has it/],
  "a link with a line in it": [{ interface: "eth0\nx" }, /--interface: .* must be the name of a link/],
  "a port that is none": [{ port: "0" }, /--port: 0 — must be a port/],
  "a port with more behind it": [{ port: "80/x" }, /--port: 80\/x — must be a port/],
  "a router of another network": [{ gateway: "203.0.113.1" }, /--gateway: 203\.0\.113\.1 — must be an address in/],
  "a router beside another DHCP server": [
    { gateway: "192.0.2.1", proxy: true },
    /--gateway: .* is given by the other DHCP server/,
  ],
  "assets that are no URL": [{ assets: "http://x y" }, /--assets: http:\/\/x y — must be a URL like/],
  "assets with a variable of iPXE": [{ assets: "http://${next-server}" }, /--assets: .* must be a URL/],
};

describe("the network boot bundle", () => {
  for (const [label, [more, message]] of Object.entries(bad)) {
    it(`is refused: ${label}`, () => {
      const settings = parse();
      assert.throws(() => bootServer({ ...options, ...more }, settings), message);
    });
  }

  it("names everything that is wrong at once", () => {
    assert.throws(
      () => bootServer({ address: "x", interface: "", port: "x" }, parse()),
      /--address.*\n.*--interface.*\n.*--port/,
    );
  });

  it("gives each machine its address and its script, and knows it by its MAC address alone", () => {
    const lines = config(parse());
    assert.ok(lines.includes("dhcp-ignore=tag:!known"));
    assert.ok(lines.includes("dhcp-range=192.0.2.0,static,255.255.255.0,1h"));
    for (const [index, [name, { address }]] of Object.entries(base.machines).entries()) {
      assert.ok(lines.includes(`dhcp-host=${mac(11 + index)},set:machine-${name},${address}`), name);
      assert.ok(lines.includes(`dhcp-boot=tag:ipxe,tag:machine-${name},http://192.0.2.5:8080/${name}.ipxe`), name);
    }
    assert.equal(lines.filter((line) => line.startsWith("dhcp-host=")).length, 4);
  });

  it("tells machines the router, name and time servers of the stack file, and nothing else", () => {
    const links = {
      bond0: {
        dhcp: true,
        routes: [{ gateway: "192.0.2.1" }, { destination: "198.51.100.0/24", gateway: "192.0.2.2" }],
      },
    };
    const settings = parse(
      network({ links, nameServers: ["192.0.2.53"], timeServers: ["ntp.example", "192.0.2.123"] }),
    );
    const given = (lines: readonly string[]) => lines.filter((line) => line.startsWith("dhcp-option="));
    const servers = ["dhcp-option=option:dns-server,192.0.2.53", "dhcp-option=option:ntp-server,192.0.2.123"];
    assert.deepEqual(given(config(settings)), ["dhcp-option=option:router,192.0.2.1", ...servers]);
    assert.deepEqual(given(config(settings, { gateway: "192.0.2.9" })), [
      "dhcp-option=option:router,192.0.2.9",
      ...servers,
    ]);
    // an empty one keeps dnsmasq from naming itself
    assert.deepEqual(given(config(parse())), ["dhcp-option=option:router", "dhcp-option=option:dns-server"]);
  });

  it("gives no address beside another DHCP server", () => {
    const lines = config(parse(), { proxy: true });
    assert.ok(lines.includes("dhcp-range=192.0.2.0,proxy,255.255.255.0"));
    assert.ok(lines.includes("dhcp-host=52:54:00:00:00:11,set:machine-cp-1"));
    assert.deepEqual(
      lines.filter((line) => line.includes("dhcp-option")),
      [],
    );
  });

  it("starts the kernel with what Talos needs, from the boot server or from where it is told", () => {
    const kernel = (more: Partial<BootServerOptions>) => plan(parse(), more).files["http/cp-1.ipxe"] ?? "";
    const [, , first = "", second = ""] = kernel({}).split("\n");
    assert.match(
      first,
      /^kernel http:\/\/192\.0\.2\.5:8080\/image\/[0-9a-f]{64}\/v1\.13\.0\/kernel-amd64 initrd=initramfs-amd64\.xz talos\.platform=metal console=ttyS0 .*slab_nomerge pti=on /,
    );
    assert.match(second, /^initrd http:\/\/192\.0\.2\.5:8080\/image\/[0-9a-f]{64}\/v1\.13\.0\/initramfs-amd64\.xz$/);
    assert.match(
      kernel({ assets: "https://factory.talos.dev/" }),
      /kernel https:\/\/factory\.talos\.dev\/image\/[0-9a-f]{64}/,
    );
  });

  it("starts the signed program over HTTP where an image is for Secure Boot", () => {
    const bundle = plan(parse({}, { image: { ...image, secureBoot: true } }));
    const uki = /http:\/\/192\.0\.2\.5:8080\/image\/[0-9a-f]{64}\/v1\.13\.0\/metal-amd64-secureboot-uki\.efi/;
    assert.match(bundle.files["http/cp-1.ipxe"] ?? "", new RegExp(`\nkernel ${uki.source}\nboot\n`));
    assert.match(
      bundle.files["dnsmasq.conf"] ?? "",
      new RegExp(`dhcp-boot=tag:http,tag:!ipxe,tag:machine-cp-1,${uki.source}\n`),
    );
    assert.match(bundle.files["README.md"] ?? "", /With Secure Boot: cp-1, cp-2, cp-3, worker-1\./);
  });

  it("takes the MAC address of the only link that has one, and leaves out machines that it does not know", () => {
    const link = (last: number) => ({ mac: mac(last) });
    const machines = {
      ...base.machines,
      "cp-1": { ...base.machines["cp-1"], links: { bond0: { ...link(21), dhcp: true }, nic1: {} } },
      "cp-2": { ...base.machines["cp-2"], links: { bond0: { ...link(22), dhcp: true }, nic1: link(23) } },
      "cp-3": {
        ...base.machines["cp-3"],
        links: { bond0: { ...link(24), dhcp: true }, nic1: link(25) },
        boot: { mac: mac(25) },
      },
    };
    const { machines: booted, left } = plan(parse({ machines }));
    assert.deepEqual(
      booted.map(({ name, mac }) => [name, mac]),
      [
        ["cp-1", mac(21)],
        ["cp-3", mac(25)],
      ],
    );
    assert.deepEqual(left, [
      { name: "cp-2", reason: "several links have a mac: say in boot.mac which one it boots from" },
      { name: "worker-1", reason: "no MAC address (boot.mac)" },
    ]);
  });

  it("needs a machine that it can boot", () => {
    assert.throws(
      () => plan(parse({ machines: base.machines })),
      /base\.machines\.cp-1: not booted .* no MAC address \(boot\.mac\)/,
    );
    assert.throws(
      () => plan(parse({ talos: base.talos })),
      /its image is known by its installer only \(base\.talos\.image\)/,
    );
    assert.throws(
      () => plan(parse({}, { image: { ...image, architecture: "arm64" } })),
      /arm64 has no boot loader here/,
    );
  });

  it("refuses a MAC address of two machines, and one of no network card", () => {
    const second = (given: string) => ({
      machines: { ...boot, "cp-2": { ...base.machines["cp-2"], boot: { mac: given } } },
    });
    assert.throws(
      () => parse(second(mac(11))),
      /cp-2\.boot\.mac: 52:54:00:00:00:11 — must be the machine's own; cp-1 has it/,
    );
    for (const given of ["52-54-00-00-00-12", "52:54:00:00:00:AB", "01:00:5e:00:00:01", "52:54:00:00:00"])
      assert.throws(
        () => parse(second(given)),
        /cp-2\.boot\.mac: .* must be the MAC address of one network card/,
        given,
      );
  });
});

describe("a folder of the network boot bundle", () => {
  let folder: string;
  let loaders: string;
  let output: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-boot-"));
    loaders = path.join(folder, "ipxe");
    output = path.join(folder, "sites", "berlin");
    fs.mkdirSync(loaders);
    for (const name of ["undionly.kpxe", "snponly.efi"]) fs.writeFileSync(path.join(loaders, name), name);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const inside = () => fs.readdirSync(output).sort();

  it("has everything but what is downloaded, readable for dnsmasq", () => {
    writeBundle(plan(parse()), output, loaders);
    assert.deepEqual(inside(), ["README.md", "dnsmasq.conf", "dnsmasq.sh", "download.sh", "http", "tftp"]);
    assert.deepEqual(fs.readdirSync(path.join(output, "tftp")).sort(), ["snponly.efi", "undionly.kpxe"]);
    assert.equal(fs.statSync(output).mode & 0o777, 0o755);
    assert.ok((fs.statSync(path.join(output, "dnsmasq.sh")).mode & 0o111) !== 0);
    assert.deepEqual(fs.readdirSync(path.dirname(output)), ["berlin"]);
  });

  it("is replaced as a whole, and keeps what was downloaded", () => {
    writeBundle(plan(parse()), output, loaders);
    const kernel = path.join(output, "http", "image", "kernel-amd64");
    fs.mkdirSync(path.dirname(kernel));
    fs.writeFileSync(kernel, "kernel");
    const one = parse({ machines: { ...base.machines, "cp-1": boot["cp-1"] } });
    writeBundle(plan(one), output, loaders);
    assert.deepEqual(fs.readdirSync(path.join(output, "http")).sort(), ["cp-1.ipxe", "image", "snponly.efi"]);
    assert.equal(fs.readFileSync(kernel, "utf8"), "kernel");
    assert.deepEqual(fs.readdirSync(path.dirname(output)), ["berlin"]);
  });

  it("stays as it is when it is something else, or a boot loader is missing", () => {
    fs.mkdirSync(output, { recursive: true });
    fs.writeFileSync(path.join(output, "README.md"), "mine");
    fs.rmSync(path.join(loaders, "snponly.efi"));
    assert.throws(
      () => writeBundle(plan(parse()), output, loaders),
      /--output: .* is not a bundle that this command wrote.*\n.*--ipxe: .* must have snponly\.efi of iPXE; install/,
    );
    assert.deepEqual(inside(), ["README.md"]);
    assert.deepEqual(fs.readdirSync(path.dirname(output)), ["berlin"]);
  });

  it("is served to everybody, without what is outside of it or hidden", async () => {
    writeBundle(plan(parse()), output, loaders);
    fs.writeFileSync(path.join(output, "http", ".hidden"), "hidden");
    fs.symlinkSync(path.join(output, "dnsmasq.conf"), path.join(output, "http", "outside"));
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const server = await serveFolder(path.join(output, "http"), { address: "127.0.0.1", port: 0, log });
    const ask = (target: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${target}`, { method });
    try {
      const answer = await ask("/cp-1.ipxe");
      assert.equal(await answer.text(), fs.readFileSync(path.join(output, "http", "cp-1.ipxe"), "utf8"));
      const head = await ask("/snponly.efi", "HEAD");
      assert.deepEqual([head.status, head.headers.get("content-length")], [200, String("snponly.efi".length)]);
      for (const target of [
        "/",
        "/missing",
        "/.hidden",
        "/outside",
        "/%2e%2e/dnsmasq.conf",
        "/..%2fdnsmasq.conf",
        "/%00",
        "/%",
      ])
        assert.equal((await ask(target)).status, 404, target);
      assert.equal((await ask("/cp-1.ipxe", "PUT")).status, 405);
    } finally {
      await server.close();
    }
    assert.ok(lines.includes("127.0.0.1 200 /cp-1.ipxe"), lines.join());
  });
});
