import * as assert from "node:assert/strict";
import { FailedLogins } from "./failed-logins";
import { TestIssuer } from "./issuer.fixture";
import { MemoryCloud } from "./memory-cloud.fixture";
import type { Session } from "./page/wire";
import { clusters, settings, TestPortal, TOKENS } from "./portal.fixture";

const OWN = { origin: "http://127.0.0.1" };

describe("logging in to the portal", () => {
  let portal: TestPortal;
  let issuer: TestIssuer;
  before(async () => (issuer = await TestIssuer.start()));
  after(() => issuer.close());
  beforeEach(async () => {
    const oidc = {
      issuer: issuer.url,
      clientId: "portal",
      groups: { "acme-admins": { customers: ["acme"] }, staff: { customers: "*", readOnly: true } },
    };
    portal = await TestPortal.start(new MemoryCloud(clusters()), settings({ oidc }));
  });
  afterEach(() => portal.close());

  const withToken = (token: string) =>
    portal.ask("GET", "/api/session", { headers: { authorization: `Bearer ${token}` } });
  const cookieOf = (headers: Record<string, unknown>, name = "firmament_session") =>
    [headers["set-cookie"]]
      .flat()
      .map(String)
      .find((text) => text.startsWith(`${name}=`));

  it("needs a token that the portal knows", async () => {
    assert.equal((await portal.ask("GET", "/api/clusters")).statusCode, 401);
    for (const token of ["wrong", "", "a.b.c", `${TOKENS.acme}x`])
      assert.equal((await withToken(token)).statusCode, 401);
    assert.equal(
      (await portal.ask("GET", "/api/clusters", { headers: { authorization: "Basic eDp5" } })).statusCode,
      401,
    );
    assert.equal((await withToken(TOKENS.acme)).statusCode, 200);
  });

  it("or one of the issuer: genuine, for this portal, valid now", async () => {
    const good = await withToken(await issuer.token({ groups: ["acme-admins"] }));
    assert.deepEqual(good.json<Session>().customers, ["acme"]);
    assert.match(good.json<Session>().who, /^oidc:jane/);
    const now = Math.floor(Date.now() / 1000);
    const refused = {
      expired: await issuer.token({ groups: ["acme-admins"], exp: now - 60 }),
      "not yet": await issuer.token({ groups: ["acme-admins"], nbf: now + 600 }),
      "other issuer": await issuer.token({ groups: ["acme-admins"], iss: "https://other.example.com" }),
      "other audience": await issuer.token({ groups: ["acme-admins"], aud: "another" }),
      "other key": await issuer.token({ groups: ["acme-admins"] }, { forged: true }),
      "no signature": issuer.unsigned({ groups: ["acme-admins"] }),
      endless: await issuer.token({ groups: ["acme-admins"], exp: undefined }),
    };
    for (const [what, token] of Object.entries(refused)) assert.equal((await withToken(token)).statusCode, 401, what);
    assert.equal((await withToken(await issuer.token({ groups: ["strangers", "__proto__"] }))).statusCode, 403);
    assert.equal((await withToken(await issuer.token({}))).statusCode, 403);
  });

  it("gives the sum of all groups, but no right to write from a group that may look", async () => {
    const both = await withToken(await issuer.token({ groups: ["staff", "acme-admins"] }));
    assert.deepEqual(both.json(), { ...both.json<Session>(), customers: ["acme"], readOnly: false });
    const staff = await withToken(await issuer.token({ groups: ["staff"] }));
    assert.deepEqual([staff.json<Session>().customers, staff.json<Session>().readOnly], ["*", true]);
  });

  it("waits after too many wrong tokens from one address", async () => {
    for (let attempt = 0; attempt < 10; attempt++) await withToken("wrong");
    const { statusCode, headers } = await withToken("wrong");
    assert.equal(statusCode, 429);
    assert.ok(Number(headers["retry-after"]) > 0);
    // the right one too: it could have been guessed
    assert.equal((await withToken(TOKENS.acme)).statusCode, 429);
    let time = 0;
    const failed = new FailedLogins(() => time);
    for (let attempt = 0; attempt < 10; attempt++) failed.add("192.0.2.1");
    assert.deepEqual([failed.wait("192.0.2.1"), failed.wait("192.0.2.2")], [300, 0]);
    time = 300_001;
    assert.equal(failed.wait("192.0.2.1"), 0);
  });

  it("gives browsers a cookie that scripts and other sites do not get, and that ends", async () => {
    const answer = await portal.ask("POST", "/api/session", { body: { token: TOKENS.acme }, headers: OWN });
    const cookie = cookieOf(answer.headers) ?? "";
    assert.match(cookie, /^firmament_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.doesNotMatch(cookie, new RegExp(TOKENS.acme));
    const own = { cookie: cookie.split(";")[0] ?? "" };
    assert.equal((await portal.ask("GET", "/api/session", { headers: own })).json<Session>().who, "token:acme");
    for (const origin of ["https://evil.example", "null"]) {
      const other = { ...own, origin };
      assert.equal((await portal.ask("DELETE", "/api/clusters/acme--dev", { headers: other })).statusCode, 403);
    }
    assert.equal((await portal.ask("DELETE", "/api/clusters/acme--dev", { headers: own })).statusCode, 403);
    assert.equal((await portal.ask("POST", "/api/session", { body: { token: TOKENS.acme } })).statusCode, 403);
    assert.equal((await portal.ask("DELETE", "/api/session", { headers: { ...own, ...OWN } })).statusCode, 204);
    assert.equal((await portal.ask("GET", "/api/session", { headers: own })).statusCode, 401);
    assert.deepEqual(portal.cloud.calls, []);
  });

  describe("at the issuer", () => {
    const begin = async () => {
      const { headers, statusCode } = await portal.ask("GET", "/login");
      assert.equal(statusCode, 303);
      const binding = cookieOf(headers, "firmament_login") ?? "";
      assert.match(binding, /HttpOnly; SameSite=Lax/);
      return { cookie: binding.split(";")[0] ?? "", url: new URL(String(headers.location)) };
    };

    it("brings back a browser that has begun it, with PKCE", async () => {
      const { cookie, url } = await begin();
      assert.equal(url.searchParams.get("code_challenge_method"), "S256");
      const back = issuer.consent(url, { groups: ["acme-admins"] });
      const answer = await portal.ask("GET", back, { headers: { cookie } });
      assert.deepEqual([answer.statusCode, answer.headers.location], [303, "/"]);
      const own = { cookie: cookieOf(answer.headers)?.split(";")[0] ?? "" };
      assert.deepEqual((await portal.ask("GET", "/api/session", { headers: own })).json<Session>().customers, ["acme"]);
      // a code is used once
      assert.equal((await portal.ask("GET", back, { headers: { cookie } })).statusCode, 400);
    });

    it("but no other browser, and not with an answer that was changed", async () => {
      const { url, cookie } = await begin();
      const back = issuer.consent(url, { groups: ["acme-admins"] });
      assert.equal((await portal.ask("GET", back)).statusCode, 400);
      assert.equal((await portal.ask("GET", back, { headers: { cookie: "firmament_login=another" } })).statusCode, 400);
      const wrong = back.replace(/code=[^&]*/, "code=guessed");
      assert.equal((await portal.ask("GET", wrong, { headers: { cookie } })).statusCode, 400);
      assert.equal(
        (await portal.ask("GET", "/login/callback?code=x&state=y", { headers: { cookie } })).statusCode,
        400,
      );
    });
  });
});
