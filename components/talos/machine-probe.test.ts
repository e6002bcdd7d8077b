import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as net from "node:net";
import * as tls from "node:tls";
import { issue, type Pair } from "./certificates.fixture";
import { probe } from "./machine-probe";

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly message: string;
}

const ours = issue("talos");

/** Runs the program of the command, as the provider does. */
function run(port: number, seconds = 60, report = 30): Promise<Answer> {
  const env = {
    ...process.env,
    MACHINE: "cp-1",
    TALOS_HOST: "127.0.0.1",
    TALOS_PORT: String(port),
    TALOS_CA: Buffer.from(ours.certificate).toString("base64"),
  };
  const text = `(${probe.toString()})(${seconds}, ${report})`;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["-e", text], { env }, (_, out, message) =>
      resolve({ code: child.exitCode ?? -1, out, message }),
    );
  });
}

/** A machine that shows a certificate; a configured one asks for that of the client. */
async function answering({ certificate, key }: Pair, requestCert: boolean): Promise<Answer> {
  const server = tls.createServer({ cert: certificate, key, requestCert }, (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await run((server.address() as net.AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/*
 * After a cloud was destroyed by hand its machines kept their configuration, and the next `up` waited for 400 s without
 * a word: the provider (0.8.1) takes the failed handshake for a machine that is not ready. Both modes of the Talos API
 * (machinery 1.13.0) serve TLS; maintenance mode shows the common name maintenance-service.talos.dev.
 */
describe("the probe of a machine", () => {
  it("goes on with one in maintenance mode", async () => {
    const { code, out } = await answering(issue("maintenance-service.talos.dev"), false);
    assert.deepEqual([code, out], [0, "in maintenance mode\n"]);
  });

  it("goes on with one of this cluster", async () => {
    const { code, out } = await answering(issue("cp-1", ours), true);
    assert.deepEqual([code, out], [0, "a machine of this cluster\n"]);
  });

  it("refuses at once one that another cluster has configured, of the same name too", async () => {
    const { code, message } = await answering(issue("cp-1", issue("talos")), true);
    assert.equal(code, 1);
    assert.match(
      message,
      /^cp-1 at 127\.0\.0\.1:\d+: configured by another cluster \(certificate of CN=talos, valid from .*\) — must be in maintenance mode or of this cluster; reset it/,
    );
  });

  it("says what it waits for, and what to do when its time is over", async () => {
    const server = net.createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const { code, out, message } = await run(port, 2, 1);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(code, 1);
    assert.match(out, /cp-1 at 127\.0\.0\.1:\d+: waiting for it to answer \(/);
    assert.match(message, /does not answer after 2 s; boot it into Talos' maintenance mode, or correct its address$/);
  });
});
