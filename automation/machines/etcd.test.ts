import * as assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import {
  type Answer,
  type Asked,
  fakeMachine,
  type FakeMachine,
  field,
} from "../../components/talos/life/fake-machine.fixture";
import { recoverEtcd } from "./etcd-recovery";
import { snapshotEtcd, verifySnapshot } from "./etcd-snapshot";
import { secretsOf } from "./secrets";

/** What etcd gives: content, and its SHA-256. */
function snapshotOf(blocks: number): Buffer {
  const content = randomBytes(blocks * 512);
  return Buffer.concat([content, createHash("sha256").update(content).digest()]);
}

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const resource = (type: string, name: string, inputs: object, outputs: object) => ({
  ...{ urn: `urn:pulumi:base.a::firmament::${type}::${name}`, type, custom: true, inputs, outputs },
  // the component of a cluster that is called a
  parent: "urn:pulumi:base.a::firmament::firmament:talos:TalosCluster::a",
});
const machineSecrets = {
  cluster: { id: "id-of-it", secret: "s1" },
  secrets: { bootstrapToken: "s2", secretboxEncryptionSecret: "s3" },
  trustdinfo: { token: "s4" },
  certs: {
    ...Object.fromEntries(
      ["etcd", "k8s", "k8sAggregator", "os"].map((name) => [name, { cert: `${name}-c`, key: `${name}-k` }]),
    ),
    k8sServiceaccount: { key: "sa-k" },
  },
};

/** A state with these control planes, and a worker that nobody asks. */
function engine(machines: readonly FakeMachine[]) {
  const apply = (name: string, variables: Readonly<Record<string, string>>, type: string) => {
    const {
      TALOS_HOST,
      TALOS_PORT,
      TALOS_CA: caCertificate,
      TALOS_CERT: clientCertificate,
      TALOS_KEY: clientKey,
    } = variables;
    return resource(
      "talos:machine/configurationApply:ConfigurationApply",
      name,
      {
        node: "192.0.2.1",
        endpoint: `${TALOS_HOST}:${TALOS_PORT}`,
        clientConfiguration: secret({ caCertificate, clientCertificate, clientKey }),
      },
      { machineConfiguration: secret(`machine:\n    type: ${type}\n`) },
    );
  };
  const resources = [
    resource("talos:machine/secrets:Secrets", "s", {}, { machineSecrets: secret(machineSecrets) }),
    ...machines.map(({ variables }) => apply(`a-${variables["MACHINE"] ?? ""}`, variables, "controlplane")),
    apply("a-worker-1", { TALOS_HOST: "127.0.0.1", TALOS_PORT: "9" }, "worker"),
  ];
  return { exportState: () => Promise.resolve(JSON.stringify({ deployment: { resources } })) };
}

const services = (state: string) => [field(1, field(2, Buffer.concat([field(1, "etcd"), field(2, state)])))];

