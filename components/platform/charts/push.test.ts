import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { packChart, type PackedChart, placeChart, sha256 } from "./archive";
import { pullChart } from "./oci";
import { pushCharts } from "./push";

/** As much of a registry as pushing and pulling need: what it is sent it keeps, and checks by its digest. */
class Registry {
  readonly stored = new Map<string, Buffer>();
  readonly written: string[] = [];
  readonly server = http.createServer((request, response) => void this.answer(request, response));

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${this.host}`);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const basic = `Basic ${Buffer.from("pusher:hush").toString("base64")}`;
    const end = (status: number, headers: http.OutgoingHttpHeaders = {}, content?: Buffer) =>
      response.writeHead(status, headers).end(content);
    if (url.pathname === "/token") {
      if (request.headers.authorization !== basic) return void end(401);
      return void end(200, {}, Buffer.from(JSON.stringify({ token: "pass" })));
    }
    if (request.headers.authorization !== "Bearer pass")
      return void end(401, { "www-authenticate": `Bearer realm="http://${this.host}/token",service="s",scope="push"` });
    if (request.method === "POST") return void end(202, { location: `${url.pathname}1?state=x` });
    if (request.method === "PUT") {
      const digest = url.searchParams.get("digest");
      if (digest !== null && digest !== `sha256:${sha256(body)}`) return void end(400);
      const place = digest === null ? url.pathname : url.pathname.replace(/uploads\/.*$/, digest);
      this.stored.set(place, body);
      this.written.push(place);
      return void end(201);
    }
    const found = this.stored.get(url.pathname);
    return void (found === undefined ? end(404) : end(200, {}, request.method === "HEAD" ? undefined : found));
  }
}

describe("pushing charts", () => {
  const registry = new Registry();
  let folder: string;

  before((done) => void registry.server.listen(0, "127.0.0.1", done));
  after((done) => {
    registry.server.close(done);
    registry.server.closeAllConnections();
  });
  beforeEach(() => {
    registry.stored.clear();
    registry.written.length = 0;
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-push-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const credentials = { user: "pusher", password: "hush" };
  const chart = async (text = "a: 1\n", version = "1.2.3+build"): Promise<PackedChart> => {
    const files = new Map([
      ["Chart.yaml", `apiVersion: v2\nname: agent\nversion: ${version}\n`],
      ["values.yaml", text],
    ]);
    return await placeChart(folder, "agent", version, await packChart("agent", files));
  };
  const push = (charts: readonly PackedChart[], given = credentials) =>
    pushCharts(charts, folder, { to: `oci://${registry.host}/mirror/`, credentials: given });

  it("to a registry: what is pulled from there is what was pushed", async () => {
    const packed = await chart();
    await push([packed]);
    const token: typeof fetch = (input, init) =>
      fetch(input, { ...init, headers: { ...init?.headers, authorization: "Bearer pass" } });
    const pulled = await pullChart(`oci://${registry.host}/mirror/agent`, "1.2.3+build", token);
    assert.equal(sha256(pulled), packed.digest);
    assert.ok(registry.stored.has("/v2/mirror/agent/manifests/1.2.3_build"));
  });

  it("again sends nothing, and another chart of the same version is refused", async () => {
    await push([await chart()]);
    registry.written.length = 0;
    await push([await chart()]);
    assert.deepEqual(registry.written, []);
    await assert.rejects(push([await chart("a: 2\n")]), /agent 1\.2\.3\+build: the registry has another chart/);
  });

  it("is refused with what the registry says, without credentials that it takes", async () => {
    await assert.rejects(push([await chart()], { user: "pusher", password: "wrong" }), /mirror\/agent: a token: 401/);
  });

  it("to a folder makes a Helm repository of it", async () => {
    const to = path.join(folder, "mirror");
    const packed = await chart();
    await pushCharts([packed], folder, { to });
    const index = parse(fs.readFileSync(path.join(to, "index.yaml"), "utf8")) as {
      entries: Record<string, { digest: string }[]>;
    };
    assert.equal(index.entries["agent"]?.[0]?.digest, packed.digest);
    assert.equal(sha256(fs.readFileSync(path.join(to, "agent-1.2.3+build.tgz"))), packed.digest);
  });
});
