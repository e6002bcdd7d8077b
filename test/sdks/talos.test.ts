import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as talos from "@pulumiverse/talos";
import { version } from "@pulumiverse/talos/package.json";
import { decode } from "../support/wire";
import { engineSees, type Seen } from "./engine";

const pem = (name: string) => Buffer.from(name).toString("base64");
const credentials = { caCertificate: pem("ca"), clientCertificate: pem("cert"), clientKey: pem("key") };
const pair = { cert: pem("cert"), key: pem("key") };
const machineSecrets = {
  certs: { etcd: pair, k8s: pair, k8sAggregator: pair, k8sServiceaccount: { key: pem("key") }, os: pair },
  cluster: { id: "id", secret: "secret" },
  secrets: { bootstrapToken: "token", secretboxEncryptionSecret: "box" },
  trustdinfo: { token: "token" },
};

/** A value for every argument there is. */
const samples: Record<string, unknown> = {
  applyMode: "auto",
  architecture: "arm64",
  certificateRenewalDuration: "720h",
  clientConfiguration: credentials,
  clientConfigurationWo: credentials,
  clusterEndpoint: "https://192.0.2.1:6443",
  clusterName: "berlin",
  configPatches: ["{}"],
  controlPlaneNodes: ["192.0.2.1"],
  docs: true,
  endpoint: "192.0.2.1:50000",
  endpoints: ["192.0.2.1"],
  exactFilters: { names: ["siderolabs/drbd"] },
  examples: true,
  filters: {},
  kubernetesVersion: "1.34.4",
  machineConfigurationInput: "version: v1alpha1",
  machineConfigurationInputWo: "version: v1alpha1",
  machineSecrets,
  machineType: "worker",
  node: "192.0.2.1",
  nodes: ["192.0.2.1"],
  onDestroy: { reset: true },
  platform: "metal",
  sbc: "rpi_generic",
  schematic: "customization: {}",
  schematicId: "abc",
  selector: "disk.size > 1u",
  skipKubernetesChecks: true,
  talosVersion: "v1.13",
  timeouts: { create: "1m", update: "2m", delete: "3m", read: "4m" },
  wait: true,
  workerNodes: ["192.0.2.2"],
};

/**
 * What the provider's own schema says of each resource: inputs, then what only the provider gives.
 * `!` must be given, `*` is secret.
 */
const resources: Record<string, [make: unknown, shape: string]> = {
  "talos:machine/secrets:Secrets": [talos.machine.Secrets, "talosVersion -> machineSecrets clientConfiguration"],
  "talos:machine/configurationApply:ConfigurationApply": [
    talos.machine.ConfigurationApply,
    "node! endpoint clientConfiguration clientConfigurationWo* machineConfigurationInput* " +
      "machineConfigurationInputWo* configPatches applyMode onDestroy timeouts -> machineConfiguration* " +
      "machineConfigurationHash resolvedApplyMode",
  ],
  "talos:machine/bootstrap:Bootstrap": [
    talos.machine.Bootstrap,
    "node! endpoint clientConfiguration clientConfigurationWo* timeouts ->",
  ],
  "talos:cluster/kubeconfig:Kubeconfig": [
    talos.cluster.Kubeconfig,
    "node! endpoint clientConfiguration! certificateRenewalDuration timeouts -> kubeconfigRaw* " +
      "kubernetesClientConfiguration",
  ],
  "talos:imageFactory/schematic:Schematic": [talos.imagefactory.Schematic, "schematic ->"],
};

