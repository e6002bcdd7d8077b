import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { kubeconfig, world } from "../components/tenant/tenant.fixture";
import { type Registration, run, type Run, type World } from "../test/support/registrations";
import { deploy } from "./deploy";

const qualified = (stack: string) => `organization/firmament/${stack}`;
const published = (cloud: string) => ({
  contract: "platform/1",
  cluster: cloud,
  networks: { pods: "10.244.0.0/16" },
  dataStore: `store-of-${cloud}`,
  storageClass: "replicated",
  podNetwork: { chart: "pod-network", version: "1.2.3", repository: "https://charts.example" },
  mirror: {},
  kubeconfig: kubeconfig.replace("hush", `management-of-${cloud}`),
});

/** Deploys a committed stack, as the engine or the Automation API would have it done. */
async function deployed(name: string): Promise<Run> {
  const file = path.join(PACKAGE_ROOT, "stacks", "config", `Pulumi.${name}.yaml`);
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const state: World["state"] = (type, ...rest) =>
    type.startsWith("talos:") ? { kubeconfigRaw: "management", clientConfiguration: {} } : world.state?.(type, ...rest);
  const cloud = name.split(".")[1] ?? "";
  return run(deploy, {
    ...world,
    state,
    call: () => ({ talosConfig: "talos", machineConfiguration: "text" }),
    stack: name,
    config: Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    stacks: { [qualified(`platform.${cloud}`)]: published(cloud) },
  });
}

/** In no particular order: that of independent resources is the scheduler's. */
const sorted = ({ resources, outputs }: Run) => [
  ...resources.map((each: Registration) => JSON.stringify({ ...each, dependsOn: [...each.dependsOn].sort() })).sort(),
  JSON.stringify(outputs),
];

describe("programs in one process", () => {
  // two clouds, with a tenant of the same name in each
  const stacks = [
    "tenant.sandbox.acme",
    "tenant.example.acme",
    "base.sandbox",
    "base.example",
    "tenant.sandbox.globex",
  ];

  it("register beside each other what they register one after the other", async () => {
    const sequential: Run[] = [];
    for (const stack of stacks) sequential.push(await deployed(stack));
    const concurrent = await Promise.all(stacks.map(deployed));
    assert.deepEqual(concurrent.map(sorted), sequential.map(sorted));
    for (const { resources } of concurrent) assert.ok(resources.length > 5);
  });

  it("of two clouds do not mix", async () => {
    const [sandbox, example] = await Promise.all(["tenant.sandbox.acme", "tenant.example.acme"].map(deployed));
    const text = (run: Run | undefined) => JSON.stringify(run?.resources);
    for (const [own, other, run] of [
      ["sandbox", "example", sandbox],
      ["example", "sandbox", example],
    ] as const) {
      assert.ok(text(run).includes(`store-of-${own}`) && text(run).includes(`management-of-${own}`), own);
      assert.ok(!text(run).includes(`store-of-${other}`) && !text(run).includes(`management-of-${other}`), own);
    }
  });

  it("do not see each other's failure", async () => {
    const broken = run(() => Promise.reject(new Error("boom from a neighbour")));
    const [good, bad] = await Promise.allSettled([deployed("tenant.sandbox.acme"), broken]);
    assert.equal(good.status, "fulfilled");
    assert.match(String(bad.status === "rejected" && bad.reason), /boom from a neighbour/);
  });

  it("leave the process alone, also when they fail", async () => {
    const listeners = () => process.eventNames().map((event) => `${String(event)} ${process.listenerCount(event)}`);
    const before = listeners();
    await deployed("base.sandbox");
    await assert.rejects(run(deploy, { stack: "base.sandbox", config: { "firmament:layer": "tenant" } }), (error) => {
      assert.match(String(error), /firmament:layer: tenant — must agree with the stack's name, which says base/);
      return true;
    });
    assert.deepEqual(listeners(), before);
  });
});
