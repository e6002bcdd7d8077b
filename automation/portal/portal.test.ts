import * as assert from "node:assert/strict";
import { WorkFailed } from "./cloud";
import { openDatabase } from "./database";
import type { AuditEntry, Capacity, Cluster, Job, JobEvent, ProblemDetails } from "./page/wire";
import { TestPortal, type TOKENS, wanted } from "./portal.fixture";

describe("the portal", () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  const ids = async (as: keyof typeof TOKENS) =>
    (await portal.ask("GET", "/api/clusters", { as })).json<Cluster[]>().map(({ id }) => id);
  const create = (asking: Parameters<TestPortal["ask"]>[2] = {}) =>
    portal.ask("POST", "/api/clusters", { as: "acme", body: wanted(), ...asking });

  describe("makes, resizes and deletes", () => {
    it("a cluster, and tells what happens", async () => {
      const asked = await create();
      assert.equal(asked.statusCode, 202);
      const job = asked.json<Job>();
      assert.deepEqual([job.cluster, job.kind, job.by], ["acme--prod", "create", "token:acme"]);
      const stream = await portal.ask("GET", `/api/jobs/${job.id}/events`, { as: "acme" });
      assert.match(String(stream.headers["content-type"]), /^text\/event-stream/);
      const events = [...stream.body.matchAll(/^data: (.*)$/gm)].map(([, text]) => JSON.parse(text ?? "") as JobEvent);
      const states = events.filter(({ kind }) => kind === "state").map(({ text }) => text);
      assert.deepEqual(states, ["queued", "running", "done"]);
      assert.equal(events.filter(({ kind }) => kind === "done").length, 4);
      const [first] = events;
      const later = await portal.ask("GET", `/api/jobs/${job.id}/events`, {
        as: "acme",
        headers: { "last-event-id": String(first?.id) },
      });
      assert.ok(!later.body.includes('"queued"') && later.body.includes('"done"'));
      const [made] = (await portal.ask("GET", "/api/clusters", { as: "acme" }))
        .json<Cluster[]>()
        .filter(({ id }) => id === "acme--prod");
      assert.equal(made?.state, "ready");
    });

    it("by what the real rules say, all at once, and leaves nothing", async () => {
      const { statusCode, body } = await create({ body: wanted({ version: "v1.20.0" }) });
      assert.equal(statusCode, 422);
      assert.match(body, /"where":"version","given":"v1.20.0"/);
      assert.deepEqual(await ids("acme"), ["acme--core", "acme--dev"]);
      assert.deepEqual((await portal.ask("GET", "/api/jobs", { as: "acme" })).json(), []);
      const large = wanted({ pools: [{ name: "workers", size: "large", machines: 1, upTo: 10 }] });
      assert.match((await create({ body: large })).body, /"where":"quota.cpu"/);
    });

    it("a pool's machines", async () => {
      const url = "/api/clusters/acme--dev/pools/workers";
      const { id } = (await portal.ask("PATCH", url, { as: "acme", body: { machines: 4 } })).json<Job>();
      assert.equal((await portal.ended(id)).state, "done");
      assert.deepEqual(portal.cloud.calls, ["resize acme--dev workers 4", "deploy acme--dev"]);
      assert.equal((await portal.ask("PATCH", url, { as: "acme", body: { machines: 40 } })).statusCode, 422);
      const other = "/api/clusters/acme--dev/pools/other";
      assert.equal((await portal.ask("PATCH", other, { as: "acme", body: { machines: 1 } })).statusCode, 404);
    });

    it("what is not protected", async () => {
      const asking = { as: "acme", key: "delete-acme-dev" } as const;
      const { id } = (await portal.ask("DELETE", "/api/clusters/acme--dev", asking)).json<Job>();
      await portal.ended(id);
      assert.deepEqual(await ids("acme"), ["acme--core"]);
      // the answer was lost, and the request is sent again
      const again = await portal.ask("DELETE", "/api/clusters/acme--dev", asking);
      assert.deepEqual([again.statusCode, again.json<Job>().id], [200, id]);
      assert.equal((await portal.ask("DELETE", "/api/clusters/acme--core", { as: "acme" })).statusCode, 409);
    });

    it("and says why it failed: the kind to customers, everything to operators", async () => {
      portal.cloud.failure = new WorkFailed(
        "provider-transient",
        "Something did not answer",
        true,
        "10.0.0.1: refused",
      );
      const { id } = (await create()).json<Job>();
      const known = (await portal.ended(id, "acme")).failure;
      assert.deepEqual(known, { kind: "provider-transient", meaning: "Something did not answer", retryable: true });
      assert.match((await portal.ended(id)).failure?.message ?? "", /10\.0\.0\.1/);
      assert.match(portal.lines.join("\n"), /acme--prod: create failed: 10\.0\.0\.1/);
      portal.cloud.failure = new Error("a bug with /inner/paths");
      const next = (await portal.ask("DELETE", "/api/clusters/acme--prod", { as: "acme" })).json<Job>();
      assert.equal(
        (await portal.ended(next.id, "acme")).failure?.meaning,
        "The portal itself failed; its operators see why",
      );
    });
  });

  describe("does nothing twice", () => {
    it("for a request that is sent twice, at once and later", async () => {
      const key = "one-and-the-same";
      const answers = await Promise.all([create({ key }), create({ key }), create({ key })]);
      assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 200, 202]);
      const [id, ...others] = new Set(answers.map((answer) => answer.json<Job>().id));
      assert.deepEqual(others, []);
      await portal.ended(id ?? "");
      assert.equal((await create({ key })).json<Job>().id, id);
      assert.equal(portal.cloud.calls.filter((call) => call === "deploy acme--prod").length, 1);
    });

    it("for another request with the same key, and without a key", async () => {
      const key = "one-and-the-same";
      await create({ key });
      assert.equal((await create({ key, body: wanted({ name: "other" }) })).statusCode, 422);
      assert.equal((await create({ key: "" })).statusCode, 400);
    });

    it("while another job works on the cluster", async () => {
      portal.cloud.hangs = true;
      assert.equal((await create()).statusCode, 202);
      assert.equal((await portal.ask("DELETE", "/api/clusters/acme--prod", { as: "acme" })).statusCode, 409);
      assert.equal((await create()).statusCode, 409);
    });

    it("but lets others work beside it, up to its number", async () => {
      portal.cloud.hangs = true;
      for (const name of ["a", "b", "c"])
        await create({ body: wanted({ name, pools: [{ name: "w", size: "small", machines: 0, upTo: 0 }] }) });
      const states = (await portal.ask("GET", "/api/jobs", { as: "acme" })).json<Job[]>().map(({ state }) => state);
      assert.deepEqual(states, ["queued", "running", "running"]);
    });
  });

  describe("shows a customer", () => {
    it("its own clusters, jobs and log alone: what others have does not exist", async () => {
      assert.deepEqual(await ids("acme"), ["acme--core", "acme--dev"]);
      assert.deepEqual(await ids("operator"), ["acme--core", "acme--dev", "globex--web"]);
      const { id } = (await create()).json<Job>();
      await portal.ended(id);
      const hidden = [
        ["GET", "/api/clusters/acme--dev"],
        ["GET", "/api/clusters/acme--dev/kubeconfig"],
        ["DELETE", "/api/clusters/acme--dev"],
        ["GET", `/api/jobs/${id}`],
        ["GET", `/api/jobs/${id}/events`],
      ] as const;
      for (const [method, url] of hidden) {
        const theirs = await portal.ask(method, url, { as: "globex" });
        const none = await portal.ask(method, url.replace("acme--dev", "no-such").replace(id, id.replace(/^./, "0")), {
          as: "globex",
        });
        assert.deepEqual([theirs.statusCode, theirs.body], [404, none.body], url);
      }
      const url = "/api/clusters/acme--dev/pools/workers";
      assert.equal((await portal.ask("PATCH", url, { as: "globex", body: { machines: 1 } })).statusCode, 404);
      assert.equal((await portal.ask("POST", "/api/clusters", { as: "globex", body: wanted() })).statusCode, 403);
      assert.deepEqual((await portal.ask("GET", "/api/jobs", { as: "globex" })).json(), []);
      const log = (await portal.ask("GET", "/api/audit", { as: "globex" })).json<AuditEntry[]>();
      assert.deepEqual(
        log.filter(({ customer }) => customer !== "globex"),
        [],
      );
      assert.deepEqual(portal.cloud.calls, ["reserve acme--prod", "deploy acme--prod"]);
    });

    it("its quota, and what that costs", async () => {
      const { customers, currency } = (await portal.ask("GET", "/api/capacity", { as: "acme" })).json<Capacity>();
      assert.equal(currency, "EUR");
      const [acme, ...others] = customers;
      assert.deepEqual(others, []);
      assert.deepEqual(acme?.limit, { cpu: 64, memory: 256 * 2 ** 30, storage: 2 * 2 ** 40 });
      // 12 × 9 + 40 × 2 + 200 × 0.1
      assert.deepEqual(
        acme?.clusters.map(({ cost }) => cost),
        [208, 208],
      );
    });

    it("a kubeconfig, and nobody who may only look", async () => {
      const url = "/api/clusters/acme--dev/kubeconfig";
      const given = await portal.ask("GET", url, { as: "acme" });
      assert.match(given.body, /current-context: acme--dev/);
      assert.equal(given.headers["content-disposition"], 'attachment; filename="acme--dev.kubeconfig.yaml"');
      assert.equal(given.headers["cache-control"], "no-store");
      assert.equal((await portal.ask("GET", url, { as: "guest" })).statusCode, 403);
      assert.equal((await create({ as: "guest" })).statusCode, 403);
      assert.deepEqual(await ids("guest"), ["acme--core", "acme--dev"]);
    });
  });

  describe("keeps a log", () => {
    it("of who did what, without tokens, to which is only added", async () => {
      const { id } = (await create()).json<Job>();
      await portal.ended(id);
      await portal.ask("GET", "/api/clusters", { headers: { authorization: "Bearer wrong-token-text" } });
      const log = (await portal.ask("GET", "/api/audit", { as: "operator" })).json<AuditEntry[]>();
      assert.deepEqual(
        log.map(({ who, action, subject, outcome }) => [who, action, subject, outcome]),
        [
          ["nobody", "login", "", "wrong token"],
          ["token:acme", "create", "acme--prod", "done"],
          ["token:acme", "create", "acme--prod", "asked for"],
        ],
      );
      assert.doesNotMatch(JSON.stringify(log), /wrong-token-text|token-of-/);
      const database = openDatabase(":memory:");
      database.exec(
        "INSERT INTO audit (at, who, remote, action, customer, subject, outcome) VALUES ('', '', '', '', '', '', '')",
      );
      assert.throws(() => database.exec("DELETE FROM audit"), /only added to/);
      assert.throws(() => database.exec("UPDATE audit SET who = 'x'"), /only added to/);
      database.close();
    });
  });

  describe("takes what people type for text", () => {
    const markup = `"><img src=x onerror="document.title='x'">'; DROP TABLE jobs; --`;
    it("in every field, and refuses it", async () => {
      const pool = { name: "workers", size: "small", machines: 1, upTo: 3 };
      const bodies: object[] = [
        ...["customer", "name", "version"].map((key) => wanted({ [key]: markup })),
        ...["name", "size", "machines", "upTo"].map((key) => wanted({ pools: [{ ...pool, [key]: markup }] })),
        wanted({ allow: [markup] }),
        wanted({ isProtected: markup }),
        wanted({ [markup]: 1 }),
        wanted({ __proto__: null, constructor: { prototype: {} } }),
      ];
      for (const body of bodies) {
        const { statusCode, headers } = await create({ body, as: "operator" });
        assert.ok(statusCode === 400 || statusCode === 422, `${statusCode} ${JSON.stringify(body)}`);
        assert.match(String(headers["content-type"]), /^application\/problem\+json/);
      }
      const text = encodeURIComponent(markup);
      for (const url of [
        `/api/clusters/${text}`,
        `/api/jobs/${text}`,
        `/api/clusters/${text}/kubeconfig`,
        `/${text}`,
      ]) {
        const { statusCode } = await portal.ask("GET", url, { as: "operator" });
        assert.ok(statusCode === 400 || statusCode === 404, `${url} ${statusCode}`);
      }
      assert.equal(
        (await portal.ask("POST", "/api/session", { body: { token: markup }, headers: own })).statusCode,
        401,
      );
      assert.equal((await create({ key: markup })).statusCode, 400);
      assert.deepEqual(
        portal.cloud.calls.filter((call) => !call.startsWith("reserve")),
        [],
      );
      assert.equal((await ids("operator")).length, 3);
    });

    it("and no more of it than can be meant", async () => {
      const large = await create({ body: wanted({ name: "x".repeat(100_000) }) });
      assert.equal(large.statusCode, 413);
      assert.equal((await create({ body: "{", headers: { "content-type": "application/json" } })).statusCode, 400);
      assert.equal((await create({ body: "x", headers: { "content-type": "text/plain" } })).statusCode, 415);
      for (const url of ["/../settings.ts", "/page/..%2f..%2fpackage.json", "/lib/lit-html/../../package.json"]) {
        assert.equal((await portal.ask("GET", url)).statusCode, 404, url);
      }
    });

    const own = { origin: "http://127.0.0.1" };
  });

  it("answers every request with headers that keep other pages and scripts out", async () => {
    for (const url of ["/", "/api/clusters", "/no-such", "/page/app.js"]) {
      const { headers } = await portal.ask("GET", url);
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /default-src 'none'; script-src 'self' 'sha256-[\w+/=]+'; style-src 'self'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["x-frame-options"], "DENY");
    }
    const html = (await portal.ask("GET", "/")).body;
    assert.deepEqual(html.match(/<script[^>]*>(?=[^<])/g), ['<script type="importmap">']);
    assert.doesNotMatch(html, /style=|onclick|javascript:/);
  });

  it("describes itself by the schemas that it checks with", async () => {
    const description = (await portal.ask("GET", "/api/openapi.json")).json<{
      openapi: string;
      paths: Record<string, Record<string, { requestBody?: object }>>;
    }>();
    assert.equal(description.openapi, "3.1.0");
    assert.deepEqual(Object.keys(description.paths["/api/clusters"] ?? {}).sort(), ["get", "post"]);
    const body = JSON.stringify(description.paths["/api/clusters"]?.["post"]?.requestBody);
    assert.match(body, /"upTo"[^]*"additionalProperties":false/);
  });

  it("says what is wrong with a request, every part", async () => {
    const answer = await create({ body: wanted({ name: "Prod", pools: [], surprise: 1 }) });
    const { problems = [] } = answer.json<ProblemDetails>();
    assert.deepEqual(problems.map(({ where }) => where).sort(), ["(top)", "name", "pools"]);
  });
});
