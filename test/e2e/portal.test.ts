import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Cluster, Job, JobEvent } from "../../automation/portal/page/wire";
import { countNodes } from "../../sandbox/nodes";
import { until } from "./polling";
import { sharedCloud } from "./shared-cloud";
import { finished, type Outcome } from "./support";

/** The portal on a real cloud: a customer's cluster from nothing to nothing, with a restart in between. */
describe("the portal on a cloud", () => {
  const { sandbox } = sharedCloud();
  let child: ChildProcess | undefined;
  let ended: Promise<Outcome>;
  let at: string;
  let token: string;

  /** Starts it and waits for its address. */
  async function start(): Promise<void> {
    const portal = sandbox.spawn(["sandbox", "portal", "--listen", "127.0.0.1:0"]);
    child = portal;
    ended = finished(portal);
    let said = "";
    portal.stdout?.on("data", (part: string) => (said += part));
    while (!/token: \S+\n/.test(said)) {
      const early = await Promise.race([
        ended,
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 200)),
      ]);
      if (early !== undefined) assert.fail(`the portal ended\n${early.stderr}`);
    }
    at = /portal: (\S+)/.exec(said)?.[1] ?? "";
    token = /token: (\S+)/.exec(said)?.[1] ?? "";
  }
  async function stop(): Promise<void> {
    child?.kill("SIGTERM");
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
  }
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${at}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "idempotency-key": randomUUID(),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  async function job(answer: Response): Promise<Job> {
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return JSON.parse(text) as Job;
  }
  /** Follows a job to its end. */
  async function done(begun: Job): Promise<JobEvent[]> {
    const text = await (await ask("GET", `/jobs/${begun.id}/events`)).text();
    const { state, failure } = await job(await ask("GET", `/jobs/${begun.id}`));
    assert.equal(state, "done", JSON.stringify(failure));
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? "") as JobEvent);
  }
  const clusters = async () => (await (await ask("GET", "/clusters")).json()) as Cluster[];
  const nodes = async () => countNodes(await (await ask("GET", "/clusters/initech--shop/kubeconfig")).text());

  before(start);
  after(async () => {
    child?.kill("SIGTERM");
    await ended;
  });

  it("makes a cluster of what the platform's contract offers, whose kubeconfig works", async () => {
    assert.deepEqual(
      (await clusters()).map(({ id, state }) => [id, state]),
      [
        ["acme", "ready"],
        ["globex", "ready"],
      ],
    );
    const pool = { name: "workers", size: "small", machines: 1, upTo: 3 };
    const wanted = { customer: "initech", name: "shop", version: "v1.34.1", pools: [pool] };
    assert.equal((await ask("POST", "/clusters", { ...wanted, version: "v1.33.0" })).status, 422);
    const events = await done(await job(await ask("POST", "/clusters", wanted)));
    assert.ok(events.some(({ kind, text }) => kind === "done" && text.startsWith("Namespace ")));
    await until(async () => assert.deepEqual(await nodes(), { nodes: 1, readyNodes: 1 }));
  });

  it("goes on with a change of size in whose middle it is ended", async () => {
    const { id } = await job(await ask("PATCH", "/clusters/initech--shop/pools/workers", { machines: 2 }));
    await until(async () => {
      assert.equal((await job(await ask("GET", `/jobs/${id}`))).state, "running");
    });
    child?.kill("SIGKILL");
    await ended;
    await sandbox.programsGone();
    await start();
    await done(await job(await ask("GET", `/jobs/${id}`)));
    await until(async () => assert.deepEqual(await nodes(), { nodes: 2, readyNodes: 2 }));
  });

  it("deletes it, and nothing of it is left", async () => {
    await done(await job(await ask("DELETE", "/clusters/initech--shop")));
    assert.deepEqual(
      (await clusters()).map(({ id }) => id),
      ["acme", "globex"],
    );
    const { stdout } = await sandbox.pulumi(["stack", "ls", "--all"]);
    assert.match(stdout, /tenant\.sandbox\.globex/);
    assert.doesNotMatch(stdout, /initech/);
    await stop();
    // it raises a cloud that is down
    await sandbox.run(["sandbox", "down"]);
    await start();
    assert.equal((await clusters()).length, 2);
  });
});
