import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as command from "@pulumi/command";
import { only, run } from "../../../test/support/registrations";
import { parseTenant } from "../parse";
import { planTenant } from "../tenant-plan";
import { PlannedTenant } from "../tenant-resources";
import { tenantArgs, world } from "../tenant.fixture";
import { keepVolumes } from "./keep-volumes";

const VOLUMES =
  "/apis/cdi.kubevirt.io/v1beta1/namespaces/tenant-acme/datavolumes?labelSelector=cluster.x-k8s.io%2Fcluster-name%3Dacme";
const claim = (name: string) => `/api/v1/namespaces/tenant-acme/persistentvolumeclaims/${name}`;
const named = (...names: string[]) => ({ items: names.map((name) => ({ metadata: { name } })) });

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly patches: readonly { readonly path: string; readonly body: unknown }[];
}

/** Runs the program of the command against an API that answers with these; what it does not have is not there. */
async function keep(answers: Readonly<Record<string, object | number>>): Promise<Ended> {
  const patches: { path: string; body: unknown }[] = [];
  const server = http.createServer((request, response) => {
    const path = request.url ?? "";
    const answer = answers[path];
    let body = "";
    request.on("data", (text: Buffer) => (body += text.toString()));
    request.on("end", () => {
      if (request.method === "PATCH") patches.push({ path, body: JSON.parse(body) as unknown });
      response.statusCode = typeof answer === "number" ? answer : answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const own = { KUBE_HOST: `http://127.0.0.1:${port}`, KUBE_NAMESPACE: "tenant-acme", KUBE_CLUSTER: "acme" };
  const env = { ...process.env, ...own };
  const ended = await new Promise<Omit<Ended, "patches">>((resolve) => {
    const child = execFile(process.execPath, ["-e", `(${keepVolumes.toString()})()`], { env }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
  await new Promise((resolve) => server.close(resolve));
  return { ...ended, patches };
}

describe("volumes of a tenant that outlive it", () => {
  it("are those of its PersistentVolumes, marked with whose they were", async () => {
    const { code, out, patches } = await keep({
      [VOLUMES]: named("pvc-1", "pvc-2"),
      [claim("pvc-1")]: { spec: { volumeName: "pv-a" } },
      [claim("pvc-2")]: { spec: {} },
      "/api/v1/persistentvolumes/pv-a": {},
    });
    assert.equal(code, 0);
    assert.deepEqual(patches, [
      {
        path: "/api/v1/persistentvolumes/pv-a",
        body: {
          metadata: {
            labels: { "firmament.example/kept-of": "acme" },
            annotations: { "firmament.example/kept-claim": "pvc-1" },
          },
          spec: { persistentVolumeReclaimPolicy: "Retain" },
        },
      },
    ]);
    assert.match(out, /^pv-a: stays when its claim pvc-1 goes\npvc-2: has no volume yet, nothing to keep\n$/);
  });

  it("are all kept, or nothing is deleted", async () => {
    const gone = await keep({ [VOLUMES]: named("pvc-1"), [claim("pvc-1")]: { spec: { volumeName: "pv-a" } } });
    assert.equal(gone.code, 1);
    assert.match(gone.err, /volumes of acme cannot be kept: PersistentVolume pv-a of claim pvc-1: is not there/);
    const refused = await keep({ [VOLUMES]: 403 });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /answered 403/);
  });

  it("are none where the management cluster has no volumes of it", async () => {
    assert.deepEqual(await keep({}), { code: 0, out: "", err: "", patches: [] });
  });

  it("are kept before anything of the tenant is deleted, and after it may be", async () => {
    const TOKEN = { data: { token: Buffer.from("hush").toString("base64") } };
    const { resources } = await run(
      () => {
        const csi = {
          image: `quay.io/kubevirt/kubevirt-csi-driver@sha256:${"0".repeat(64)}`,
          volumesOnDelete: "keep" as const,
        };
        const tenant = parseTenant({ ...tenantArgs(), tier: "development", addons: { csi } });
        const client = {
          host: "https://192.0.2.10:6443",
          caCertificate: "ca",
          clientCertificate: "crt",
          clientKey: "key",
        };
        new PlannedTenant("acme", planTenant(tenant), {}, { commands: new command.Provider("local"), client });
      },
      {
        ...world,
        state: (type, name, inputs) => (name.endsWith("access-token") ? TOKEN : world.state?.(type, name, inputs)),
      },
    );
    const keeps = only(resources, "command:local:Command", "acme-keeps-volumes");
    for (const name of ["acme-cluster", "acme-namespace", "acme-csi-controller-deployment", "acme-small-machines"])
      assert.ok(keeps.dependsOn.includes(name), name);
    const guard = only(resources, "firmament:tenant:Retirement", "acme-retire-with-csi-volumesOnDelete-delete");
    assert.equal(guard.protect, false);
    assert.ok(guard.dependsOn.includes("acme-keeps-volumes"));
  });
});
