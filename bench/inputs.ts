import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { Cidr } from "../components/core/cidr";

/** Where tenants of a fleet have their networks, beside those of the sandbox. */
const [PODS, SERVICES] = [Cidr.parse("10.128.0.0/9"), Cidr.parse("10.64.0.0/12")];

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
    file.config["firmament:tenant"]["network"] = networkOf(index);
    fs.writeFileSync(path.join(root, folder, `Pulumi.tenant.sandbox.t${index}.yaml`), stringify(file));
  }
}

/** Networks of a tenant, by its number; no two overlap. */
export function networkOf(index: number): { readonly podCidr: string; readonly serviceCidr: string } {
  return {
    podCidr: String(Cidr.at(PODS.first + index * 2 ** 14, 18)),
    serviceCidr: String(Cidr.at(SERVICES.first + index * 2 ** 12, 20)),
  };
}

/** `firmament:base` of so many machines, three of them control planes (one of fewer than three). */
export function baseOf(machines: number): Fields {
  const controlPlanes = machines < 3 ? 1 : 3;
  const named = Array.from({ length: machines }, (_, index): [string, Fields] => {
    const address = `10.0.${Math.floor((index + 10) / 250)}.${((index + 10) % 250) + 1}`;
    const links = { bond0: { addresses: [`${address}/16`] } };
    return index < controlPlanes
      ? [`cp-${index}`, { role: "controlplane", address, links }]
      : [`worker-${index}`, { role: "worker", address, links, labels: { rack: `r${index % 40}` } }];
  });
  return {
    cluster: "bench",
    tier: "development",
    endpoint: "https://10.0.200.1:6443",
    kubernetesVersion: "v1.34.4",
    talos: {
      version: "v1.13",
      installer: "registry.example/installer:v1.13.0",
      extensions: ["siderolabs/drbd"],
      installDisk: { type: "ssd" },
      diskEncryption: "tpm",
    },
    network: {
      nodeCidrs: ["10.0.0.0/16"],
      podCidrs: ["100.64.0.0/10"],
      serviceCidrs: ["10.96.0.0/16"],
      vip: { address: "10.0.200.1", link: "bond0" },
      links: {
        eno1: {},
        eno2: {},
        bond0: { bond: { links: ["eno1", "eno2"], mode: "802.3ad" }, routes: [{ gateway: "10.0.255.254" }] },
      },
      firewall: { admins: ["203.0.113.0/24"], inside: ["10.244.0.0/16"] },
    },
    machines: Object.fromEntries(named),
  };
}

/** A project whose sandbox has so many machines: the checkout's own otherwise, workers changed nine at a time. */
export function writeSandboxProject(checkout: string, root: string, machines: number): void {
  const folder = path.join("stacks", "config");
  fs.cpSync(path.join(checkout, folder), path.join(root, folder), { recursive: true });
  for (const name of fs.readdirSync(checkout)) {
    if (!fs.existsSync(path.join(root, name))) fs.symlinkSync(path.join(checkout, name), path.join(root, name));
  }
  const file = path.join(root, folder, "Pulumi.base.sandbox.yaml");
  const content = parse(fs.readFileSync(file, "utf8")) as { config: { "firmament:base": Fields } };
  const base = content.config["firmament:base"];
  base["workersAtOnce"] = 9;
  base["machines"] = Object.fromEntries(
    Array.from({ length: machines }, (_, index) =>
      index < 3
        ? [`cp-${index + 1}`, { role: "controlplane", address: `192.0.2.${11 + index}` }]
        : [`worker-${index - 2}`, { role: "worker", address: `192.0.2.${18 + index}` }],
    ),
  );
  fs.writeFileSync(file, stringify(content));
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
