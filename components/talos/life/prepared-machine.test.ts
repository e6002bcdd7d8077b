import * as assert from "node:assert/strict";
import {
  type Answer,
  type Asked,
  etcdMember,
  fakeMachine,
  machineStatus,
  memberList,
  runProgram,
  schematic,
  version,
} from "./fake-machine.fixture";
import { preparationProgram } from "./preparation";
import { reportedTalos } from "./prepared-machine";

const [OLD, NEW] = ["a".repeat(64), "b".repeat(64)];
const installer = (id: string, tag: string) => `factory.talos.dev/metal-installer/${id}:${tag}`;
const RUNNING = [machineStatus(4)];
const THREE = [
  memberList(
    etcdMember("cp-1", "192.0.2.11", 1),
    etcdMember("cp-2", "192.0.2.12", 2),
    etcdMember("cp-3", "192.0.2.13", 3),
  ),
];

interface Scene {
  /** What the machine runs, at first and after an upgrade has been asked for. */
  readonly runs: string;
  readonly becomes?: string;
  /** Answer to the request for an upgrade. */
  readonly upgrade?: Answer;
  /** Answers about other machines, and whatever else differs. */
  readonly differs?: (asked: Asked) => Answer | undefined;
  readonly wanted: string;
  readonly role?: string;
  readonly before?: string;
  readonly maintenance?: boolean;
  /** It is another cluster's. */
  readonly stranger?: boolean;
  /** Address in its certificate, and whether that has expired. */
  readonly address?: string;
  readonly expired?: boolean;
}

/** Runs the program of the command; limits are 3 s, steady means 1 s. */
async function prepare(scene: Scene) {
  let upgraded = 0;
  const [, id = "", tag = ""] = /\/([0-9a-f]{64}):(.*)$/.exec(scene.runs) ?? [];
  const [, laterId = "", laterTag = ""] = /\/([0-9a-f]{64}):(.*)$/.exec(scene.becomes ?? scene.runs) ?? [];
  const machine = await fakeMachine(
    "cp-1",
    (asked): Answer => {
      const different = scene.differs?.(asked);
      if (different !== undefined) return different;
      switch (asked.method) {
        case "Upgrade":
          upgraded = Date.now();
          return scene.upgrade ?? [Buffer.alloc(0)];
        case "EtcdMemberList":
          return THREE;
        case "Version":
          return [version(upgraded === 0 ? tag : laterTag)];
        case "List":
          return [schematic(upgraded === 0 ? id : laterId)];
        default:
          // away for a moment after the upgrade began
          return upgraded > 0 && Date.now() - upgraded < 1500 ? [machineStatus(5)] : RUNNING;
      }
    },
    {
      maintenance: scene.maintenance ?? false,
      stranger: scene.stranger ?? false,
      expired: scene.expired ?? false,
      ...(scene.address === undefined ? {} : { address: scene.address }),
    },
  );
  try {
    const ended = await runProgram(preparationProgram(2, 6, 2, 1, 1), {
      ...machine.variables,
      ROLE: scene.role ?? "controlplane",
      INSTALLER: scene.wanted,
      PULUMI_COMMAND_STDOUT: scene.before ?? "",
    });
    return { ...ended, upgrades: machine.asked.filter(({ method }) => method === "Upgrade"), asked: machine.asked };
  } finally {
    await machine.close();
  }
}

/*
 * siderolabs/terraform-provider-talos 0.11 (#274, #134): another installer changed a text in the configuration, and the
 * deployment was green. siderolabs/talos 1.13.0: the upgrade of LifecycleService looks at no etcd and takes no lock.
 */
