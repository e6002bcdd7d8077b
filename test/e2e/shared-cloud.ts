import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../../sandbox/report";
import { get } from "./kubernetes-objects";
import { TestSandbox } from "./support";

/** A whole cloud that suites use one after the other. */
export interface SharedCloud {
  readonly sandbox: TestSandbox;
  /** What the start said that raised it. */
  readonly raised: Report;
  /** Temporary files that were left by then. */
  readonly left: readonly string[];
  /** Administrator's kubeconfig of a cluster: `sandbox` is the management cluster, others have the names of their tenants. */
  kubeconfig(cluster: string): string;
  /** Says that the suite leaves it otherwise than it found it: the next one gets another cloud. */
  spend(): void;
}

/**
 * The cloud of suites that leave it as they found it; to be called in the `describe` of each. The first that runs raises
 * it, the last one ends it, also after failures. Before a suite begins, the cloud is in the state that a start gives it:
 * stack files that were changed are written again and deployed. Where a test has failed, or stacks are there that no
 * start has made, the cloud is thrown away and another one is raised, so that suites need no order and no other suite.
 *
 * A suite removes the tenants that it has made. One that cannot put back what it changes says so (`spend`); one that breaks
 * the cloud, or is about its start or end, has a `TestSandbox` of its own.
 */
export function sharedCloud(): SharedCloud {
  const using = Symbol();
  shared.users.add(using);
  let passed = 0;
  let failed = 0;
  before("the shared cloud", async function () {
    // as the last of the suite's hooks, which still need it
    this.test?.parent?.afterAll(() => shared.leave(using, failed === 0 && passed > 0));
    await shared.take();
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed += 1;
    if (this.currentTest?.state === "passed") passed += 1;
  });
  return shared;
}

class Shared implements SharedCloud {
  readonly sandbox = TestSandbox.create();
  /** Suites that have not ended yet; those of which no test is run stay among them. */
  readonly users = new Set<symbol>();
  left: readonly string[] = [];
  private first: Report | undefined;
  private sound = true;
  private spent = false;

  get raised(): Report {
    return this.first ?? assert.fail("the shared cloud is not up yet: it is there in hooks and tests");
  }

  kubeconfig(name: string): string {
    const { kubeconfig } = this.raised.clusters.find((each) => each.name === name) ?? assert.fail(`no cluster ${name}`);
    return fs.readFileSync(kubeconfig, "utf8");
  }

  spend(): void {
    this.spent = true;
  }

  async take(): Promise<void> {
    if (!this.sound || this.spent || this.strangers().length > 0) await this.end();
    // until it is left in order
    this.sound = false;
    if (this.first === undefined) {
      const report = await this.sandbox.start();
      this.left = [this.sandbox.temporary, this.sandbox.layout.temporary].flatMap((folder) => fs.readdirSync(folder));
      this.first = report;
    } else {
      await this.sandbox.start();
    }
    await this.settled();
  }

  async leave(user: symbol, passed: boolean): Promise<void> {
    this.users.delete(user);
    this.sound = passed;
    if (this.users.size === 0) await this.end();
  }

  async end(): Promise<void> {
    this.first = undefined;
    this.sound = true;
    this.spent = false;
    if (!fs.existsSync(path.dirname(this.sandbox.directory))) return;
    await this.sandbox.destroy();
    assert.deepEqual(this.sandbox.processes(), [], "processes of the shared cloud run on");
  }

  /** Stacks that the start that raised it did not report. */
  private strangers(): string[] {
    if (this.first === undefined) return [];
    const known = this.first.stacks.map(({ name }) => name);
    return this.sandbox.stacks().filter((name) => !known.includes(name));
  }

  /** Until each machine of a tenant is a node: those that a suite has let go take a while to leave. */
  private async settled(): Promise<void> {
    const tenants = this.raised.clusters.filter(({ layer }) => layer === "tenant").map(({ name }) => name);
    for (const end = Date.now() + 5 * 60_000; ; await sleep(500)) {
      const machines = await named(this.kubeconfig("sandbox"), "/apis/cluster.x-k8s.io/v1beta2/machines");
      const nodes = await Promise.all(tenants.map((name) => named(this.kubeconfig(name), "/api/v1/nodes")));
      const [made, joined] = [machines.sort().join(), nodes.flat().sort().join()];
      if (made === joined) return;
      assert.ok(Date.now() < end, `machines ${made}, nodes ${joined}`);
    }
  }
}

async function named(kubeconfig: string, at: string): Promise<string[]> {
  const { items } = (await get(kubeconfig, at)) as { items: readonly { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name);
}

/** One for each process; the tests of a file are loaded, and run, in one. */
const shared = new Shared();

// where suites have registered of which no test is run, the last one that runs is not known
after("the shared cloud", () => shared.end());
