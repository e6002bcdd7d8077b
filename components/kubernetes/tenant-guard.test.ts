import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { only, run } from "../../test/support/registrations";
import { nodeProgram } from "./node-program";
import { ABANDON, refuseWhileTenantsExist, TenantGuard } from "./tenant-guard";

const GROUP = "/apis/cluster.x-k8s.io";
const client = { host: "https://192.0.2.10:6443", caCertificate: "ca", clientCertificate: "crt", clientKey: "key" };

/** Runs the program of the command, as the provider does, against an API that answers with these. */
async function destroy(
  answers: Readonly<Record<string, object>>,
  { seconds = 60, environment = {}, status = 404 }: { seconds?: number; environment?: object; status?: number } = {},
): Promise<{ code: number; message: string }> {
  const server = http.createServer((request, response) => {
    const answer = answers[request.url ?? ""];
    response.statusCode = answer === undefined ? status : 200;
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const program = nodeProgram(`(${refuseWhileTenantsExist.toString()})(${seconds}, ${JSON.stringify(ABANDON)})`);
  const env = { ...process.env, KUBE_HOST: `http://127.0.0.1:${port}`, ...environment };
  const result = await new Promise<{ code: number; message: string }>((resolve) => {
    const [interpreter = "", ...options] = program.interpreter;
    const child = execFile(interpreter, [...options, "a label"], { env }, (_, __, message) =>
      resolve({ code: child.exitCode ?? -1, message }),
    );
    child.stdin?.end(program.stdin);
  });
  await new Promise((resolve) => server.close(resolve));
  return result;
}

const installed = (items: readonly object[]) => ({
  [GROUP]: { preferredVersion: { groupVersion: "cluster.x-k8s.io/v1beta2" } },
  [`${GROUP}/v1beta2/clusters`]: { items },
});

/*
 * A destroy of a platform or of a base on which tenants ran took away what they need to be removed: the DataStore was
 * marked for deletion and hung until the last tenant was gone (seen with Kamaji 26.7 for 280 s).
 */
describe("the guard of what tenants run on", () => {
  it("refuses to go while there are Clusters, and names them", async () => {
    const clusters = ["globex", "acme"].map((name) => ({ metadata: { namespace: `tenant-${name}`, name } }));
    const { code, message } = await destroy(installed(clusters));
    assert.equal(code, 1);
    assert.equal(
      message,
      "tenants: tenant-acme/acme, tenant-globex/globex — must be gone before what they run on is destroyed; " +
        "run `pulumi destroy` for the stack of each first",
    );
  });

  it("goes when there are none, or never was a Cluster API", async () => {
    assert.deepEqual(await destroy(installed([])), { code: 0, message: "" });
    assert.deepEqual(await destroy({}), { code: 0, message: "" });
  });

  it("refuses where the API does not say, unless the cluster is given up", async () => {
    const { code, message } = await destroy({}, { seconds: 0, status: 403 });
    assert.equal(code, 1);
    assert.match(message, /answered 403 — whether tenants run on it has to be known.*FIRMAMENT_ABANDON_TENANTS=true/);
    assert.equal((await destroy({}, { status: 403, environment: { [ABANDON]: "true" } })).code, 0);
  });

  it("does not go for an abandoned API that still has tenants", async () => {
    const clusters = [{ metadata: { namespace: "tenant-acme", name: "acme" } }];
    assert.equal((await destroy(installed(clusters), { environment: { [ABANDON]: "true" } })).code, 1);
  });

  it("depends on all the rest, does nothing when it is made, and keeps the key secret", async () => {
    const { resources } = await run(() => {
      const part = new command.local.Command("part", { create: "true" });
      new TenantGuard("guard", { client: pulumi.output(client), after: [part] }, { protect: true });
    });
    const guard = only(resources, "command:local:Command", "guard");
    assert.deepEqual(guard.dependsOn, ["part"]);
    assert.equal(guard.protect, true);
    assert.equal(guard.inputs["create"], undefined);
    assert.ok(guard.secrets.some((path) => path.startsWith("environment")));
  });
});
