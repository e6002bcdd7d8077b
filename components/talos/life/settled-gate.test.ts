import * as assert from "node:assert/strict";
import { type Answer, fakeMachine, field, machineStatus, resource, runProgram } from "./fake-machine.fixture";
import { staticPodImages } from "./settled-gate";
import { settledProgram } from "./settling";

/** How a machine answers at one moment. */
interface Look {
  /** Stage of machinery's MachineStatus: 4 is running, 5 rebooting. */
  readonly stage: number;
  readonly unmet?: readonly (readonly [name: string, reason: string])[];
  readonly images?: readonly string[];
  /** A status of gRPC instead of an answer. */
  readonly refused?: string;
}

const API_SERVER = "registry.k8s.io/kube-apiserver:v1.35.1";

/** Runs the program of the command against a machine that answers one look after the other, the last one for ever. */
async function run(
  looks: readonly [Look, ...Look[]],
  options: { seconds?: number; images?: string; creation?: { ADOPTED?: string } } = {},
) {
  let at = 0;
  const machine = await fakeMachine("cp-1", ({ method }): Answer => {
    // static pods are asked for after the status, and come from the same moment
    if (method === "Get") at += 1;
    const look = looks[Math.min(at, looks.length) - 1] ?? looks[0];
    if (look.refused !== undefined) return `${look.refused} no`;
    if (method === "Get") return [machineStatus(look.stage, look.unmet)];
    return (look.images ?? [API_SERVER]).map((image) => resource(field(1, image)));
  });
  try {
    const before = options.creation === undefined ? { PULUMI_COMMAND_STDOUT: "new" } : options.creation;
    const variables = { ...machine.variables, STATIC_POD_IMAGES: options.images ?? "", ...before };
    const ended = await runProgram(settledProgram(options.seconds ?? 60, 1, 1), variables);
    return { ...ended, asked: machine.asked.map(({ method }) => method) };
  } finally {
    await machine.close();
  }
}

/*
 * siderolabs/talos#9066: control planes that were changed one after another without waiting lost etcd's majority, for the
 * provider's apply (0.8.1) ends with the machine's answer and not with its restart. MachineStatus of Talos 1.13.0 is
 * running when no sequence is under way; its conditions are time, network, services, staticPods and nodeReady.
 */
describe("the gate behind a changed machine", () => {
  it("opens when the machine has been running for a while", async () => {
    const { code, out } = await run([{ stage: 4 }]);
    assert.deepEqual([code, out], [0, "runs its configuration\n"]);
  });

  it("is open for a machine that is new, and waits for those of a cluster that is adopted", async () => {
    const restarting = [{ stage: 5 }, { stage: 4 }] as const;
    const fresh = await run(restarting, { creation: {} });
    assert.deepEqual([fresh.code, fresh.out, fresh.asked], [0, "new", []]);
    const adopted = await run(restarting, { creation: { ADOPTED: "true" } });
    assert.match(adopted.out, /runs its configuration\n$/);
  });

  it("stays closed while it restarts, also when the restart begins a moment after the answer", async () => {
    const { code, out } = await run([{ stage: 4 }, { stage: 5 }, { stage: 1 }, { stage: 4 }]);
    assert.equal(code, 0);
    assert.match(out, /waiting for it to run its new configuration \(it is rebooting\)/);
  });

  it("waits for services and static pods, and for no network of the platform", async () => {
    const { code, out } = await run([
      { stage: 4, unmet: [["services", "etcd not healthy"]] },
      { stage: 4, unmet: [["services", "etcd not healthy"]] },
      { stage: 4, unmet: [["nodeReady", 'node "cp-1" is not ready']] },
    ]);
    assert.equal(code, 0);
    assert.match(out, /services: etcd not healthy/);
  });

  it("waits until the static pods run the images of the configuration", async () => {
    const old = { stage: 4, images: ["registry.k8s.io/kube-apiserver:v1.34.4"] };
    const { code, out, asked } = await run([old, old, { stage: 4 }], { images: API_SERVER });
    assert.equal(code, 0);
    assert.match(out, /kube-apiserver:v1\.35\.1 does not run yet/);
    assert.ok(asked.some((method) => method === "List"));
  });

  it("says what is missing when its time is over, and that no other machine was touched", async () => {
    const { code, message } = await run([{ stage: 5 }], { seconds: 1 });
    assert.equal(code, 1);
    assert.match(
      message,
      /^cp-1 at 127\.0\.0\.1:\d+: it is rebooting — does not run its new configuration after 1 s, and no other machine was changed after it; look at it with `talosctl dmesg`/,
    );
  });

  it("names the answer of a machine that refuses", async () => {
    const { code, message } = await run([{ stage: 4, refused: "7" }], { seconds: 1 });
    assert.equal(code, 1);
    assert.match(message, /the Talos API answers 7 no — /);
  });

  it("takes images of static pods from the configuration", () => {
    const text = [
      "machine:",
      "    kubelet:",
      "        image: ghcr.io/siderolabs/kubelet:v1.35.1",
      "cluster:",
      "    apiServer:",
      `        image: ${API_SERVER}`,
      "    controllerManager:",
      "        image: registry.k8s.io/kube-controller-manager:v1.35.1",
      "    scheduler:",
      "        image: registry.k8s.io/kube-scheduler:v1.35.1@sha256:0123",
    ].join("\n");
    assert.deepEqual(staticPodImages(text), [API_SERVER, "registry.k8s.io/kube-controller-manager:v1.35.1"]);
  });
});
