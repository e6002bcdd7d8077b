import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { checksumOf } from "./checksum";
import { resolve } from "./resolve";
import { hostPlatform, type Tool } from "./tool";
import * as support from "./toolchain.fixture";

const { os, arch } = hostPlatform();
const SCRIPT = "#!/bin/sh\necho released\n";
const FILE = `/v1.0.0/tool-${os}-${arch}`;

/** Published as one executable with a sum beside it. */
function plain(base: string): Tool {
  return support.tiny({
    release: { base, file: "v{version}/tool-{os}-{arch}", checksums: "v{version}/SHA256SUMS", megabytes: 1 },
  });
}

describe("an official release", () => {
  let here: support.Machine;
  const servers: support.Server[] = [];
  const serve = async (files: Parameters<typeof support.serve>[0]) => {
    const server = await support.serve(files);
    servers.push(server);
    return server;
  };
  beforeEach(() => {
    const made = support.machine();
    here = { ...made, options: { ...made.options, releases: { enabled: true } } };
    support.fakeGo(here.bin);
    support.goModule(here.root, "tiny", "hello");
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    support.remove(here);
  });
  const get = (tool: Tool) => resolve(["tool"], { go: support.go, tool }, here.root, here.options);

  it("is verified and installed, and found in the cache the next time without network or Go", async () => {
    const server = await serve({
      [FILE]: SCRIPT,
      "/v1.0.0/SHA256SUMS": `${support.sha256(SCRIPT)}  ./${FILE.slice(8)}\n`,
    });
    const tool = plain(server.url);
    const first = (await get(tool)).get("tool");
    assert.equal(first?.source, "release");
    assert.equal(execFileSync(first?.path ?? "").toString(), "released\n");
    await server.close();
    fs.rmSync(path.join(here.bin, "go"));
    const second = (await get(tool)).get("tool");
    assert.deepEqual(second, { ...first, source: "cache" });
  });

  it("may be an archive that several tools share, which is fetched once", async () => {
    const content = await support.archive(here.root, { "suite/tool": SCRIPT, "suite/host": SCRIPT });
    const server = await serve({ "/suite.tar.gz": content, "/suite.sha256": support.sha256(content) });
    const release = {
      base: server.url,
      file: "suite.tar.gz",
      checksums: "suite.sha256",
      archive: "suite",
      megabytes: 1,
    };
    const tool = support.tiny({ release: { ...release, executable: "suite/tool" } });
    const host = support.tiny({ release: { ...release, executable: "suite/host" } });
    const table = { go: support.go, tool, host };
    const found = await resolve(["tool", "host"], table, here.root, here.options);
    assert.equal(execFileSync(found.get("host")?.path ?? "").toString(), "released\n");
    assert.equal(path.dirname(found.get("host")?.path ?? ""), path.dirname(found.get("tool")?.path ?? ""));
    assert.equal(server.requests.filter((request) => request === "GET /suite.tar.gz").length, 1);
  });

  it("with another checksum than the published one is an error: nothing is installed, nothing built instead", async () => {
    const server = await serve({ [FILE]: "evil", "/v1.0.0/SHA256SUMS": support.sha256(SCRIPT) });
    await assert.rejects(get(plain(server.url)), {
      name: "InvalidInput",
      message: new RegExp(`SHA-256 ${support.sha256("evil")} — the published checksum is ${support.sha256(SCRIPT)}`),
    });
    assert.deepEqual(support.artifactsIn(here.cache), []);
    assert.deepEqual(fs.readdirSync(path.join(here.cache, "tmp")), []);
    assert.deepEqual(support.builds(here), []);
  });

  for (const [what, files] of Object.entries({
    "is not there": {},
    "has no checksum of this file": { [FILE]: SCRIPT, "/v1.0.0/SHA256SUMS": `${support.sha256(SCRIPT)}  other\n` },
    "has a checksum of another kind": { [FILE]: SCRIPT, "/v1.0.0/SHA256SUMS": `${"a".repeat(40)}  ${FILE.slice(8)}\n` },
  })) {
    it(`that ${what} is built instead`, async () => {
      const server = await serve(files);
      assert.equal((await get(plain(server.url))).get("tool")?.source, "build");
      assert.ok(
        here.said.some((line) => line.startsWith("tool 1.0.0: no release from")),
        here.said.join("\n"),
      );
    });
  }

  it("that breaks off is built instead, and half of it is not kept", async () => {
    const server = await serve({
      "/v1.0.0/SHA256SUMS": support.sha256(SCRIPT),
      [FILE]: (response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("#!/bin/sh", () => response.destroy());
      },
    });
    const found = (await get(plain(server.url))).get("tool");
    assert.equal(found?.source, "build");
    assert.equal(support.artifactsIn(here.cache).length, 1);
  });

  it("on a host that does not answer is given up once for all tools", async () => {
    const server = await serve({ "*": () => undefined });
    const table = { go: support.go, tool: plain(server.url), other: plain(server.url) };
    const found = await resolve(["tool", "other"], table, here.root, here.options);
    assert.deepEqual(
      [...found.values()].map(({ source }) => source),
      ["build", "build"],
    );
    assert.equal(server.requests.length, 1);
  });

  it("comes from the mirror that FIRMAMENT_RELEASES_<TOOL> names", async () => {
    const server = await serve({ [`/mirror${FILE}`]: SCRIPT, [`/mirror${FILE}.sha256`]: support.sha256(SCRIPT) });
    const release = { ...plain("https://release.invalid").release!, checksums: "https://api.invalid/tags/v{version}" };
    const env = { ...here.env, FIRMAMENT_RELEASES_MY_TOOL: `${server.url}/mirror/` };
    const table = { go: support.go, "my-tool": support.tiny({ release }) };
    const found = await resolve(["my-tool"], table, here.root, { ...here.options, env });
    assert.equal(found.get("my-tool")?.source, "release");
  });

  it("is refused from a mirror that is no address", async () => {
    const env = { ...here.env, FIRMAMENT_RELEASES_TOOL: "mirror.example" };
    const options = { ...here.options, env };
    await assert.rejects(
      resolve(["tool"], { go: support.go, tool: plain("https://release.invalid") }, here.root, options),
      /FIRMAMENT_RELEASES_TOOL: mirror\.example — must be an address/,
    );
  });

  it("is not asked for when FIRMAMENT_RELEASES is off", async () => {
    const server = await serve({});
    const env = { ...here.env, FIRMAMENT_RELEASES: "off" };
    const options = { ...here.options, env, releases: {} };
    await resolve(["tool"], { go: support.go, tool: plain(server.url) }, here.root, options);
    assert.deepEqual(server.requests, []);
  });

  it("is not looked for on a platform that upstream does not publish", async () => {
    const server = await serve({});
    const { release } = plain(server.url);
    await get(support.tiny({ release: { ...release!, platforms: ["plan9/amd64"] } }));
    assert.deepEqual(server.requests, []);
  });
});

describe("a published checksum", () => {
  const sum = "0123456789abcdef".repeat(4);
  const digest = JSON.stringify({
    assets: [
      { name: "b", digest: null },
      { name: "a", digest: `sha256:${sum}` },
    ],
  });
  for (const [what, text, expected] of [
    ["in a list", `${"f".repeat(64)}  b\n${sum}  a\n`, sum],
    ["in binary mode", `${sum} *a\n`, sum],
    ["with a path", `${sum}  ./dist/a\n`, sum],
    ["in capitals", `${sum.toUpperCase()}  a\n`, sum],
    ["bare", `${sum}\n`, sum],
    ["of GitHub", digest, sum],
    ["of another file only", `${sum}  b\n`, undefined],
    ["that is SHA-1", `${"a".repeat(40)}  a\n`, undefined],
    ["that is a web page", "<html>not found</html>", undefined],
    ["that is empty", "", undefined],
    ["that is no JSON after all", "{ login: please }", undefined],
    ["that GitHub does not know", JSON.stringify({ assets: [{ name: "a", digest: null }] }), undefined],
  ] as const) {
    it(`${what} is ${expected === undefined ? "none" : "found"}`, () => assert.equal(checksumOf(text, "a"), expected));
  }
});