describe("what comes before the configuration of a machine", () => {
  it("lets a machine be that has none yet", async () => {
    const { code, out, asked } = await prepare({ runs: "", wanted: installer(NEW, "v1.13.0"), maintenance: true });
    assert.equal(code, 0);
    assert.equal(reportedTalos(out), undefined);
    assert.deepEqual(asked, []);
  });

  /*
   * After a cloud was destroyed by hand its machines kept their configuration, and the next `up` waited for 400 s without
   * a word: the provider (0.8.1) takes the failed handshake for a machine that is not ready.
   */
  it("refuses at once a machine that another cluster has configured, of the same name too", async () => {
    const { code, message, asked } = await prepare({ runs: "", wanted: installer(NEW, "v1.13.0"), stranger: true });
    assert.equal(code, 1);
    assert.match(
      message,
      /^cp-1 at 127\.0\.0\.1:\d+: configured by another cluster \(certificate of CN=cp-1, valid from .*\) — must be in maintenance mode or of this cluster; reset it/,
    );
    assert.deepEqual(asked, []);
  });

  // the provider (0.8.1) tries again for 20 minutes without a word
  const unfit = {
    "is for another address": [
      { address: "192.0.2.99" },
      "its certificate is for IP Address:192.0.2.99, not for where",
    ],
    "has expired": [{ expired: true }, "certificate has expired"],
  } as const;
  for (const [what, [scene, words]] of Object.entries(unfit)) {
    it(`says at once that its certificate ${what}, and changes nothing`, async () => {
      const runs = installer(NEW, "v1.13.0");
      const { code, out, message, upgrades } = await prepare({ runs, wanted: runs, role: "worker", ...scene });
      assert.equal(code, 1);
      assert.ok(out.includes(`: waiting for it to say what it runs (${words}`), out);
      assert.match(
        message,
        /^cp-1 at 127\.0\.0\.1:\d+: .*certificate.* — must say which Talos it runs, with a certificate/,
      );
      assert.deepEqual(upgrades, []);
    });
  }

  it("says what it waits for, and what to do when its time is over", async () => {
    const machine = await fakeMachine("cp-1", () => []);
    await machine.close();
    const { code, out, message } = await runProgram(preparationProgram(2, 6, 2, 1, 1), machine.variables);
    assert.equal(code, 1);
    assert.match(out, /cp-1 at 127\.0\.0\.1:\d+: waiting for it to answer \(/);
    assert.match(message, /does not answer after 2 s; boot it into Talos' maintenance mode, or correct its address$/);
  });

  it("upgrades nothing where the machine runs its installer, and reports it", async () => {
    const { code, out, upgrades } = await prepare({
      runs: installer(NEW, "v1.13.0"),
      wanted: installer(NEW, "v1.13.0"),
    });
    assert.equal(code, 0);
    assert.deepEqual(upgrades, []);
    assert.deepEqual(reportedTalos(out), { version: "v1.13.0", schematic: NEW });
  });

  for (const [what, from, to] of [
    ["version", installer(OLD, "v1.12.5"), installer(OLD, "v1.13.0")],
    ["schematic of the same version", installer(OLD, "v1.13.0"), installer(NEW, "v1.13.0")],
  ] as const) {
    it(`upgrades a machine to another ${what}, once, and waits until it runs it`, async () => {
      const { code, out, message, upgrades } = await prepare({ runs: from, becomes: to, wanted: to });
      assert.deepEqual([code, message], [0, ""]);
      assert.equal(upgrades.length, 1);
      assert.ok(upgrades[0]?.request.includes(to), "the whole name of the image");
      assert.equal(reportedTalos(out)?.version, "v1.13.0");
    });
  }

  it("fails when the machine comes back with what it had", async () => {
    const from = installer(OLD, "v1.12.5");
    const { code, message } = await prepare({ runs: from, wanted: installer(OLD, "v1.13.0") });
    assert.equal(code, 1);
    assert.match(
      message,
      /^cp-1 at 127\.0\.0\.1:\d+: it restarted and runs v1\.12\.5 of schematic a+ still — .* went back/,
    );
  });

  it("passes on the words of a machine that refuses", async () => {
    const refusal = "9 error validating etcd for upgrade: 1 member unhealthy";
    const { code, message } = await prepare({
      runs: installer(OLD, "v1.12.5"),
      wanted: installer(OLD, "v1.13.0"),
      upgrade: refusal,
    });
    assert.equal(code, 1);
    assert.match(
      message,
      /answers 9 error validating etcd for upgrade: 1 member unhealthy — the machine refuses the upgrade/,
    );
  });

  it("takes the loss of the answer for no refusal", async () => {
    const to = installer(OLD, "v1.13.0");
    const { code, upgrades } = await prepare({
      runs: installer(OLD, "v1.12.5"),
      becomes: to,
      wanted: to,
      upgrade: "cut",
    });
    assert.equal(code, 0);
    assert.equal(upgrades.length, 1);
  });

  it("upgrades from an image by digest only when the image is another one", async () => {
    const wanted = `registry.example/installer@sha256:${"0".repeat(64)}`;
    const runs = installer(OLD, "v1.13.0");
    assert.equal((await prepare({ runs, wanted, before: `installer ${wanted}\n` })).upgrades.length, 0);
    assert.equal((await prepare({ runs, wanted })).upgrades.length, 0, "nobody knows what it runs");
    assert.equal((await prepare({ runs, wanted, before: "installer registry.example/other:v1\n" })).upgrades.length, 1);
  });

  const sick: Readonly<Record<string, (asked: Asked) => Answer | undefined>> = {
    "cp-2 at 192.0.2.12: it is rebooting": ({ method, node }) =>
      method === "Get" && node === "192.0.2.12" ? [machineStatus(5)] : undefined,
    "cp-3 at 192.0.2.13: services: etcd not healthy": ({ method, node }) =>
      method === "Get" && node === "192.0.2.13" ? [machineStatus(4, [["services", "etcd not healthy"]])] : undefined,
    "cp-3 at 192.0.2.13: the Talos API answers 14 connection refused": ({ node }) =>
      node === "192.0.2.13" ? "14 connection refused" : undefined,
    "cp-2 at 192.0.2.12 knows other members of etcd": ({ method, node }) =>
      method === "EtcdMemberList" && node === "192.0.2.12"
        ? [memberList(etcdMember("cp-2", "192.0.2.12", 2))]
        : undefined,
    "stranger at 192.0.2.99: the Talos API answers 14 no route to host": ({ method, node }) => {
      if (node === "192.0.2.99") return "14 no route to host";
      const stranger = etcdMember("stranger", "192.0.2.99", 9);
      return method === "EtcdMemberList" && node === undefined
        ? [memberList(etcdMember("cp-1", "192.0.2.11", 1), stranger)]
        : undefined;
    },
    "cp-2 at 192.0.2.12 still learns what etcd holds": ({ method, node }) =>
      method === "EtcdMemberList" && node === undefined
        ? [memberList(etcdMember("cp-1", "192.0.2.11", 1), etcdMember("cp-2", "192.0.2.12", 2, true))]
        : undefined,
  };
  for (const [reason, differs] of Object.entries(sick)) {
    it(`changes no control plane while another is not healthy: ${reason}`, async () => {
      const wanted = installer(NEW, "v1.13.0");
      const { code, message, upgrades } = await prepare({ runs: installer(OLD, "v1.12.5"), wanted, differs });
      assert.equal(code, 1);
      assert.ok(message.includes(`${reason} — all other control planes must be healthy`), message);
      assert.deepEqual(upgrades, []);
    });
  }

  it("changes a control plane whose own etcd is down, and a worker, whatever others do", async () => {
    const wanted = installer(NEW, "v1.13.0");
    const down = ({ method }: Asked) => (method === "EtcdMemberList" ? "14 etcd is not running" : undefined);
    const { code } = await prepare({ runs: installer(OLD, "v1.12.5"), becomes: wanted, wanted, differs: down });
    assert.equal(code, 0);
    const differs = sick["cp-2 at 192.0.2.12: it is rebooting"];
    assert.ok(differs !== undefined);
    assert.equal((await prepare({ runs: wanted, wanted, role: "worker", differs })).code, 0);
  });
});
