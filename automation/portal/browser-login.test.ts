import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { FastifyInstance } from "fastify";
import { Browser, chromiumHere } from "./browser.fixture";
import { TestIssuer } from "./issuer.fixture";
import { MemoryCloud } from "./memory-cloud.fixture";
import { clusters, settings } from "./portal.fixture";
import { portal } from "./server";

const executable = chromiumHere();
const skipped = executable === undefined ? " (skipped: there is no chromium on PATH)" : "";

describe(`logging in at an issuer, by a browser${skipped}`, function () {
  this.timeout(180_000);
  let browser: Browser;
  let issuer: TestIssuer;
  let app: FastifyInstance;
  let url: string;
  let folder: string;

  before(async function () {
    if (executable === undefined) return this.skip();
    browser = await Browser.start(executable);
    // another site than the portal: what browsers keep from other sites is kept from this one
    issuer = await TestIssuer.start({ host: "localhost" });
    issuer.people.set("jane", { sub: "jane", email: "jane@acme.example", groups: ["acme-admins"] });
    issuer.people.set("joe", { sub: "joe", groups: ["strangers"] });
  });
  after(async () => {
    await browser?.close();
    await issuer?.close();
  });
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-portal-"));
    issuer.tampering = {};
    const groups = { "acme-admins": { customers: ["acme"] } };
    const oidc = { issuer: issuer.url, clientId: "portal", groups };
    const own = settings({ database: path.join(folder, "portal.db"), oidc });
    app = await portal({ cloud: new MemoryCloud(clusters()), settings: own, log: () => undefined });
    url = await app.listen({ host: "127.0.0.1", port: 0 });
    await browser.page.context().clearCookies();
  });
  afterEach(async () => {
    await browser?.page.goto("about:blank");
    await app?.close();
    fs.rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(browser?.errors, []);
  });

  const page = () => browser.page;
  const heading = (name: string) => page().getByRole("heading", { name }).waitFor();
  const cookies = async () => (await page().context().cookies()).filter(({ name }) => name.startsWith("firmament_"));

  /** To the issuer's page, from the portal's. */
  async function begin(): Promise<void> {
    await page().goto(url);
    await page().getByRole("link", { name: "Log in with your company's account" }).click();
    await page().getByLabel("User").waitFor();
    assert.equal(new URL(page().url()).origin, issuer.url);
  }
  async function proceed(user: string): Promise<void> {
    await page().getByLabel("User").fill(user);
    await page().getByRole("button", { name: "Continue" }).click();
  }
  /** What the portal says to whoever's browser asks. */
  const asked = (place: string) =>
    page().evaluate<number>(`fetch(${JSON.stringify(place)}).then(({ status }) => status)`);

  it("leads there and back, to the own clusters alone, until the logout", async () => {
    await begin();
    await proceed("jane");
    await heading("Clusters");
    await page().getByText("oidc:jane (jane@acme.example)").waitFor();
    await page().getByRole("link", { name: "acme--dev" }).waitFor();
    assert.equal(await page().getByText("globex").count(), 0);
    const [session, ...others] = await cookies();
    assert.ok(session !== undefined);
    assert.deepEqual(others, [], "what the login needed is left");
    assert.deepEqual([session.name, session.httpOnly, session.sameSite], ["firmament_session", true, "Strict"]);

    await page().goto(`${url}/#/clusters/globex--web`);
    await page().getByText("There is no such cluster.").waitFor();
    assert.equal(await asked("/api/clusters/acme--dev"), 200);
    for (const place of ["", "/kubeconfig"]) assert.equal(await asked(`/api/clusters/globex--web${place}`), 404);

    await page().getByRole("button", { name: "Log out" }).click();
    await heading("Log in");
    assert.deepEqual(await cookies(), []);
    await page().goBack();
    await page().reload();
    await heading("Log in");
    // a copy of the cookie is worth nothing either
    await page().context().addCookies([session]);
    assert.equal(await asked("/api/session"), 401);
  });

  const refusals = [
    { what: "an answer with another nonce", tampering: { nonce: "other" }, says: "This login was not accepted" },
    { what: "an answer with another state", tampering: { state: "other" }, says: "This login was not accepted" },
    { what: "somebody in no group", user: "joe", says: "You are in no group that may use this portal" },
  ] as const;
  for (const { what, says, ...how } of refusals) {
    it(`refuses ${what}, and says so on its page`, async () => {
      issuer.tampering = "tampering" in how ? how.tampering : {};
      await begin();
      await proceed("user" in how ? how.user : "jane");
      await page().getByRole("alert").getByText(says).waitFor();
      assert.deepEqual(await browser.violations(), []);
      assert.ok(!(await cookies()).some(({ name }) => name === "firmament_session"));
      assert.equal(await asked("/api/clusters"), 401);
      issuer.tampering = {};
      await page().getByRole("link", { name: "Log in with your company's account" }).click();
      await proceed("jane");
      await page().getByRole("link", { name: "acme--dev" }).waitFor();
    });
  }

  it("refuses a browser that has not begun it", async () => {
    await begin();
    await page().context().clearCookies();
    await proceed("jane");
    await page().getByRole("alert").getByText("This login was not accepted").waitFor();
    assert.deepEqual(await cookies(), []);
  });

  it("says that the issuer does not answer", async () => {
    await page().goto(url);
    await page().getByRole("link", { name: "Log in with your company's account" }).waitFor();
    const [stopped, port] = [issuer, Number(new URL(issuer.url).port)];
    await stopped.close();
    try {
      await page().getByRole("link", { name: "Log in with your company's account" }).click();
      await page().getByRole("alert").getByText("The issuer does not answer").waitFor();
    } finally {
      await stopped.listen(port);
    }
  });
});
