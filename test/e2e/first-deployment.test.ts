import * as assert from "node:assert/strict";
import { secretsOf } from "../../automation";
import { sandboxEngine } from "../../sandbox/engine";
import { get } from "./kubernetes-objects";
import { machineOperator } from "./machine-operator";
import { TestSandbox } from "./support";

const STACK = "base.sandbox";
const CLUSTER = ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2"];
/** The oldest that Firmament knows. The sandbox has one binary of the API server, whatever version machines report. */
const FIRST = { kubernetes: "v1.33.5", talos: "v1.12.4" };

/** On machines that make trouble. The tests go on from one another. */
describe("the first deployment of a management cluster", () => {
  const sandbox = TestSandbox.create();
  const operator = machineOperator(sandbox, STACK);
  const { boot, change, installer, pulumi, trouble, calm, told, toldTimes } = operator;
  const { deployment, during, killedWhen, up, versions, stages } = operator;

  before(async () => {
    await boot(FIRST.talos, CLUSTER);
    change((settings) => {
      settings.kubernetesVersion = FIRST.kubernetes;
      settings.talos.version = "v1.12";
      settings.talos.installer = installer(settings, FIRST.talos);
    });
  });
  after(() => sandbox.destroy());

  it("come up in spite of a bootstrap without an answer and kubeconfigs that are none", async () => {
    // siderolabs/terraform-provider-talos#42: etcd runs, nobody has recorded it, and Talos refuses a second bootstrap
    await trouble("cp-1", "clock-not-in-sync", { seconds: 5 });
    await trouble("cp-1", "bootstrap-lost");
    await killedWhen(async () => (await toldTimes("cp-1", "Bootstrap")) >= 2 && (await stages())["cp-1"] === "running");
    const bootstraps = await toldTimes("cp-1", "Bootstrap");

    for (const name of ["kubeconfig-truncated", "kubeconfig-empty", "kubeconfig-not-yaml"]) await trouble("cp-1", name);
    const run = await deployment();
    await during(run, async () => (await toldTimes("cp-1", "Kubeconfig")) >= 2);
    await calm("cp-1");
    const { code, stdout } = await run.ended;
    assert.equal(code, 0, stdout);
    assert.equal(await toldTimes("cp-1", "Bootstrap"), bootstraps, "it is not asked again");
    await get(await pulumi("stack", "output", "kubeconfig", "--show-secrets"), "/api/v1/namespaces/default");
  });

  it("are told what they need once, and nothing by a second run or a preview", async () => {
    const before = await Promise.all(CLUSTER.map(told));
    for (const [index, name] of CLUSTER.entries()) {
      const [first, ...others] = before[index] ?? [];
      assert.equal(first, "ApplyConfiguration");
      assert.ok(!others.includes("ApplyConfiguration"), name);
      if (name !== "cp-1") assert.deepEqual(others, []);
    }
    await pulumi("preview", "--expect-no-changes");
    await up();
    assert.deepEqual(await Promise.all(CLUSTER.map(told)), before);
    await pulumi("refresh", "--yes", "--skip-preview");
    assert.deepEqual(await Promise.all(CLUSTER.map(told)), before, "nothing is asked of them");
    const reported = await versions();
    assert.deepEqual(reported, Object.fromEntries(CLUSTER.map((name) => [name, FIRST.talos])));
  });

  it("keep no secret in plain text in the state", async () => {
    const secrets = await secretsOf(sandboxEngine(sandbox.layout), STACK);
    const named = secrets.matchAll(/^\s*(?:key|token|secret|bootstraptoken|secretboxencryptionsecret): (\S{16,})$/gim);
    const values = [...named].map(([, value]) => value ?? "");
    assert.ok(values.length >= 8, `${values.length} secrets`);
    const state = await pulumi("stack", "export");
    for (const value of values) assert.ok(!state.includes(value), `${value.slice(0, 4)}…`);
  });
});
