import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { packChart, sha256 } from "./archive";
import { readKeys } from "./keys";
import { type ChartLock, LOCK_FILE, readChartLock } from "./lock";
import { vendorCharts } from "./vendor";

const MANIFEST = Buffer.from("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: agent }\n");

describe("vendoring charts", () => {
  const served = new Map<string, Buffer>();
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const content = served.get(pathname);
    if (pathname.startsWith("/v2/") && request.headers.authorization !== "Bearer pass") {
      const realm = `http://127.0.0.1:${port()}/token`;
      response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}",service="s",scope="pull"` }).end();
    } else if (content === undefined) response.writeHead(404).end();
    else response.end(content);
  });
  const port = () => (server.address() as AddressInfo).port;
  let root: string;

  before((done) => void server.listen(0, "127.0.0.1", done));
  after((done) => void server.close(done));
  beforeEach(() => {
    served.clear();
    served.set("/agent.yaml", MANIFEST);
    root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-vendor-"));
    fs.mkdirSync(path.join(root, path.dirname(LOCK_FILE)), { recursive: true });
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  const base = () => `http://127.0.0.1:${port()}`;
  const lock = (charts: ChartLock) => fs.writeFileSync(path.join(root, LOCK_FILE), JSON.stringify(charts));
  const manifest = (pin: object = {}) => ({
    version: "1.2.3",
    manifests: [{ url: `${base()}/agent.yaml`, ...pin }],
  });
  const names = () => fs.readdirSync(path.join(root, "charts")).sort();

  it("makes a chart of manifests that are what the lock says, and a repository of the folder", async () => {
    lock({ agent: manifest({ sha256: sha256(MANIFEST) }) });
    const [made] = await vendorCharts({ root });
    assert.deepEqual(names(), ["agent-1.2.3.tgz", "index.yaml"]);
    const index = parse(fs.readFileSync(path.join(root, "charts", "index.yaml"), "utf8")) as {
      entries: Record<string, { digest: string; urls: string[] }[]>;
    };
    assert.equal(index.entries["agent"]?.[0]?.digest, made?.digest);
    assert.deepEqual(index.entries["agent"]?.[0]?.urls, ["agent-1.2.3.tgz"]);
  });

  it("refuses manifests that are not pinned, saying how, and writes none", async () => {
    lock({ agent: manifest() });
    await assert.rejects(vendorCharts({ root }), {
      name: "InvalidInput",
      message: /agent http.*: sha256 [0-9a-f]{64} — its sha256 must be in .*charts\.json; .*--record agent/,
    });
    assert.deepEqual(names(), ["index.yaml"]);
  });

  it("pins them when asked to, after which the same is accepted and anything else refused", async () => {
    lock({ agent: manifest() });
    await vendorCharts({ root, record: true });
    const pinned = readChartLock(root)["agent"];
    assert.equal(pinned?.manifests?.[0]?.sha256, sha256(MANIFEST));
    assert.match(pinned?.digest ?? "", /^[0-9a-f]{64}$/);
    await vendorCharts({ root });
    served.set("/agent.yaml", Buffer.from("kind: Other\n"));
    for (const record of [false, true]) {
      await assert.rejects(
        vendorCharts({ root, record }),
        /sha256 \w+ — must have sha256 \w+; find out who changed it/,
      );
    }
  });

  it("takes a chart out of a source archive", async () => {
    const files = new Map([
      ["charts/agent/Chart.yaml", "apiVersion: v2\nname: agent\nversion: 0.0.0+latest\n"],
      ["charts/agent/templates/a.yaml", "a: b\n"],
      ["README.md", "no chart\n"],
    ]);
    const archive = await packChart("agent-abc123", files);
    served.set("/source.tar.gz", archive);
    const source = { url: `${base()}/source.tar.gz`, sha256: sha256(archive), path: "charts/agent" };
    lock({ agent: { version: "1.2.3", archive: source } });
    const [made] = await vendorCharts({ root });
    assert.equal(made?.version, "1.2.3");
    assert.deepEqual(names(), ["agent-1.2.3.tgz", "index.yaml"]);
  });

  it("fetches charts of repositories when they are asked for, checked against the repository's digest", async () => {
    const archive = await packChart(
      "agent",
      new Map([
        ["Chart.yaml", "name: agent\n"],
        ["values.yaml", "replicas: 1\n"],
      ]),
    );
    const entry = { version: "v1.2.3", digest: sha256(archive), urls: ["agent.tgz"] };
    served.set("/repo/index.yaml", Buffer.from(stringify({ entries: { agent: [entry] } })));
    served.set("/repo/agent.tgz", archive);
    lock({ agent: { version: "v1.2.3", repository: `${base()}/repo` } });
    assert.deepEqual(await vendorCharts({ root }), [], "upstream's repository serves it well enough");
    const [made] = await vendorCharts({ root, charts: ["agent"] });
    assert.equal(made?.digest, sha256(archive));
    assert.equal(readKeys(root, "agent", { version: "v1.2.3" }), undefined, "written only when asked to");
    await vendorCharts({ root, charts: ["agent"], record: true });
    assert.deepEqual(readKeys(root, "agent", { version: "v1.2.3" }), { replicas: "value" });
    served.set("/repo/agent.tgz", Buffer.from("something else"));
    await assert.rejects(vendorCharts({ root, charts: ["agent"] }), /agent agent\.tgz: sha256 \w+ — must have sha256/);
  });

  it("fetches charts of OCI registries with the token that everybody gets", async () => {
    const archive = await packChart("agent", new Map([["Chart.yaml", "name: agent\n"]]));
    const mediaType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    const layers = [{ mediaType, digest: `sha256:${sha256(archive)}` }];
    served.set("/token", Buffer.from(JSON.stringify({ token: "pass" })));
    served.set("/v2/charts/agent/manifests/1.2.3", Buffer.from(JSON.stringify({ layers })));
    served.set(`/v2/charts/agent/blobs/sha256:${sha256(archive)}`, archive);
    lock({ agent: { version: "1.2.3", repository: `oci://127.0.0.1:${port()}/charts` } });
    const [made] = await vendorCharts({ root, charts: ["agent"] });
    assert.equal(made?.digest, sha256(archive));
    served.set(`/v2/charts/agent/blobs/sha256:${sha256(archive)}`, Buffer.from("something else"));
    await assert.rejects(vendorCharts({ root, charts: ["agent"] }), /is not what it is called/);
  });

  it("says of every chart what went wrong, and still writes the others", async () => {
    const good = manifest({ sha256: sha256(MANIFEST) });
    const gone = { ...good, manifests: [{ url: `${base()}/gone.yaml` }] };
    lock({ agent: good, first: gone, second: { version: "1.0.0", archive: { url: `${base()}/gone`, path: "x" } } });
    await assert.rejects(vendorCharts({ root }), /first: .*gone\.yaml: 404 Not Found — [^]*second: .*404/);
    assert.deepEqual(names(), ["agent-1.2.3.tgz", "index.yaml"]);
  });
});
