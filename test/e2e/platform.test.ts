import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { chartsOf, COMPONENTS } from "../../components/platform/registry";
import { get } from "./kubernetes-objects";
import { NOT_HERE, type PlatformStep, settingsOf, STEPS } from "./platform-steps";
import { customResources, StrictServer } from "./strict-objects";
import { TestSandbox } from "./support";

const STACK = "platform.sandbox";

interface Workload {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

/**
 * One platform that is changed step by step, so that each component comes up, and goes, on a cluster that runs: with
 * its real definitions, where there are any. The tests go on from one another.
 */
describe("a platform whose components are switched on and off", () => {
  const sandbox = TestSandbox.create();
  let kubeconfig = "";
  let own: Readonly<Record<string, unknown>>;

  const file = () => path.join(sandbox.layout.workspace, `Pulumi.${STACK}.yaml`);
  const read = () => parse(fs.readFileSync(file(), "utf8")) as { config: Record<string, Record<string, unknown>> };
  const pulumi = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await sandbox.pulumi([...args, "--stack", STACK]);
    assert.equal(code, 0, `pulumi ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };

  before(async () => {
    const { clusters } = await sandbox.start("--only", "base", "--ready-for", "all");
    kubeconfig = fs.readFileSync(clusters[0]?.kubeconfig ?? "", "utf8");
    await pulumi("config", "set", "--secret", "firmament:backupCredentials", "[default]");
    own = read().config["firmament:platform"] ?? assert.fail("no settings of a platform");
  });
  after(() => sandbox.destroy());

  async function change(step: PlatformStep): Promise<void> {
    const content = read();
    content.config["firmament:platform"] = settingsOf(step, own);
    fs.writeFileSync(file(), stringify(content));
    await pulumi("up", "--yes", "--skip-preview");
  }

  /** Charts that a step has. */
  function chartsIn({ on, off }: PlatformStep): string[] {
    const enabled = COMPONENTS.filter(({ name, enabledByDefault = true }) =>
      enabledByDefault ? !off.includes(name) : on.includes(name),
    );
    return chartsOf(enabled)
      .map(({ chart }) => chart)
      .sort();
  }

  /** Names of Helm's releases in the cluster, by what became of their last revision. */
  async function releases(status: string): Promise<string[]> {
    const query = `labelSelector=owner%3Dhelm,status%3D${status}`;
    const { items } = (await get(kubeconfig, `/api/v1/secrets?${query}`)) as {
      items: readonly { metadata: { labels: Record<string, string> } }[];
    };
    return items.map(({ metadata }) => metadata.labels["name"] ?? "").sort();
  }

  async function unready(): Promise<string[]> {
    const all = await Promise.all(
      ["deployments", "statefulsets", "daemonsets"].map(
        async (kind) => ((await get(kubeconfig, `/apis/apps/v1/${kind}`)) as { items: readonly Workload[] }).items,
      ),
    );
    return all.flat().flatMap(({ metadata, spec, status = {} }) => {
      const wanted = status.desiredNumberScheduled ?? spec.replicas ?? 1;
      const ready = status.numberReady ?? status.readyReplicas ?? 0;
      return ready < wanted ? [`${metadata.namespace}/${metadata.name}: ${ready} of ${wanted}`] : [];
    });
  }

  /** What is wrong with a platform as it runs. */
  async function problems(): Promise<string[]> {
    const server = new StrictServer(kubeconfig);
    const objects = customResources(await pulumi("stack", "export"));
    assert.ok(objects.length > 10, `${objects.length} custom resources`);
    const answers = await Promise.allSettled(objects.map((object) => server.accepts(object)));
    const refused = answers.flatMap((answer, index) => {
      const { kind, metadata } = objects[index] ?? assert.fail();
      return answer.status === "rejected" ? [`${kind} ${metadata.name}: ${String(answer.reason)}`] : [];
    });
    return [...refused, ...(await unready())];
  }

  it("has every component on in one of its steps, but those that need real machines", () => {
    const seen = STEPS.flatMap(({ on }) => on);
    const optional = COMPONENTS.filter(({ enabledByDefault }) => enabledByDefault === false).map(({ name }) => name);
    assert.deepEqual(
      optional.filter((name) => !seen.includes(name)),
      NOT_HERE,
    );
  });

  for (const [index, step] of STEPS.entries()) {
    it(`comes up with ${step.what}: all is ready and accepted strictly, and nothing else is left`, async () => {
      await change(step);
      assert.deepEqual(await releases("deployed"), chartsIn(step));
      assert.deepEqual(await problems(), []);
    });

    if (index === 0) {
      it("is changed by nothing when it is deployed again", async () => {
        await pulumi("preview", "--expect-no-changes");
      });
    }
  }
});
