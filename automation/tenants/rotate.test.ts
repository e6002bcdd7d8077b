import * as assert from "node:assert/strict";
import type { KubernetesApi } from "../kubernetes-api";
import { rotateCredentials } from "./rotate";

const SECRETS = "/api/v1/namespaces/tenant-acme/secrets";
const ROTATE = "certs.kamaji.clastix.io/rotate";
const secret = (value: string) => ({ value, secret: false });

/** A Kamaji that renews what it is asked to, but for one Secret. */
function management(stuck = ""): KubernetesApi & { readonly kubeconfig: () => string } {
  const annotations: Record<string, string | undefined> = {
    "acme-admin-kubeconfig": undefined,
    "acme-api-server": "before",
  };
  let generation = 1;
  return {
    cluster: "berlin",
    kubeconfig: () => `kubeconfig-${generation}`,
    get: (path) => {
      if (path === `${SECRETS}/acme-kubeconfig`)
        return Promise.resolve({ data: { value: `kubeconfig-${generation}` } });
      assert.ok(path.startsWith(`${SECRETS}?labelSelector=kamaji.clastix.io%2Fcertificate_lifecycle_controller`), path);
      const items = Object.entries(annotations).map(([name, rotated]) => ({
        metadata: { name, ...(rotated === undefined ? {} : { annotations: { [ROTATE]: rotated } }) },
      }));
      return Promise.resolve({ items });
    },
    patch: (path, body) => {
      assert.deepEqual(body, { metadata: { annotations: { [ROTATE]: "" } } });
      const name = path.slice(SECRETS.length + 1);
      annotations[name] = "";
      if (name !== stuck) setTimeout(() => ((annotations[name] = "2026-11-29T20:00:00Z"), (generation += 1)), 5);
      return Promise.resolve();
    },
    delete: () => Promise.reject(new Error("nothing is deleted")),
  };
}

describe("the rotation of a tenant's credentials", () => {
  const deployed = (ups: string[]) => ({
    outputs: (stack: string) =>
      Promise.resolve(
        stack === "tenant.berlin.acme"
          ? { namespace: secret("tenant-acme"), cluster: secret("acme") }
          : { kubeconfig: secret(`of ${stack}`) },
      ),
    up: (stack: string) => (ups.push(stack), Promise.resolve({} as never)),
  });
  const rotate = (ups: string[], api: KubernetesApi, stack = "tenant.berlin.acme") =>
    rotateCredentials(deployed(ups) as never, { stack, seconds: 0.3 }, (kubeconfig) => {
      assert.equal(kubeconfig, "of platform.berlin");
      return api;
    });

  it("asks for a renewal of each, waits until the kubeconfig is another, and deploys", async () => {
    const ups: string[] = [];
    const api = management();
    assert.deepEqual(await rotate(ups, api), ["acme-admin-kubeconfig", "acme-api-server"]);
    assert.notEqual(api.kubeconfig(), "kubeconfig-1");
    assert.deepEqual(ups, ["tenant.berlin.acme"]);
  });

  it("names what is not renewed in time, and deploys nothing then", async () => {
    const ups: string[] = [];
    await assert.rejects(rotate(ups, management("acme-api-server")), {
      name: "OperationFailed",
      message: /^tenant\.berlin\.acme: acme-api-server — not renewed in 0\.3 s; see `kubectl logs -n kamaji-system/,
    });
    assert.deepEqual(ups, []);
  });

  it("is refused for what is no tenant, or none that is deployed", async () => {
    const message = /--stack: (base|tenant)\.berlin\S* — must be a tenant stack that is deployed/;
    for (const stack of ["base.berlin", "tenant.berlin.globex"]) {
      await assert.rejects(rotate([], management(), stack), { name: "InvalidInput", message });
    }
  });
});
