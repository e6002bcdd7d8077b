import * as assert from "node:assert/strict";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { issue } from "../certificates.fixture";
import { departureProgram } from "./departure";
import { type Answer, etcdMember, fakeMachine, machineStatus, memberList, runProgram } from "./fake-machine.fixture";
import { lostMemberProgram } from "./lost-member";

const member = (last: number) => etcdMember(`cp-${last}`, `192.0.2.1${last}`, last);

/** The node of a machine at the Kubernetes API. */
async function kubernetes(node: object | undefined) {
  const { certificate, key } = issue("127.0.0.1");
  const asked: string[] = [];
  const server = https.createServer({ cert: certificate, key }, ({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.statusCode = node === undefined ? 404 : 200;
    response.end(JSON.stringify(node ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  return {
    asked,
    variables: {
      KUBE_HOST: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      KUBE_CA: encoded(certificate),
      KUBE_CERT: encoded(certificate),
      KUBE_KEY: encoded(key),
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

interface Scene {
  readonly name?: string;
  readonly lost?: boolean;
  /** Members that etcd has, before and after the reset. */
  readonly members?: readonly Buffer[];
  readonly after?: readonly Buffer[];
  readonly staying?: string;
  readonly node?: object;
  /** It answers the reset and does not do it. */
  readonly stays?: boolean;
  /** The machine is off from the beginning. */
  readonly off?: boolean;
  readonly unwell?: boolean;
  /** A worker, which knows nothing of etcd. */
  readonly worker?: boolean;
  /** The control plane that is asked of members is off. */
  readonly viaOff?: boolean;
  /** Seconds that it waits for others to join. */
  readonly answer?: number;
}

/** Runs the program for cp-3, which leaves cp-1 and cp-2; limits are 8, 2 and 2 s. */
async function leave(scene: Scene) {
  let reset = false;
  const before = scene.members ?? [member(1), member(2), member(3)];
  const list = () => [memberList(...(reset ? (scene.after ?? [member(1), member(2)]) : before))];
  const leaving = await fakeMachine("cp-3", ({ method }): Answer => {
    if (method === "Reset") {
      reset = true;
      // it is off soon
      if (scene.stays !== true) setTimeout(() => void leaving.close(), 200);
      return [Buffer.alloc(0)];
    }
    if (method === "EtcdMemberList") return scene.worker === true ? "12 etcd service is not running" : list();
    return [machineStatus(scene.unwell === true ? 5 : 4)];
  });
  const via = await fakeMachine("cp-1", () => list());
  const api = await kubernetes(scene.node);
  if (scene.off === true) await leaving.close();
  if (scene.viaOff === true) await via.close();
  try {
    const ended = await runProgram(departureProgram(8, scene.answer ?? 2, 2, 1), {
      ...leaving.variables,
      ...api.variables,
      // both show certificates of one authority to a real client
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      ADDRESS: "192.0.2.13",
      ROLE: scene.worker === true ? "worker" : "controlplane",
      LOST: String(scene.lost ?? false),
      STAYING: scene.staying ?? "cp-1 cp-2",
      VIA: "cp-1",
      VIA_HOST: via.variables["TALOS_HOST"] ?? "",
      VIA_PORT: via.variables["TALOS_PORT"] ?? "",
    });
    return { ...ended, resets: leaving.asked.filter(({ method }) => method === "Reset"), kubernetes: api.asked };
  } finally {
    await Promise.all([leaving.close(), via.close(), api.close()]);
  }
}

/*
 * siderolabs/terraform-provider-talos 0.11 (#216, #133): the deletion of a ConfigurationApply does nothing to the machine,
 * which stays a member of etcd; the node stays too.
 */
describe("a machine that leaves the cluster", () => {
  it("is reset gracefully, its system disk alone, and its node deleted when it has left etcd", async () => {
    const { code, message, resets, kubernetes } = await leave({ node: {} });
    assert.equal(code, 0, message);
    assert.equal(resets.length, 1);
    // graceful (1) is true, no reboot (2), mode (5) is SYSTEM_DISK (1)
    assert.deepEqual([...(resets[0]?.request ?? [])], [1 << 3, 1, 5 << 3, 1]);
    assert.deepEqual(kubernetes, ["DELETE /api/v1/nodes/cp-3"]);
  });

  it("keeps its node while it is a member of etcd", async () => {
    const { code, message, kubernetes } = await leave({ node: {}, after: [member(1), member(2), member(3)] });
    assert.equal(code, 1);
    assert.match(message, /it is a member of etcd still — has not left the cluster after 8 s/);
    assert.deepEqual(kubernetes, []);
  });

  // Talos 1.13.0 answers a graceful reset at once; where etcd refuses, the machine restarts as it was
  it("keeps its node where the reset has failed, and says so before its time is over", async () => {
    const { code, message, kubernetes } = await leave({
      node: {},
      stays: true,
      after: [member(1), member(2), member(3)],
    });
    assert.equal(code, 1);
    assert.match(message, /it runs on as it was, its reset has failed — must leave the cluster/);
    assert.deepEqual(kubernetes, []);
  });

  it("stays until those that are new are in etcd", async () => {
    const { code, message, resets } = await leave({ node: {}, staying: "cp-1 cp-2 cp-4" });
    assert.equal(code, 1);
    assert.match(message, /cp-4 not in etcd yet — must answer, and those that are new be in etcd/);
    assert.deepEqual(resets, []);
  });

  it("stays while another control plane is not healthy, and names it before those that join are there", async () => {
    const { code, out, message, resets } = await leave({ node: {}, unwell: true, answer: 60 });
    assert.equal(code, 1);
    assert.match(message, /cp-1 at 192\.0\.2\.11: it is rebooting — all other control planes must be healthy before/);
    assert.match(
      message,
      /take it out of base\.machines, with another in its place, and list it in base\.lostMachines$/,
    );
    assert.match(out, /waiting until it can leave \(cp-1 .* it is rebooting\); repair that machine; if it never comes/);
    assert.deepEqual(resets, []);
  });

  it("is not kept by control planes where it is a worker, dead ones neither", async () => {
    const scene = { worker: true, unwell: true, viaOff: true, staying: "cp-1 cp-2 cp-4", node: {} };
    const { code, message, resets, kubernetes } = await leave(scene);
    assert.equal(code, 0, message);
    assert.deepEqual([resets.length, kubernetes], [1, ["DELETE /api/v1/nodes/cp-3"]]);
  });

  it("says which control plane does not answer what etcd's members are", async () => {
    const { code, message } = await leave({ node: {}, viaOff: true });
    assert.equal(code, 1);
    assert.match(message, /asked at cp-1 at 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it("is not waited for where a run that was ended had reset it", async () => {
    const members = [member(1), member(2)];
    const { code, kubernetes } = await leave({ off: true, members, node: { spec: { unschedulable: true } } });
    assert.equal(code, 0);
    assert.equal(kubernetes.at(-1), "DELETE /api/v1/nodes/cp-3");
  });

  it("must answer, unless it is said to be lost", async () => {
    const { code, out, message, kubernetes } = await leave({ off: true, node: { spec: {} } });
    assert.equal(code, 1);
    assert.match(message, /ECONNREFUSED.* — must answer.* list cp-3 in base\.lostMachines if it never comes back/);
    assert.ok(kubernetes.every((each) => each.startsWith("GET ")));
    assert.match(out, /waiting until it can leave \(.*\); if it never comes back, end this run and list cp-3 in base/);
    const lost = await leave({ off: true, lost: true, members: [member(1), member(2)], node: {} });
    assert.deepEqual([lost.code, lost.kubernetes], [0, ["DELETE /api/v1/nodes/cp-3"]]);
  });
});

describe("a control plane that is lost", () => {
  async function lose(removed: Answer) {
    let members = [member(1), member(2), member(3)];
    const via = await fakeMachine("cp-1", ({ method }): Answer => {
      if (method === "EtcdMemberList") return [memberList(...members)];
      if (typeof removed !== "string") members = [member(1), member(3)];
      return removed;
    });
    try {
      const variables = { ...via.variables, LOST: "cp-2", LOST_ADDRESS: "192.0.2.12" };
      return { ...(await runProgram(lostMemberProgram(2), variables)), asked: via.asked };
    } finally {
      await via.close();
    }
  }

  it("is taken out of etcd by the id that the list gives, all 64 bits of it", async () => {
    const { code, out, asked } = await lose([Buffer.alloc(0)]);
    assert.deepEqual([code, out], [0, "cp-2 is no member of etcd\n"]);
    const removal = asked.filter(({ method }) => method === "EtcdRemoveMemberByID").map(({ request }) => [...request]);
    assert.deepEqual(removal, [[1 << 3, ...Array<number>(8).fill(0x82), 0x7f]]);
  });

  it("stays where etcd has no majority, with what has to be done", async () => {
    const { code, message } = await lose("14 etcdserver: unhealthy cluster");
    assert.equal(code, 1);
    assert.match(message, /^cp-2 at 192\.0\.2\.12: .*unhealthy cluster — stays a member of etcd after 2 s/);
  });
});