describe("etcd of a base stack", function () {
  this.timeout(20_000);
  let folder: string;
  let machines: FakeMachine[] = [];
  const start = async (name: string, answer: (asked: Asked) => Answer) => {
    const machine = await fakeMachine(name, answer);
    machines.push(machine);
    return machine;
  };
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-etcd-"));
  });
  afterEach(async () => {
    await Promise.all(machines.map((machine) => machine.close()));
    machines = [];
    fs.rmSync(folder, { recursive: true });
  });

  describe("as a snapshot", () => {
    it("comes from the first control plane that gives one, whole, readable by its owner alone", async () => {
      const content = snapshotOf(300);
      const pieces = [content.subarray(0, 70_000), content.subarray(70_000)].map((piece) => longField(2, piece));
      await start("cp-1", () => "14 etcd is not running");
      await start("cp-2", () => pieces);
      const file = path.join(folder, "etcd.db");
      const taken = await snapshotEtcd(engine(machines), "base.a", file);
      assert.deepEqual(taken, { machine: "cp-2", bytes: content.length });
      assert.ok(fs.readFileSync(file).equals(content));
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
      assert.deepEqual(fs.readdirSync(folder), ["etcd.db"]);
    });

    it("replaces no file by one that is not whole, and names every machine", async () => {
      const content = snapshotOf(2);
      content[5] = (content[5] ?? 0) ^ 1;
      await start("cp-1", () => [longField(2, content)]);
      await start("cp-2", () => [longField(2, snapshotOf(2).subarray(0, 900))]);
      const file = path.join(folder, "etcd.db");
      fs.writeFileSync(file, "older");
      await assert.rejects(snapshotEtcd(engine(machines), "base.a", file), (error: Error) => {
        assert.match(error.message, /cp-1 at .*: the snapshot's checksum is not that of its content — must give/);
        assert.match(error.message, /cp-2 at .*: 900 bytes are no snapshot of etcd/);
        return true;
      });
      assert.equal(fs.readFileSync(file, "utf8"), "older");
      assert.deepEqual(fs.readdirSync(folder), ["etcd.db"]);
    });

    it("asks no machine where the file cannot be written", async () => {
      await start("cp-1", () => [longField(2, snapshotOf(2))]);
      const file = path.join(folder, "missing", "etcd.db");
      await assert.rejects(
        snapshotEtcd(engine(machines), "base.a", file),
        /etcd\.db: ENOENT.* — must be a file that can be written; name a file in a folder/,
      );
      assert.deepEqual(machines[0]?.asked, []);
    });
  });

  describe("after a recovery", () => {
    /** Control planes whose etcd is in a state until they are wiped or bootstrapped. */
    async function controlPlanes(...states: readonly string[]) {
      let bootstrapped = false;
      for (const [index, first] of states.entries()) {
        let state = first;
        let boot = "boot-1";
        /** Calls that are answered before the restart, which comes a while after the call. */
        let answered = 0;
        await start(`cp-${index + 1}`, ({ method }) => {
          if (method === "Reset") answered = 2;
          else if (answered > 0 && --answered === 0) [boot, state] = ["boot-2", "Preparing"];
          if (method === "Read") return [field(2, boot)];
          if (method === "Bootstrap") {
            if (answered > 0) return "9 it restarts";
            bootstrapped = true;
          }
          return method === "ServiceList" ? services(bootstrapped ? "Running" : state) : [Buffer.alloc(0)];
        });
      }
    }
    const looks = (method: string) => method === "ServiceList" || method === "Read";
    const asked = () =>
      machines.map((machine) => machine.asked.map(({ method }) => method).filter((method) => !looks(method)));
    const snapshot = () => {
      const file = path.join(folder, "etcd.db");
      fs.writeFileSync(file, snapshotOf(5000));
      return file;
    };

    it("starts from the snapshot on one control plane, which the others join", async () => {
      await controlPlanes("Preparing", "Preparing", "Preparing");
      const file = snapshot();
      assert.equal(await recoverEtcd(engine(machines), "base.a", file), "cp-1");
      assert.deepEqual(asked(), [["EtcdRecover", "Bootstrap"], [], []]);
      const [upload, bootstrap] = (machines[0]?.asked ?? []).filter(({ method }) => !looks(method));
      assert.ok(
        upload !== undefined && upload.request.length > fs.statSync(file).size,
        "all of it, in several messages",
      );
      assert.deepEqual([...(bootstrap?.request ?? [])], [1 << 3, 1], "recover_etcd");
    });

    it("wipes what is left when it is told to, EPHEMERAL alone", async () => {
      await controlPlanes("Running", "Failed", "Preparing");
      await recoverEtcd(engine(machines), "base.a", snapshot(), { wipe: true });
      assert.deepEqual(asked(), [["Reset", "EtcdRecover", "Bootstrap"], ["Reset"], ["Reset"]]);
      const [reset] = machines[1]?.asked.filter(({ method }) => method === "Reset") ?? [];
      assert.equal(reset?.request.includes("EPHEMERAL"), true);
      assert.equal(reset?.request[0], 2 << 3, "reboot, and not graceful");
    });

    it("waits for the restart of machines that had nothing to wipe, and would lose what they are told", async () => {
      await controlPlanes("Preparing", "Preparing", "Preparing");
      await recoverEtcd(engine(machines), "base.a", snapshot(), { wipe: true });
      const calls = machines[0]?.asked.map(({ method }) => method) ?? [];
      assert.ok(calls.indexOf("EtcdRecover") > calls.indexOf("Read", calls.indexOf("Reset")), calls.join(" "));
    });

    it("says what a machine answered that does not go on", async () => {
      await start("cp-1", ({ method }) =>
        method === "Bootstrap" ? "9 not now" : method === "ServiceList" ? services("Preparing") : [Buffer.alloc(0)],
      );
      const recovery = recoverEtcd(engine(machines), "base.a", snapshot());
      await assert.rejects(recovery, (error: Error) => {
        assert.equal(error.name, "OperationFailed");
        assert.match(error.message, /answers 9 not now — etcd is not recovered yet; .*run the same command again$/);
        return true;
      });
    });

    it("is refused, with nothing touched, where etcd still has data", async () => {
      await controlPlanes("Preparing", "Running", "Preparing");
      await assert.rejects(
        recoverEtcd(engine(machines), "base.a", snapshot()),
        /cp-2 at .*: etcd is Running — has data of etcd, which a recovery replaces .*; give --wipe/,
      );
      assert.deepEqual(asked(), [[], [], []]);
    });

    it("is refused while a control plane does not answer, unless it is lost", async () => {
      await controlPlanes("Preparing", "Preparing", "Preparing");
      await machines[2]?.close();
      const file = snapshot();
      await assert.rejects(
        recoverEtcd(engine(machines), "base.a", file, { wipe: true }),
        /cp-3 at .*: .*ECONNREFUSED.* — must answer: .*; switch it on, or give --lost cp-3/,
      );
      assert.deepEqual(asked(), [[], [], []]);
      assert.equal(await recoverEtcd(engine(machines), "base.a", file, { lost: ["cp-3"] }), "cp-1");
      // as the state names it; etcd runs by now
      await assert.rejects(recoverEtcd(engine(machines), "base.a", file, { lost: ["a-cp-3"] }), /etcd is Running/);
      await assert.rejects(
        recoverEtcd(engine(machines), "base.a", file, { lost: ["cp-9"] }),
        /--lost: cp-9 — must be control planes of the stack; name some of cp-1, cp-2, cp-3$/,
      );
      await assert.rejects(
        recoverEtcd(engine(machines), "base.a", file, { lost: ["worker-1"] }),
        /--lost: worker-1 — must be control planes of the stack/,
      );
    });

    it("is refused from what is no snapshot", async () => {
      await controlPlanes("Preparing");
      const file = path.join(folder, "etcd.db");
      fs.writeFileSync(file, "text");
      await assert.rejects(
        recoverEtcd(engine(machines), "base.a", file),
        /4 bytes are no snapshot of etcd — must be a whole snapshot/,
      );
      await assert.rejects(verifySnapshot(file), /no snapshot/);
      assert.deepEqual(asked(), [[]]);
    });
  });

  it("has its secrets as talosctl writes them", async () => {
    await start("cp-1", () => "14 nothing");
    const written = parse(await secretsOf(engine(machines), "base.a")) as object;
    assert.deepEqual(written, {
      cluster: { id: "id-of-it", secret: "s1" },
      secrets: { bootstraptoken: "s2", secretboxencryptionsecret: "s3" },
      trustdinfo: { token: "s4" },
      certs: {
        etcd: { crt: "etcd-c", key: "etcd-k" },
        k8s: { crt: "k8s-c", key: "k8s-k" },
        k8saggregator: { crt: "k8sAggregator-c", key: "k8sAggregator-k" },
        k8sserviceaccount: { key: "sa-k" },
        os: { crt: "os-c", key: "os-k" },
      },
    });
    const adopted = JSON.parse(await engine(machines).exportState()) as { deployment: { resources: object[] } };
    adopted.deployment.resources.shift();
    const without = { exportState: () => Promise.resolve(JSON.stringify(adopted)) };
    await assert.rejects(
      secretsOf(without, "base.a"),
      /base\.a: adopted — the keys .* are in its stack file; run `pulumi config get/,
    );
    const stack = { exportState: () => Promise.resolve('{"deployment":{}}') };
    await assert.rejects(
      secretsOf(stack, "platform.a"),
      /platform\.a: no machines — must be a base stack that is deployed/,
    );
  });
});

/** A field whose length takes more than two bytes. */
function longField(number: number, content: Buffer): Buffer {
  const { length } = content;
  const size = [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...size]), content]);
}
