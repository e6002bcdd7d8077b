import { PACKAGE_ROOT } from "../../components/core/package-root";
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { run as deployTenant } from ".";
import { only, run, type World } from "../../test/support/registrations";
import { kubeconfig, world } from "../../components/tenant/tenant.fixture";

const CONFIG = path.join(PACKAGE_ROOT, "stacks", "config");
const PROVIDER = "pulumi:providers:kubernetes";

const MANAGEMENT = kubeconfig.replace("hush", "management");

const platform = {
  contract: "platform/1",
  cluster: "sandbox",
  networks: { pods: "10.244.0.0/16", services: "10.96.0.0/16" },
  dataStore: "default",
  storageClass: "replicated",
  mirror: { charts: "http://127.0.0.1:8080" },
  podNetwork: { chart: "cilium", version: "1.19.5", repository: "http://127.0.0.1:8080" },
  kubeconfig: MANAGEMENT,
};

const qualified = (stack: string) => `organization/firmament/${stack}`;

interface Case {
  readonly change?: (tenant: Record<string, unknown>) => object;
  readonly published?: object | undefined;
  readonly own?: object;
  readonly siblings?: Record<string, string>;
  readonly watch?: (type: string, name: string) => void;
}

/** Runs the program of tenant.sandbox.acme in a project of its own. */
async function deploy({
  change = (tenant) => tenant,
  published = platform,
  own = {},
  siblings = {},
  watch,
}: Case = {}) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-"));
  try {
    fs.writeFileSync(path.join(root, "Pulumi.yaml"), "name: firmament");
    for (const [name, text] of Object.entries({ acme: "config: {}", ...siblings })) {
      fs.writeFileSync(path.join(root, `Pulumi.tenant.sandbox.${name}.yaml`), text);
    }
    const { config } = parse(fs.readFileSync(path.join(CONFIG, "Pulumi.tenant.sandbox.acme.yaml"), "utf8")) as {
      config: Record<string, Record<string, unknown>>;
    };
    const settings = { layer: config["firmament:layer"], tenant: change(config["firmament:tenant"] ?? {}) };
    const where: World = {
      ...world,
      stacks: {
        [qualified("platform.sandbox")]: { ...published },
        [qualified("tenant.sandbox.acme")]: { ...own },
      },
      secretOutputs: ["kubeconfig"],
      ...(watch === undefined ? {} : { watch }),
    };
    const stack = { layer: "tenant", cloud: "sandbox", tenant: "acme" } as const;
    return await run(() => deployTenant({ stack, settings, qualified, root }), where);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

const sibling = (podCidr: string) =>
  stringify({ config: { "firmament:tenant": { network: { podCidr, serviceCidr: "10.99.0.0/16" } } } });
const network = (change: object) => (tenant: Record<string, unknown>) => ({
  ...tenant,
  network: { ...(tenant["network"] as object), ...change },
});

const refused: Record<string, [Case, RegExp]> = {
  "a platform that is not there yet": [
    { published: {} },
    /platform\.sandbox\.contract: nothing published yet — .*run `pulumi up --stack platform\.sandbox` first/,
  ],
  "a platform that publishes another contract": [
    { published: { ...platform, contract: "platform/0" } },
    /platform\/0 — /,
  ],
  "a platform of before the pod network was part of its contract": [
    { published: { ...platform, podNetwork: undefined } },
    /platform\.sandbox\.podNetwork: not published — .*run `pulumi up --stack platform\.sandbox` first/,
  ],
  "pods in the network of the management cluster": [
    { change: network({ podCidr: "10.244.0.0/17" }) },
    /podCidr: 10\.244\.0\.0\/17 — must not overlap the management cluster's pods 10\.244\.0\.0\/16/,
  ],
  "pods in the network of another tenant": [
    { siblings: { globex: sibling("10.16.128.0/17") } },
    /podCidr: 10\.16\.0\.0\/16 — must not overlap tenant globex's podCidr 10\.16\.128\.0\/17/,
  ],
  "another tenant's stack file that is no YAML": [
    { siblings: { globex: "config: [" } },
    /Pulumi\.tenant\.sandbox\.globex\.yaml: .* — must be a YAML file/,
  ],
  "another tenant's stack file without networks": [
    { siblings: { globex: "config: {}" } },
    /stack file Pulumi\.tenant\.sandbox\.globex\.yaml[^]*firmament:tenant/,
  ],
  "a version that skips a minor": [
    { own: { kubernetesVersion: "v1.32.5" } },
    /kubernetesVersion: v1\.34\.1 — must not skip a minor; v1\.32\.5 is deployed; go to v1\.33 first/,
  ],
  "a version that goes back": [{ own: { kubernetesVersion: "v1.34.9" } }, /must not go back; v1\.34\.9 is deployed/],
  "machines beyond the quota": [
    { change: (tenant) => ({ ...tenant, quota: { cpu: "4", memory: "8Gi", storage: "1Gi" } }) },
    /tenant\.quota\.cpu: 4 — machines.*\n.*tenant\.quota\.memory: 8Gi/,
  ],
  "an unknown key": [{ change: (tenant) => ({ ...tenant, teir: "production" }) }, /tenant\.teir: unknown key — /],
};

describe("the program of a tenant stack", () => {
  it("publishes what deploys into the tenant needs, the kubeconfig as a secret", async () => {
    const { outputs, secretOutputs } = await deploy();
    const { pools, ...terms } = outputs;
    assert.deepEqual(Object.keys(pools as object), ["burst", "large", "small"]);
    assert.deepEqual(terms, {
      contract: "tenant/1",
      cluster: "acme",
      namespace: "tenant-acme",
      endpoint: "https://198.51.100.7:6443",
      kubernetesVersion: "v1.34.1",
      nodeVersions: { burst: "v1.34.1", large: "v1.34.1", small: "v1.34.1" },
      podCidr: "10.16.0.0/16",
      serviceCidr: "10.17.0.0/16",
      kubeconfig,
    });
    assert.deepEqual(secretOutputs, ["kubeconfig"]);
  });

  it("reaches either cluster through a provider of its own", async () => {
    const { resources } = await deploy();
    const management = only(resources, PROVIDER, "management");
    assert.deepEqual([management.inputs["kubeconfig"], management.secrets], [MANAGEMENT, ["kubeconfig"]]);
    const used = resources.filter(({ custom, type }) => custom && type.startsWith("kubernetes:"));
    for (const { name, provider } of used) assert.ok(provider === "management" || provider === "acme-api", name);
  });

  it("installs the pod network that the platform published, not the one in this checkout's lock file", async () => {
    const podNetwork = { chart: "cilium", version: "1.18.9", repository: "https://charts.example" };
    const { resources } = await deploy({ published: { ...platform, podNetwork } });
    const { chart, version, repositoryOpts } = only(resources, "kubernetes:helm.sh/v3:Release", "acme-cni").inputs;
    assert.deepEqual([chart, version, repositoryOpts], ["cilium", "1.18.9", { repo: "https://charts.example" }]);
  });

  it("makes its tunnel as large as the platform's network lets it, which older platforms do not say", async () => {
    const mtu = async (published: object) => {
      const { resources } = await deploy({ published: { ...platform, ...published } });
      const { values } = only(resources, "kubernetes:helm.sh/v3:Release", "acme-cni").inputs as { values: object };
      return "MTU" in values ? values.MTU : undefined;
    };
    assert.equal(await mtu({}), 1400);
    assert.equal(await mtu({ outerNetwork: { network: "10.244.0.0/16", mtu: 8900, tunnelPorts: [6081] } }), 8900);
  });

  it("may go to the next minor", async () => {
    await deploy({ own: { kubernetesVersion: "v1.33.7" } });
  });

  it("is not in its own way", async () => {
    await deploy({ siblings: { acme: sibling("10.16.0.0/16"), globex: sibling("10.18.0.0/16") } });
  });

  for (const [what, [given, message]] of Object.entries(refused)) {
    it(`refuses ${what} before any resource`, async () => {
      const made: string[] = [];
      const watch = (type: string) => void (type === "pulumi:pulumi:StackReference" || made.push(type));
      await assert.rejects(deploy({ ...given, watch }), { name: "InvalidInput", message });
      assert.deepEqual(made, []);
    });
  }
});