/** The arguments of each function; `!` must be given. */
const functions: Record<string, [plain: unknown, output: unknown, args: string]> = {
  "talos:machine/getConfiguration:getConfiguration": [
    talos.machine.getConfiguration,
    talos.machine.getConfigurationOutput,
    "clusterEndpoint clusterName configPatches docs examples kubernetesVersion machineSecrets machineType talosVersion",
  ],
  "talos:machine/getDisks:getDisks": [
    talos.machine.getDisks,
    talos.machine.getDisksOutput,
    "clientConfiguration endpoint node selector timeouts",
  ],
  "talos:client/getConfiguration:getConfiguration": [
    talos.client.getConfiguration,
    talos.client.getConfigurationOutput,
    "clientConfiguration clusterName endpoints nodes",
  ],
  "talos:cluster/getHealth:getHealth": [
    talos.cluster.getHealth,
    talos.cluster.getHealthOutput,
    "clientConfiguration controlPlaneNodes endpoints skipKubernetesChecks timeouts workerNodes",
  ],
  "talos:cluster/getKubeconfig:getKubeconfig": [
    talos.cluster.getKubeconfig,
    talos.cluster.getKubeconfigOutput,
    "clientConfiguration endpoint node timeouts wait",
  ],
  "talos:imageFactory/getExtensionsVersions:getExtensionsVersions": [
    talos.imagefactory.getExtensionsVersions,
    talos.imagefactory.getExtensionsVersionsOutput,
    "exactFilters filters talosVersion",
  ],
  "talos:imageFactory/getOverlaysVersions:getOverlaysVersions": [
    talos.imagefactory.getOverlaysVersions,
    talos.imagefactory.getOverlaysVersionsOutput,
    "filters talosVersion",
  ],
  "talos:imageFactory/getUrls:getUrls": [
    talos.imagefactory.getUrls,
    talos.imagefactory.getUrlsOutput,
    "architecture platform sbc schematicId talosVersion",
  ],
  "talos:imageFactory/getVersions:getVersions": [
    talos.imagefactory.getVersions,
    talos.imagefactory.getVersionsOutput,
    "filters",
  ],
};

type Values = Readonly<Record<string, unknown>>;
interface ResourceClass {
  new (name: string, args?: Values, opts?: pulumi.CustomResourceOptions): pulumi.CustomResource;
  get(name: string, id: string, state?: Values): pulumi.CustomResource;
  isInstance(candidate: unknown): boolean;
}

function parse(shape: string) {
  const [inputs = [], outputs = []] = shape.split("->").map((side) => side.trim().split(" ").filter(Boolean));
  const bare = (words: string[]) => words.map((word) => word.replace(/[!*]$/, ""));
  const marked = (words: string[], mark: string) => bare(words.filter((word) => word.endsWith(mark)));
  return {
    inputs: bare(inputs),
    outputs: bare(outputs),
    required: marked(inputs, "!"),
    secretInputs: marked(inputs, "*"),
    secret: marked([...inputs, ...outputs], "*"),
  };
}

const pick = (keys: readonly string[]): Values => Object.fromEntries(keys.map((key) => [key, samples[key]]));

/** The one request of a kind; fails when there are more or none. */
function only<Request>(seen: readonly Request[]): Request {
  const [first] = seen;
  assert.equal(seen.length, 1);
  assert.ok(first);
  return first;
}

