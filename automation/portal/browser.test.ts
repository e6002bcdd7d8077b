import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { FastifyInstance } from "fastify";
import { Browser, chromiumHere } from "./browser.fixture";
import { cluster, MemoryCloud } from "./memory-cloud.fixture";
import { clusters, settings, TOKENS } from "./portal.fixture";
import { portal } from "./server";

const executable = chromiumHere();

describe(`the portal's page${executable === undefined ? " (skipped: there is no chromium on PATH)" : ""}`, function () {
  this.timeout(180_000);
  let browser: Browser;
  let app: FastifyInstance;
  let cloud: MemoryCloud;
  let url: string;
  let folder: string;

  before(async function () {
    if (executable === undefined) return this.skip();
    browser = await Browser.start(executable);
  });
  after(() => browser?.close());
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-portal-"));
    cloud = new MemoryCloud(clusters());
    cloud.pace = 40;
    url = await listen(0);
    await browser.page.context().clearCookies();
    await browser.page.goto("about:blank");
  });
  afterEach(async () => {
    await app?.close();
    fs.rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(browser?.errors, []);
  });

  async function listen(port: number): Promise<string> {
    const own = settings({ database: path.join(folder, "portal.db") });
    app = await portal({ cloud, settings: own, log: () => undefined });
    return app.listen({ host: "127.0.0.1", port });
  }
  const page = () => browser.page;
  const seen = (text: string | RegExp) => page().getByText(text).first().waitFor();
  const clean = async (name: string) => {
    assert.deepEqual(await browser.violations(), [], name);
    await browser.picture(name);
  };
  async function loggedIn(as: keyof typeof TOKENS = "acme"): Promise<void> {
    await page().goto(url);
    await page().getByLabel("Token").fill(TOKENS[as]);
    await page().keyboard.press("Enter");
    await page().getByRole("heading", { name: "Clusters" }).waitFor();
  }

  it("makes, watches, hands out, resizes and deletes a cluster, by keyboard alone", async () => {
    const { keyboard } = page();
    await page().goto(url);
    await page().getByRole("heading", { name: "Log in" }).waitFor();
    await clean("login");
    await browser.tabTo("token");
    await keyboard.type("wrong");
    await keyboard.press("Enter");
    await seen("This token is not accepted");
    await page().getByLabel("Token").selectText();
    await keyboard.type(TOKENS.acme);
    await keyboard.press("Enter");
    await page().getByRole("link", { name: "acme--dev" }).waitFor();
    assert.equal(await page().getByText("globex").count(), 0);
    await clean("clusters");

    await browser.tabTo("New cluster");
    await keyboard.press("Enter");
    await page().getByLabel("Name").waitFor();
    await browser.tabTo("name");
    await keyboard.type("prod");
    await browser.tabTo("small");
    await keyboard.press("ArrowDown");
    await browser.tabTo("upTo");
    await keyboard.press("ArrowDown");
    await clean("new-cluster");
    const release = cloud.hold();
    await keyboard.press("Enter");
    await page().getByRole("heading", { name: "acme--prod" }).waitFor();
    await seen("Creation: at work");
    await seen("began");
    await browser.picture("creating");
    release();
    await seen("Creation: done");
    await seen("4 resources done");
    await page().getByRole("link", { name: "Download kubeconfig" }).waitFor();
    await clean("cluster");
    const [{ pools, quota }] = (await cloud.clusters()).filter(({ id }) => id === "acme--prod") as [
      ReturnType<typeof cluster>,
    ];
    assert.deepEqual([pools[0]?.cpus, quota.cpu], [8, 16]);

    const download = page().waitForEvent("download");
    await browser.tabTo("Download kubeconfig");
    await keyboard.press("Enter");
    const file = await download;
    assert.equal(file.suggestedFilename(), "acme--prod.kubeconfig.yaml");
    assert.match(fs.readFileSync(await file.path(), "utf8"), /current-context: acme--prod/);

    await page().getByRole("heading", { level: 1 }).focus();
    await browser.tabTo("machines");
    await keyboard.press("ArrowUp");
    await keyboard.press("Enter");
    await seen("Change of size: done");
    assert.equal((await cloud.clusters()).find(({ id }) => id === "acme--prod")?.pools[0]?.machines, 2);

    await browser.tabTo("Delete cluster");
    await keyboard.press("Enter");
    await page().getByRole("dialog").waitFor();
    await clean("delete");
    await keyboard.type("acme--prod");
    await keyboard.press("Enter");
    await seen("There is no such cluster any more");
    assert.ok(!(await cloud.clusters()).some(({ id }) => id === "acme--prod"));
    await seen("Deletion: done");
  });

  it("shows quota, its cost and the log, light and dark, to people who see and who hear", async () => {
    await loggedIn("operator");
    for (const colorScheme of ["light", "dark"] as const) {
      await page().emulateMedia({ colorScheme });
      const suffix = colorScheme === "dark" ? "-dark" : "";
      await page().getByRole("link", { name: "Capacity" }).click();
      await page()
        .getByRole("img", { name: /^CPU: 24 cores of 64 cores \(acme--core 12 cores, acme--dev 12 cores\)$/ })
        .waitFor();
      await page()
        .getByRole("img", { name: /^Cost a month: €416\.00/ })
        .waitFor();
      await clean(`capacity${suffix}`);
      await page().getByRole("link", { name: "Log", exact: true }).click();
      await page().getByRole("cell", { name: "token:operators" }).first().waitFor();
      await clean(`log${suffix}`);
      await page().getByRole("link", { name: "Clusters" }).click();
      await page().getByRole("link", { name: "globex--web" }).click();
      await page().getByRole("heading", { name: "globex--web" }).waitFor();
      assert.deepEqual(await browser.violations(), [], `globex${suffix}`);
    }
    await page().emulateMedia({ colorScheme: "light" });
  });

  it("sends a form once, however often it is submitted", async () => {
    await loggedIn();
    await page().goto(`${url}/#/new`);
    await page().getByLabel("Name").fill("twice");
    await page().evaluate(
      `(() => { const f = document.querySelector("form"); f.requestSubmit(); f.requestSubmit(); })()`,
    );
    await seen("Creation: done");
    assert.equal(cloud.calls.filter((call) => call === "deploy acme--twice").length, 1);
  });

  it("goes on watching when the portal is started again in the middle of a job", async () => {
    await loggedIn();
    cloud.hangs = true;
    await page().goto(`${url}/#/new`);
    await page().getByLabel("Name").fill("long");
    await page().getByRole("button", { name: "Create cluster" }).click();
    await seen("Creation: at work");
    const port = Number(new URL(url).port);
    await app.close();
    cloud.hangs = false;
    await listen(port);
    await seen("The portal was started again; it goes on");
    await seen("Creation: done");
  });

  it("shows markup as text, wherever it comes from", async () => {
    const markup = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
    cloud.known.set(
      "acme--odd",
      cluster("acme--odd", { version: markup, pools: [{ name: markup, cpus: 1, memory: markup, machines: 1 }] }),
    );
    await loggedIn();
    await seen(markup);
    await page().goto(`${url}/#/clusters/acme--odd`);
    await page().getByRole("heading", { name: "acme--odd" }).waitFor();
    await page().goto(`${url}/#/clusters/${encodeURIComponent(markup)}`);
    await page().getByRole("heading", { name: markup }).waitFor();
    await page().goto(`${url}/#/new`);
    await page().getByLabel("Networks that may connect").fill(markup);
    await page().getByLabel("Name").fill("odd2");
    await page().getByRole("button", { name: "Create cluster" }).click();
    await page().getByRole("alert").getByText("The request is malformed").waitFor();
    assert.equal(await page().locator("main img, main script").count(), 0);
    assert.notEqual(await page().title(), "taken");
  });

  it("tells a customer nothing of another's cluster", async () => {
    await loggedIn("globex");
    await page().goto(`${url}/#/clusters/acme--dev`);
    await seen("There is no such cluster.");
  });
});
