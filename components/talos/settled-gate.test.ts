import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { issue } from "./certificates.fixture";
import { staticPodImages, waitUntilSettled } from "./settled-gate";

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

/* Protocol buffers by hand, independent of the program: a tag, a length and the content. */
const field = (number: number, content: Buffer | string) => {
  const bytes = Buffer.from(content);
  const size = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...size]), bytes]);
};
const number = (at: number, value: number) => Buffer.from([at << 3, value]);
const framed = (message: Buffer) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};
const resource = (spec: Buffer) =>
  framed(field(1, Buffer.concat([field(1, field(2, "a type of resources")), field(2, field(1, spec))])));

function statusOf({ stage, unmet = [] }: Look): Buffer {
  const conditions = unmet.map(([name, reason]) => field(2, Buffer.concat([field(1, name), field(2, reason)])));
  return resource(
    Buffer.concat([number(1, stage), field(2, Buffer.concat([number(1, unmet.length === 0 ? 1 : 0), ...conditions]))]),
  );
}

/** Runs the program of the command against a machine that answers one look after the other, the last one for ever. */
async function run(looks: readonly [Look, ...Look[]], options: { seconds?: number; images?: string } = {}) {
  const [machine, client] = [issue("cp-1"), issue("admin")];
  const asked: string[] = [];
  let at = 0;
  const server = http2.createSecureServer({
    cert: machine.certificate,
    key: machine.key,
    ca: client.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on("stream", (stream, headers) => {
    const method = String(headers[":path"]);
    asked.push(method);
    // static pods are asked for with the status, and come from the same moment
    if (method.endsWith("/Get")) at += 1;
    const look = looks[Math.min(at, looks.length) - 1] ?? looks[0];
    if (look.refused !== undefined) {
      stream.respond({ ":status": 200, "grpc-status": look.refused, "grpc-message": "no" }, { endStream: true });
      return;
    }
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    const pods = (look.images ?? [API_SERVER]).map((image) => resource(field(1, image)));
    stream.end(method.endsWith("/Get") ? statusOf(look) : Buffer.concat(pods));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  const env = {
    ...process.env,
    MACHINE: "cp-1",
    TALOS_HOST: "127.0.0.1",
    TALOS_PORT: String(port),
    TALOS_CA: encoded(machine.certificate),
    TALOS_CERT: encoded(client.certificate),
    // as Talos names its keys
    TALOS_KEY: encoded(client.key.replaceAll("PRIVATE KEY", "ED25519 PRIVATE KEY")),
    STATIC_POD_IMAGES: options.images ?? "",
  };
  const text = `(${waitUntilSettled.toString()})(${options.seconds ?? 60}, 1, 1)`;
  try {
    return await new Promise<{ code: number; out: string; message: string; asked: readonly string[] }>((resolve) => {
      const child = execFile(process.execPath, ["-e", text], { env }, (_, out, message) =>
        resolve({ code: child.exitCode ?? -1, out, message, asked }),
      );
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
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
    assert.ok(asked.some((method) => method.endsWith("/List")));
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
