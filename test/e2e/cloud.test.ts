import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { Daemon } from "../../sandbox/daemon";
import { countNodes } from "../../sandbox/nodes";
import { recordedStacks, type Step, unexplained, unseen } from "../identity/expected-changes";
import { asState, type State } from "../identity/recorded-state";
import { get } from "./kubernetes-objects";
import { answers } from "./polling";
import { sharedCloud } from "./shared-cloud";

interface Objects {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly status?: { phase?: string } }[];
}

const nameOf = ({ metadata }: Objects["items"][number]) => metadata.name;

/** The tests look at the cloud and leave it as it was. They run in the order in which they stand. */
describe("a cloud on this machine", () => {
  const cloud = sharedCloud();
  const { sandbox } = cloud;
  const kubeconfig = (name: string) => cloud.kubeconfig(name);
  const authority = (name: string) => {
    const { clusters } = parse(kubeconfig(name)) as {
      clusters: [{ cluster: { "certificate-authority-data": string } }];
    };
    return new X509Certificate(Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64"));
  };
  const tenants = () => cloud.raised.clusters.filter(({ layer }) => layer === "tenant").map(({ name }) => name);

  it("is reported with every stack and cluster", () => {
    const { ok, stacks, real, simulated } = cloud.raised;
    assert.equal(ok, true);
    assert.deepEqual(stacks.map(({ layer }) => layer).sort(), ["base", "platform", "tenant", "tenant"]);
    assert.ok(stacks.every(({ changes, resources }) => changes.create === resources && resources > 5));
    assert.ok(real.length > 0 && simulated.length > 0);
  });

  it("leaves nothing in the temporary directory", () => {
    assert.deepEqual(cloud.left, []);
  });

  it("has Ready nodes in the management cluster and in both tenants", async () => {
    assert.deepEqual(await countNodes(kubeconfig("sandbox")), { nodes: 5, readyNodes: 5 });
    assert.equal(tenants().length, 2);
    const counts = await Promise.all(tenants().map((name) => countNodes(kubeconfig(name))));
    for (const { nodes, readyNodes } of counts) assert.ok(nodes > 0 && nodes === readyNodes);
    assert.notEqual(counts[0]?.nodes, counts[1]?.nodes, "the two tenants have different shapes");
  });

  it("gives every cluster a certificate authority of its own", () => {
    const authorities = ["sandbox", ...tenants()].map((name) => authority(name).fingerprint256);
    assert.equal(new Set(authorities).size, 3);
  });

  it("keeps a tenant's credentials out of the other clusters", async () => {
    const [one, other] = tenants().map((name) => parse(kubeconfig(name)) as { clusters: unknown; users: unknown });
    const crossed = stringify({ ...one, users: other?.users });
    await assert.rejects(countNodes(crossed));
  });

  it("runs machines that Cluster API made, one node for each", async () => {
    const all = "/apis/cluster.x-k8s.io/v1beta2/machines";
    const machines = ((await get(kubeconfig("sandbox"), all)) as Objects).items;
    const nodes = await Promise.all(
      tenants().map(async (name) => ((await get(kubeconfig(name), "/api/v1/nodes")) as Objects).items),
    );
    const names = (objects: Objects["items"]) => objects.map(nameOf).sort();
    assert.deepEqual(names(nodes.flat()), names(machines));
    assert.ok(machines.every(({ status }) => status?.phase === "Running"));
  });

  it("changes nothing when it is started again", async () => {
    const again = await sandbox.start();
    for (const { name, changes } of again.stacks) {
      const { same, ...changed } = changes;
      assert.deepEqual(changed, { create: 0, update: 0, replace: 0, delete: 0 }, name);
      assert.ok(same > 0);
    }
  });

  // puts the state of the cloud back, as the next test finds
  for (const [stack, resources] of Object.entries(recordedStacks())) {
    it(`goes on from what e04b302 had deployed with explained changes only: ${stack}`, async () => {
      const pulumi = async (...args: readonly string[]) => {
        const { code, stdout, stderr } = await sandbox.pulumi([...args, "--stack", stack]);
        assert.equal(code, 0, `pulumi ${args.join(" ")}: ${stdout}${stderr}`);
        return stdout;
      };
      const [present, recorded] = ["present.json", "recorded.json"].map((name) => path.join(sandbox.directory, name));
      assert.ok(present !== undefined && recorded !== undefined);
      await pulumi("stack", "export", "--file", present);
      const state = asState(resources, JSON.parse(fs.readFileSync(present, "utf8")) as State);
      fs.writeFileSync(recorded, JSON.stringify(state), { mode: 0o600 });
      await pulumi("stack", "import", "--file", recorded);
      try {
        const { steps } = JSON.parse(await pulumi("preview", "--json", "--show-sames")) as { steps: readonly Step[] };
        assert.deepEqual(unexplained(stack, steps), []);
        assert.deepEqual(unseen(resources, steps), []);
      } finally {
        await pulumi("stack", "import", "--file", present);
      }
    });
  }

  it("shows a user's own preview that nothing would change", async () => {
    for (const { name } of cloud.raised.stacks) {
      const { code, stdout, stderr } = await sandbox.pulumi(["preview", "--stack", name, "--expect-no-changes"]);
      assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
    }
  });

  it("keeps no key of the cluster in plain text in its state", () => {
    const { users } = parse(kubeconfig("sandbox")) as { users: [{ user: { "client-key-data": string } }] };
    const key = users[0].user["client-key-data"];
    const files = fs.readdirSync(sandbox.layout.backend, { recursive: true, encoding: "utf8" });
    for (const file of files.map((name) => `${sandbox.layout.backend}/${name}`)) {
      if (fs.statSync(file).isFile()) assert.ok(!fs.readFileSync(file, "utf8").includes(key), file);
    }
  });

  it("blocks what breaks a policy before it reaches the API, and says what to do", async () => {
    const file = path.join(sandbox.layout.workspace, "Pulumi.tenant.sandbox.globex.yaml");
    const settings = fs.readFileSync(file, "utf8");
    const templates =
      "/apis/infrastructure.cluster.x-k8s.io/v1alpha1/namespaces/tenant-globex/kubevirtmachinetemplates";
    const there = async () => ((await get(kubeconfig("sandbox"), templates)) as Objects).items.map(nameOf);
    const before = await there();
    fs.writeFileSync(file, settings.replace(/@sha256:0+/, ""));
    try {
      const config = path.join(sandbox.directory, "policies.json");
      const pack = ["--policy-pack", sandbox.layout.policyPack, "--policy-pack-config", config];
      const { code, stdout } = await sandbox.pulumi(["up", "--yes", "--stack", "tenant.sandbox.globex", ...pack]);
      assert.notEqual(code, 0);
      assert.match(stdout, /vm-container-disk-digest/);
      assert.match(
        stdout,
        /KubevirtMachineTemplate tenant-globex\/globex-workers-\w+: .*not pinned.*; name the image by digest/,
      );
      assert.deepEqual(await there(), before);
    } finally {
      fs.writeFileSync(file, settings);
    }
  });

  /**
   * What a stack has in its state, by URN. Without references to stacks: they are reads, which the engine forgets in a
   * destroy and makes again in the next run.
   */
  const stateOf = async (stack: string) => {
    const { stdout } = await sandbox.pulumi(["stack", "export", "--stack", stack]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string; type: string }[] } };
    const references = ["pulumi:pulumi:StackReference", "pulumi:providers:pulumi"];
    const owned = deployment.resources.filter(({ type }) => !references.includes(type));
    return owned.map(({ urn }) => urn).sort();
  };

  /*
   * Before, a destroy of either took away what tenants need to be removed, or dropped what still ran from the state
   * until it came to something protected.
   */
  for (const [stack, reason] of [
    ["platform.sandbox", /tenants: tenant-acme\/acme, tenant-globex\/globex — must be gone before/],
    ["base.sandbox", /sandbox-retire-after-tenants/],
  ] as const) {
    it(`loses nothing when ${stack} is destroyed beneath its tenants`, async () => {
      const before = await stateOf(stack);
      const { code, stdout, stderr } = await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", stack]);
      assert.notEqual(code, 0);
      assert.match(stdout + stderr, reason);
      assert.deepEqual(await stateOf(stack), before);
    });
  }

  it("says which machine is another cluster's when the keys of the base stack were lost", async () => {
    const stack = "base.sandbox";
    const { stdout: exported } = await sandbox.pulumi(["stack", "export", "--stack", stack]);
    const restore = async (text: string) => {
      const file = path.join(sandbox.temporary, "state.json");
      fs.writeFileSync(file, text, { mode: 0o600 });
      const { code, stderr } = await sandbox.pulumi(["stack", "import", "--stack", stack, "--file", file]);
      fs.rmSync(file);
      assert.equal(code, 0, stderr);
    };
    const state = JSON.parse(exported) as { deployment: { resources: unknown[] } };
    await restore(JSON.stringify({ ...state, deployment: { ...state.deployment, resources: [] } }));
    try {
      const { code, stdout } = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--stack", stack]);
      assert.notEqual(code, 0);
      for (const machine of ["cp-1", "worker-2"]) {
        assert.match(stdout, new RegExp(`${machine} at [\\d.:]+: configured by another cluster .*; reset it`));
      }
    } finally {
      await restore(exported);
    }
  });

  it("lets a second command on the same sandbox wait for the first", async () => {
    const [one, other] = await Promise.all([sandbox.run(["start", "--json"]), sandbox.run(["start", "--json"])]);
    assert.deepEqual([one.code, other.code], [0, 0]);
    assert.match(one.stderr + other.stderr, /waiting for process \d+/);
  });

  it("stops without leaving a process or a port, and continues where it was", async () => {
    const status = await new Daemon(sandbox.layout).status();
    assert.ok(status !== undefined);
    const { code } = await sandbox.run(["sandbox", "down"]);
    assert.equal(code, 0);
    assert.deepEqual(sandbox.processes(), []);
    const endpoints = [...status.machines.map(({ endpoint }) => endpoint), new URL(status.endpoint).host];
    for (const endpoint of endpoints) assert.equal(await answers(endpoint), false, endpoint);

    const again = await sandbox.start();
    assert.ok(again.stacks.every(({ changes }) => changes.create + changes.update + changes.replace === 0));
    assert.ok(again.clusters.every(({ nodes, readyNodes }) => nodes > 0 && nodes === readyNodes));
  });
});
