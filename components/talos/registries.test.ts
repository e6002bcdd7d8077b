import * as assert from "node:assert/strict";
import { inspect } from "node:util";
import { only, run } from "../../test/support/registrations";
import { issue } from "./certificates.fixture";
import { machinePatches } from "./machine-config";
import { parseBaseSettings } from "./parse";
import { machinesOf } from "./settings";
import { base } from "./settings.fixture";
import { TalosCluster } from "./talos-cluster";

const PASSWORD = "correct horse battery staple";
const MIRROR = "registry.example:5000";

const parse = (registries: object, registryPasswords?: object) =>
  parseBaseSettings({
    layer: "base",
    base: { ...base, registries },
    ...(registryPasswords === undefined ? {} : { registryPasswords }),
  });

/** Documents of one kind for every machine; the same for each. */
const documents = (settings: ReturnType<typeof parse>, kind: string) => {
  const [first = [], ...others] = machinesOf(settings).map((machine) =>
    machinePatches(settings, machine).filter((text) => text.includes(`"kind":"${kind}"`)),
  );
  for (const other of others) assert.deepEqual(other, first);
  return first.map((text) => JSON.parse(text) as unknown);
};

describe("registries of machines", () => {
  it("are replaced by mirrors, of one registry or of all", () => {
    const settings = parse({
      mirrors: {
        "ghcr.io": { endpoints: [`https://${MIRROR}/v2/ghcr`, "http://192.0.2.5"], overridePath: true },
        "*": { endpoints: [`https://${MIRROR}`], skipFallback: true },
      },
    });
    const mirror = { apiVersion: "v1alpha1", kind: "RegistryMirrorConfig" };
    assert.deepEqual(documents(settings, "RegistryMirrorConfig"), [
      {
        ...mirror,
        name: "ghcr.io",
        endpoints: [
          { url: `https://${MIRROR}/v2/ghcr`, overridePath: true },
          { url: "http://192.0.2.5", overridePath: true },
        ],
      },
      { ...mirror, name: "*", endpoints: [{ url: `https://${MIRROR}` }], skipFallback: true },
    ]);
  });

  it("are logged in to, and known by the authority that signed their certificate", () => {
    const { certificate: ca } = issue("site");
    const settings = parse(
      { auth: { [MIRROR]: { username: "puller" } }, tls: { [MIRROR]: { ca } } },
      { [MIRROR]: PASSWORD },
    );
    const [auth, tls] = ["RegistryAuthConfig", "RegistryTLSConfig"].map((kind) => documents(settings, kind)[0]);
    const named = { apiVersion: "v1alpha1", name: MIRROR };
    assert.deepEqual(auth, { ...named, kind: "RegistryAuthConfig", username: "puller", password: PASSWORD });
    assert.deepEqual(tls, { ...named, kind: "RegistryTLSConfig", ca });
  });

  it("keep their passwords secret: in the state, in logs and in messages", async () => {
    const settings = parse({ auth: { [MIRROR]: { username: "puller" } } }, { [MIRROR]: PASSWORD });
    assert.doesNotMatch(inspect(settings, { depth: 9 }) + JSON.stringify(settings), /correct horse/);
    const { resources, outputs, secretOutputs } = await run(() => void new TalosCluster("berlin", { settings }), {
      call: (_token, { configPatches }) => ({
        talosConfig: "text",
        machineConfiguration: JSON.stringify(configPatches),
      }),
    });
    const holding = resources.flatMap(({ name, inputs, secrets }) =>
      Object.entries(inputs)
        .filter(([, value]) => JSON.stringify(value).includes("correct horse"))
        .map(([key]) => ({ name, key, secret: secrets.includes(key) })),
    );
    assert.equal(holding.length, Object.keys(base.machines).length);
    for (const { key, secret } of holding) assert.deepEqual([key, secret], ["machineConfigurationInput", true]);
    assert.deepEqual([outputs, secretOutputs], [{}, []]);
    only(resources, "talos:machine/secrets:Secrets");
  });

  const auth = { auth: { [MIRROR]: { username: "puller" } } };
  const bad: Record<string, [registries: object, passwords: object | undefined, message: RegExp]> = {
    "a registry without password": [
      auth,
      undefined,
      /registryPasswords\.registry\.example:5000: missing — .*--path 'firmament:registryPasswords\["registry\.example:5000"\]'/,
    ],
    "an empty password": [
      auth,
      { [MIRROR]: "" },
      /registryPasswords\.registry\.example:5000: no text — is the password/,
    ],
    "a password of no registry": [
      {},
      { [MIRROR]: PASSWORD },
      /: a password — must be of a registry in base\.registries\.auth/,
    ],
    "a password among the settings": [
      { auth: { [MIRROR]: { username: "puller", password: "x" } } },
      undefined,
      /auth\.registry\.example:5000\.password: unknown key/,
    ],
    // siderolabs/talos#8639
    "credentials of docker.io": [
      { auth: { "docker.io": { username: "puller" } } },
      { "docker.io": PASSWORD },
      /registries\.auth: docker\.io — must be the host that is asked.*registry-1\.docker\.io/,
    ],
    "a path that /v2 would be appended to": [
      { mirrors: { "ghcr.io": { endpoints: ["https://registry.example/v2/ghcr"] } } },
      undefined,
      /mirrors\.ghcr\.io\.endpoints\.0: .* — has a path below \/v2.*overridePath to true/,
    ],
    "a mirror without endpoint": [
      { mirrors: { "ghcr.io": { endpoints: [] } } },
      undefined,
      /mirrors\.ghcr\.io\.endpoints: \[\] — must not be empty/,
    ],
    "credentials in a URL": [
      { mirrors: { "ghcr.io": { endpoints: ["https://a:b@registry.example"] } } },
      undefined,
      /endpoints\.0: .* — must be a URL like .*, without user and password/,
    ],
    "a URL of another protocol": [
      { mirrors: { "ghcr.io": { endpoints: ["ftp://registry.example"] } } },
      undefined,
      /endpoints\.0: "ftp:\/\/registry\.example" — must be a URL like/,
    ],
    "a mirror of a part of a registry": [
      { mirrors: { "docker.io/library": { endpoints: ["https://registry.example"] } } },
      undefined,
      /mirrors.*: docker\.io\/library — must be a registry like ghcr\.io, or \*/,
    ],
    "an authority that is none": [
      { tls: { [MIRROR]: { ca: "x" } } },
      undefined,
      /ca: "x" — must be a certificate in PEM/,
    ],
  };
  for (const [what, [registries, passwords, message]] of Object.entries(bad)) {
    it(`are refused for ${what}`, () => {
      assert.throws(
        () => parse(registries, passwords),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /correct horse/);
          return error.name === "InvalidInput";
        },
      );
    });
  }
});