describe("the talos package", () => {
  for (const [token, [made, shape]] of Object.entries(resources)) {
    const Made = made as ResourceClass;
    const { inputs, outputs, required, secretInputs, secret } = parse(shape);

    describe(token, () => {
      it("registers every input under the provider's token, secrets as secrets", async () => {
        const { registered } = await engineSees(() => void new Made("it", pick(inputs)));
        const request = only(registered);
        assert.equal(request.getType(), token);
        assert.equal(request.getVersion(), version);
        assert.equal(request.getPlugindownloadurl(), "github://api.github.com/pulumiverse");
        const { value, secrets } = decode(request.getObject());
        assert.deepEqual(value, pick(inputs));
        assert.deepEqual(secrets.sort(), secretInputs.sort());
        assert.deepEqual(request.getAdditionalsecretoutputsList().sort(), secret.sort());
      });

      it("has every property as an output", async () => {
        await engineSees(() => {
          const it = new Made("it", pick(inputs)) as unknown as Record<string, unknown>;
          for (const key of [...inputs, ...outputs]) assert.ok(pulumi.Output.isInstance(it[key]), key);
          assert.ok(Made.isInstance(it));
          assert.ok(!Made.isInstance({}) && !Made.isInstance(undefined));
        });
      });

      it("sends nothing for what is left out", async () => {
        const { registered } = await engineSees(() => void new Made("it", pick(required)));
        assert.deepEqual(decode(only(registered).getObject()).value, pick(required));
      });

      for (const missing of required) {
        it(`cannot be made without ${missing}`, async () => {
          const rest = pick(required.filter((key) => key !== missing));
          await engineSees(() => assert.throws(() => new Made("it", rest), new RegExp(`${missing} missing`)));
        });
      }

      it("is looked up by id, with what is known of its state", async () => {
        const { read, registered } = await engineSees(() => void Made.get("it", "an-id", pick(inputs)));
        assert.equal(registered.length, 0);
        assert.equal(only(read).getId(), "an-id");
        assert.deepEqual(decode(only(read).getProperties()).value, pick(inputs));
      });

      it("comes alive from a reference of another component", async () => {
        await engineSees(() => {
          const urn = `urn:pulumi:test::firmament::${token}::it`;
          const reference = { [SIGNATURE]: RESOURCE, urn, id: "an-id", packageVersion: version };
          assert.ok(Made.isInstance(pulumi.runtime.deserializeProperty(reference)));
        });
      });
    });
  }

  for (const [token, [plain, output, args]] of Object.entries(functions)) {
    it(`calls ${token} with all its arguments, in both forms`, async () => {
      const given = pick(args.split(" "));
      const call = (form: unknown) => engineSees(() => (form as (args: Values) => Promise<unknown>)(given));
      for (const { invoked } of [await call(plain), await call(output)]) {
        const request = only(invoked);
        assert.equal(request.getTok(), token);
        assert.equal(request.getVersion(), version);
        assert.equal(request.getPlugindownloadurl(), "github://api.github.com/pulumiverse");
        assert.deepEqual(decode(request.getArgs()).value, given);
      }
    });
  }

  it("keeps a configuration secret that was made from secrets", async () => {
    await engineSees(async () => {
      const from = (secrets: pulumi.Input<typeof machineSecrets>) =>
        talos.machine.getConfigurationOutput({
          clusterName: "berlin",
          clusterEndpoint: "https://192.0.2.1:6443",
          machineType: "worker",
          machineSecrets: secrets,
        });
      assert.equal(await pulumi.isSecret(from(pulumi.secret(machineSecrets))), true);
      assert.equal(await pulumi.isSecret(from(machineSecrets)), false);
    });
  });

  describe("timeouts", () => {
    const timeoutsOf = ({ registered }: Seen) => decode(only(registered).getObject()).value["timeouts"];
    const node = "192.0.2.1";

    it("are not accepted in part", () => {
      // @ts-expect-error -- the provider fails after a successful call when a key is left out
      const apply: talos.machine.ConfigurationApplyArgs = { node, timeouts: { create: "20m" } };
      const kubeconfig: talos.cluster.KubeconfigArgs = {
        node,
        clientConfiguration: credentials,
        // @ts-expect-error -- as above
        timeouts: { update: "20m" },
      };
      assert.ok(apply && kubeconfig);
    });

    it("are completed when they come in part around the types", async () => {
      const timeouts = { create: "20m" } as unknown as { create: string; update: string; delete: string };
      for (const given of [timeouts, pulumi.output(timeouts), Promise.resolve(timeouts)]) {
        const seen = await engineSees(() => void new talos.machine.ConfigurationApply("it", { node, timeouts: given }));
        assert.deepEqual(timeoutsOf(seen), { create: "20m", update: "10m", delete: "10m" });
      }
    });

    it("stay away when they are not given", async () => {
      const nothing: pulumi.Output<undefined> = pulumi.output(undefined);
      for (const timeouts of [undefined, nothing]) {
        const seen = await engineSees(() => void new talos.machine.Bootstrap("it", { node, timeouts }));
        assert.equal(timeoutsOf(seen), undefined);
      }
    });
  });

  describe("its explicit provider", () => {
    it("takes the image factory's URL and serves resources", async () => {
      const { registered } = await engineSees(() => {
        const provider = new talos.Provider("factory", { imageFactoryUrl: "https://factory.example" });
        assert.ok(talos.Provider.isInstance(provider));
        new talos.imagefactory.Schematic("it", {}, { provider });
      });
      const [provider, schematic] = registered;
      assert.equal(provider?.getType(), "pulumi:providers:talos");
      assert.deepEqual(decode(provider.getObject()).value, { imageFactoryUrl: "https://factory.example" });
      assert.match(schematic?.getProvider() ?? "", /pulumi:providers:talos::factory/);
    });

    it("reads its configuration when it is asked for, not when the package is loaded", async () => {
      await engineSees(() => {
        pulumi.runtime.setAllConfig({ "talos:imageFactoryUrl": "https://factory.example" });
        assert.equal(talos.config.imageFactoryUrl, "https://factory.example");
      });
    });
  });
});

// fixed by the engine's protocol
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
