import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { checkLive } from "./live";
import { blocking } from "./result";
import { deployment } from "../../policies";

const resource = (name: string, kind: string) => ({ name, kind, namespaced: true, singularName: "", verbs: ["list"] });
const pod = {
  metadata: {
    name: "web-1",
    namespace: "shop",
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true }],
  },
  spec: { hostPID: true, containers: [] },
};

/** As much of an API server as is asked for a list. */
const ANSWERS: Readonly<Record<string, object>> = {
  "/apis": {
    kind: "APIGroupList",
    groups: [{ name: "apps", versions: [], preferredVersion: { groupVersion: "apps/v1", version: "v1" } }],
  },
  "/api/v1": {
    kind: "APIResourceList",
    groupVersion: "v1",
    resources: [resource("pods", "Pod"), resource("secrets", "Secret")],
  },
  "/apis/apps/v1": {
    kind: "APIResourceList",
    groupVersion: "apps/v1",
    resources: [resource("deployments", "Deployment")],
  },
  "/api/v1/pods": { kind: "PodList", apiVersion: "v1", metadata: {}, items: [pod] },
  "/apis/apps/v1/deployments": {
    kind: "DeploymentList",
    apiVersion: "apps/v1",
    metadata: {},
    items: [deployment({ hostNetwork: true })],
  },
};

describe("the check of a cluster", () => {
  it("lists what rules know, changes nothing, and leaves Secrets alone", async () => {
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://localhost");
      asked.push(`${request.method ?? ""} ${pathname}`);
      const answer = ANSWERS[pathname];
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { kind: "Status", status: "Failure", code: 404 }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-live-"));
    try {
      const { port } = server.address() as AddressInfo;
      const kubeconfig = path.join(folder, "kubeconfig");
      const named = (name: string, key: string, value: object) => ({ name, [key]: value });
      const config = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": "c",
        clusters: [named("lab", "cluster", { server: `http://127.0.0.1:${port}` })],
        users: [named("u", "user", {})],
        contexts: [named("c", "context", { cluster: "lab", user: "u" })],
      };
      fs.writeFileSync(kubeconfig, JSON.stringify(config));
      const result = await checkLive(kubeconfig, { config: {}, capacity: {}, settings: {} });
      assert.deepEqual(result.checked, [{ source: "lab", resources: 1 }]);
      assert.deepEqual(result.broken, []);
      assert.ok(
        blocking(result).some(
          ({ rule, resource }) => rule === "pss-host-namespaces" && resource === "apps/Deployment shop/web",
        ),
      );
      assert.ok(asked.every((each) => each.startsWith("GET ")));
      assert.ok(!asked.some((each) => each.includes("secrets")));
    } finally {
      fs.rmSync(folder, { recursive: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
