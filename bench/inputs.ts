import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";

type Fields = Record<string, unknown>;

/**
 * Writes Deployments of two containers each, a file for every one. Fields that rules ask for are there or not by
 * chance; the same seed gives the same files.
 */
export function writeDeployments(folder: string, count: number, seed: number): void {
  const chance = random(seed);
  fs.mkdirSync(folder, { recursive: true });
  for (let index = 0; index < count; index++) {
    fs.writeFileSync(path.join(folder, `web-${index}.yaml`), stringify(deployment(`web-${index}`, chance)));
  }
}

/** A project with the sandbox's stack files, and tenants like its globex in networks of their own. */
export function writeFleet(checkout: string, root: string, tenants: number): void {
  const folder = path.join("stacks", "config");
  fs.cpSync(path.join(checkout, folder), path.join(root, folder), { recursive: true });
  fs.copyFileSync(path.join(checkout, "Pulumi.yaml"), path.join(root, "Pulumi.yaml"));
  const model = fs.readFileSync(path.join(root, folder, "Pulumi.tenant.sandbox.globex.yaml"), "utf8");
  for (let index = 0; index < tenants; index++) {
    const file = parse(model) as { config: { "firmament:tenant": Fields } };
    file.config["firmament:tenant"]["network"] = {
      podCidr: `10.${100 + index}.0.0/18`,
      serviceCidr: `10.${100 + index}.64.0/20`,
    };
    fs.writeFileSync(path.join(root, folder, `Pulumi.tenant.sandbox.t${index}.yaml`), stringify(file));
  }
}

/** Numbers in [0, 1), a linear congruential sequence: spread is enough here. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function deployment(name: string, chance: () => number): Fields {
  const sometimes = (fields: Fields) => (chance() < 0.7 ? fields : {});
  const containers = ["web", "side"].map((each) => ({
    name: each,
    image: `registry.example/shop/${each}:${chance() < 0.9 ? "1.4.2" : "latest"}`,
    ports: [{ containerPort: each === "web" ? 8080 : 9090 }],
    env: [{ name: "MODE", value: "production" }],
    ...sometimes({
      resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "1", memory: "64Mi" } },
    }),
    ...sometimes({ readinessProbe: { httpGet: { path: "/ready", port: 8080 } } }),
    ...sometimes({ livenessProbe: { httpGet: { path: "/alive", port: 8080 }, periodSeconds: 20 } }),
    securityContext: {
      ...sometimes({ allowPrivilegeEscalation: false }),
      ...sometimes({ capabilities: { drop: ["ALL"] } }),
      ...sometimes({ readOnlyRootFilesystem: true }),
      ...sometimes({ runAsNonRoot: true, runAsUser: 10_001 }),
      ...sometimes({ seccompProfile: { type: "RuntimeDefault" } }),
    },
  }));
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: `shop-${Math.floor(chance() * 20)}`, labels },
    spec: {
      replicas: 1 + Math.floor(chance() * 3),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...sometimes({ automountServiceAccountToken: false }), serviceAccountName: name, containers },
      },
    },
  };
}
