import * as assert from "node:assert/strict";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { issue } from "./certificates.fixture";
import { runProgram } from "./life/fake-machine.fixture";
import { readinessProgram } from "./readiness-gate";

const encoded = (text: string) => Buffer.from(text).toString("base64");

/** Runs the program of the command against an API server that gives these answers, the last one for ever. */
async function run(
  answers: readonly [number, ...number[]],
  { seconds = 30, refused = 30, stranger = false, closed = false } = {},
) {
  const [server, client] = [issue("localhost"), issue("admin")];
  let asked = 0;
  const api = https.createServer({ cert: server.certificate, key: server.key }, (_, response) => {
    response.writeHead(answers[Math.min(asked, answers.length - 1)] ?? 500).end();
    asked += 1;
  });
  await new Promise<void>((resolve) => void api.listen(0, "127.0.0.1", resolve));
  const { port } = api.address() as AddressInfo;
  const close = () => new Promise((resolve) => (api.closeAllConnections(), api.close(resolve)));
  if (closed) await close();
  try {
    const ended = await runProgram(readinessProgram(seconds, refused), {
      KUBE_HOST: `https://localhost:${port}`,
      KUBE_CA: encoded((stranger ? issue("localhost") : server).certificate),
      KUBE_CERT: encoded(client.certificate),
      KUBE_KEY: encoded(client.key),
    });
    return { ...ended, asked };
  } finally {
    if (!closed) await close();
  }
}

// a kubeconfig can be had before there is an API behind it (Talos 1.13.0)
describe("the gate in front of the Kubernetes API", () => {
  it("opens when the API is ready, whatever it answers before", async () => {
    const { code, out, asked } = await run([503, 401, 500, 200]);
    assert.deepEqual([code, out, asked], [0, "ready", 4]);
  });

  it("does not wait to the end for a kubeconfig that the API does not know, and says how to have another", async () => {
    const { code, message } = await run([401], { refused: 1 });
    assert.equal(code, 1);
    assert.match(message, /readyz: answered 401 — must know the certificate .*--replace '\*\*::<cluster>-kubeconfig'/);
  });

  it("says what was wrong when its time is over", async () => {
    const wrong = [
      [await run([500], { seconds: 1 }), /readyz: answered 500 — not ready after 1 s; look at/],
      [await run([200], { seconds: 1, stranger: true }), /readyz: .*(?:certificate|signature).* — not ready after 1 s/],
      [await run([200], { seconds: 1, closed: true }), /readyz: .*(?:ECONNREFUSED|connect).* — not ready after 1 s/],
    ] as const;
    for (const [{ code, message }, expected] of wrong) {
      assert.equal(code, 1);
      assert.match(message, expected);
    }
  });
});
