import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { only, run } from "../../../test/support/registrations";
import { DeletionWatch } from "./deletion-watch";
import { FINALIZER_OWNERS } from "./owners";
import { type Patience, reportWaiting } from "./report-waiting";

const NAMESPACE = "tenant-acme";
const resource = (name: string, kind: string, verbs: readonly string[] | null = ["list", "delete"]) => ({
  resource: name,
  scope: "Namespaced",
  verbs,
  responseKind: { kind },
});
const group = (name: string, version: string, ...resources: object[]) => ({
  metadata: { name },
  versions: [{ version, resources }],
});
const INFRASTRUCTURE = "/apis/infrastructure.cluster.x-k8s.io/v1alpha1";
const DISCOVERY = {
  "/api": {
    items: [group("", "v1", resource("persistentvolumeclaims", "PersistentVolumeClaim"), resource("pods", "Pod"))],
  },
  "/apis": {
    items: [
      group("cluster.x-k8s.io", "v1beta2", resource("clusters", "Cluster"), resource("machines", "Machine")),
      // as a real API server lists what has nothing but a subresource
      group("custom.example", "v1", resource("bundles", "Bundle", null)),
      group("infrastructure.cluster.x-k8s.io", "v1alpha1", resource("kubevirtmachines", "KubevirtMachine")),
      group(
        "authorization.k8s.io",
        "v1",
        resource("localsubjectaccessreviews", "LocalSubjectAccessReview", ["create"]),
      ),
      { metadata: { name: "dead.example" }, versions: [{ version: "v1", freshness: "Stale", resources: [] }] },
    ],
  },
};
const SPACE = `/api/v1/namespaces/${NAMESPACE}`;
const CLUSTER = `/apis/cluster.x-k8s.io/v1beta2/namespaces/${NAMESPACE}/clusters/acme`;
const environment = (host: string, seconds: number) => ({
  ...{ ...process.env, KUBE_HOST: host, KUBE_NAMESPACE: NAMESPACE, KUBE_UNTIL: CLUSTER },
  KUBE_SECONDS: String(seconds),
});
const deleted = (name: string, ...finalizers: string[]) => ({
  metadata: { name, deletionTimestamp: "2026-11-29T00:00:00Z", finalizers },
});
const items = (...all: object[]) => ({ items: all });

/**
 * Runs the program of the command against an API that answers with these; a path that it does not have is not there.
 *
 * @param looks how often the namespace is still there.
 */
async function watch(
  answers: Readonly<Record<string, object | undefined>>,
  { most = 20, ...change }: Partial<Patience> & { readonly most?: number } = {},
  looks = Infinity,
): Promise<{ code: number; lines: string[]; asked: string[] }> {
  const asked: string[] = [];
  let seen = 0;
  const server = http.createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const all: Record<string, object | undefined> = {
      ...DISCOVERY,
      [SPACE]: { metadata: {} },
      [CLUSTER]: { metadata: {} },
      ...answers,
    };
    const gone = path === SPACE && ++seen > looks;
    response.statusCode = all[path] === undefined || gone ? 404 : 200;
    response.end(JSON.stringify(all[path] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const patience: Patience = { poll: 0.05, first: 0.1, again: 60, idle: 0.5, ...change };
  const args = [patience, FINALIZER_OWNERS].map((each) => JSON.stringify(each)).join(", ");
  const env = environment(`http://127.0.0.1:${port}`, most);
  const result = await new Promise<{ code: number; lines: string[] }>((resolve) => {
    const child = execFile(process.execPath, ["-e", `(${reportWaiting.toString()})(${args})`], { env }, (_, __, said) =>
      resolve({ code: child.exitCode ?? -1, lines: said.split("\n").filter((line) => line !== "") }),
    );
  });
  await new Promise((resolve) => server.close(resolve));
  return { ...result, asked };
}

const machines = `${INFRASTRUCTURE}/namespaces/${NAMESPACE}/kubevirtmachines`;
const controller = "/apis/apps/v1/namespaces/capk-system/deployments/capk-controller-manager";
const cluster = {
  [`/apis/cluster.x-k8s.io/v1beta2/namespaces/${NAMESPACE}/clusters`]: items(
    deleted("acme", "cluster.cluster.x-k8s.io"),
  ),
};

describe("what is said while a tenant is deleted", () => {
  it("is which object waits for which finalizer, who takes it away and whether that runs, once", async () => {
    const stuck = {
      ...cluster,
      [machines]: items(deleted("acme-small-x", "kubevirtmachine.infrastructure.cluster.x-k8s.io")),
    };
    const { code, lines } = await watch({ ...stuck, [controller]: { status: { readyReplicas: 0 } } }, {}, 8);
    assert.equal(code, 0);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(
      lines[0] ?? "",
      /^KubevirtMachine tenant-acme\/acme-small-x is deleted since \d+ s and still there: finalizer kubevirtmachine\.infrastructure\.cluster\.x-k8s\.io is taken away by Cluster API provider KubeVirt \(capk-system\/capk-controller-manager, which does NOT run\) when its virtual machine is gone — see `kubectl logs -n capk-system deployment\/capk-controller-manager`; if that never comes back, `kubectl patch kubevirtmachines\.infrastructure\.cluster\.x-k8s\.io -n tenant-acme acme-small-x --type=merge/,
    );
  });

  it("names the Cluster where nothing else is in the way, and again where it goes on", async () => {
    const { lines } = await watch(cluster, { again: 0.2 }, 15);
    assert.ok(lines.length >= 2, lines.join("\n"));
    assert.match(
      lines[0] ?? "",
      /^Cluster tenant-acme\/acme .* taken away by Cluster API \(.*which is not installed\)/,
    );
  });

  it("names who has set a finalizer that nobody knows", async () => {
    const claims = `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`;
    const { metadata } = deleted("data", "example.com/backup");
    const managedFields = [
      { manager: "kubectl", fieldsV1: { "f:spec": {} } },
      { manager: "backup-operator", fieldsV1: { "f:metadata": { "f:finalizers": { 'v:"example.com/backup"': {} } } } },
    ];
    const { lines } = await watch({ [claims]: items({ metadata: { ...metadata, managedFields } }) }, {}, 8);
    assert.match(
      lines[0] ?? "",
      /PersistentVolumeClaim .*finalizer example\.com\/backup waits for backup-operator, which has set it — if/,
    );
  });

  it("says why a namespace cannot go that is empty", async () => {
    const space = {
      metadata: { deletionTimestamp: "2026-11-29T00:00:00Z" },
      status: {
        conditions: [
          { type: "NamespaceDeletionDiscoveryFailure", status: "True", message: "unable to retrieve dead.example/v1" },
          { type: "NamespaceContentRemaining", status: "True", message: "some" },
        ],
      },
    };
    const { code, lines } = await watch({ [SPACE]: space }, { most: 1 });
    assert.deepEqual(lines, ["Namespace tenant-acme cannot go: unable to retrieve dead.example/v1"]);
    assert.equal(code, 1, "the next destroy looks again");
  });

  it("ends when what is waited for is gone, though the namespace is there", async () => {
    const begin = Date.now();
    const { code, lines } = await watch({ ...cluster, [CLUSTER]: undefined }, { idle: 60 });
    assert.deepEqual([code, lines], [0, []]);
    assert.ok(Date.now() - begin < 15_000);
  });

  it("is nothing where all goes quickly, or nothing is deleted", async () => {
    assert.deepEqual((await watch(cluster, { first: 30 }, 4)).lines, []);
    const { code, lines, asked } = await watch({});
    assert.deepEqual([code, lines], [0, []]);
    assert.ok(!asked.some((path) => path.includes("localsubjectaccessreviews")));
  });

  it("is nothing where the API does not answer, which the deletions themselves say", async () => {
    const env = environment("http://127.0.0.1:9", 5);
    const args = [{ poll: 0.01, first: 1, again: 1, idle: 1 }, []].map((each) => JSON.stringify(each));
    const said = await new Promise<string>((resolve) =>
      execFile(process.execPath, ["-e", `(${reportWaiting.toString()})(${args.join(", ")})`], { env }, (_, __, text) =>
        resolve(text),
      ),
    );
    assert.equal(said, "");
  });

  it("comes from a command that does nothing before and keeps its key secret", async () => {
    const client = { host: "https://192.0.2.10:6443", caCertificate: "ca", clientCertificate: "crt", clientKey: "key" };
    const { resources } = await run(() => {
      const args = { client: pulumi.output(client), namespace: NAMESPACE, until: CLUSTER, seconds: 60 };
      new DeletionWatch("acme-deletion", args, {});
    });
    const made = only(resources, "command:local:Command", "acme-deletion");
    assert.equal(made.inputs["create"], undefined);
    assert.match(JSON.stringify(made.inputs["environment"]), /"KUBE_NAMESPACE":"tenant-acme"/);
    assert.doesNotMatch(String(made.inputs["stdin"]), /acme/, "one digest for all tenants");
    assert.ok(made.secrets.some((path) => path.startsWith("environment")));
  });
});
