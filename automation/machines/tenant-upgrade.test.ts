import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { upgradeKubernetes } from "./kubernetes-upgrade";

const STACK = "tenant.berlin.acme";
const FILE = `Pulumi.${STACK}.yaml`;
const FILE_TEXT = `config:
  firmament:layer: tenant
  firmament:tenant:
    kubernetesVersion: v1.33.5 # asked for by acme
    nodePools:
      # what most pods run on
      small:
        replicas: 2
        image: registry.example/node:v1.33.5
      large: { replicas: 1, image: "registry.example/node:v1.33.5" }
      gpu:
        replicas: 0
        image: registry.example/gpu:v1.33.5@sha256:0000
`;

interface Settings {
  readonly kubernetesVersion: string;
  readonly nodePools: Readonly<Record<string, { readonly image: string }>>;
}

/** A stack that deploys what its file says; what is deployed is published when all of it is. */
function deployedStack(root: string, running: string, failAt = "") {
  const ups: Settings[] = [];
  const versionOf = (image: string) => /v1\.\d+\.\d+/.exec(image)?.[0];
  let servers = running;
  let nodes: Record<string, string | undefined> = { small: running, large: running, gpu: running };
  return {
    ups,
    outputs: () =>
      Promise.resolve({
        kubernetesVersion: { value: servers, secret: false },
        nodeVersions: { value: nodes, secret: false },
      }),
    up: () => {
      const { config } = parse(fs.readFileSync(path.join(root, FILE), "utf8")) as {
        config: { "firmament:tenant": Settings };
      };
      const wanted = config["firmament:tenant"];
      ups.push(wanted);
      if (wanted.kubernetesVersion === failAt) return Promise.reject(new Error("the pool did not roll in time"));
      servers = wanted.kubernetesVersion;
      nodes = Object.fromEntries(Object.entries(wanted.nodePools).map(([name, { image }]) => [name, versionOf(image)]));
      return Promise.resolve({} as never);
    },
  };
}

const GPU = ["registry.example/gpu:v1.34.4@sha256:1111", "registry.example/gpu:v1.35.1@sha256:2222"];

describe("an upgrade of a tenant over several minors", () => {
  let root: string;
  const upgrade = (engine: ReturnType<typeof deployedStack>, images: readonly string[], to = "v1.35.1") =>
    upgradeKubernetes(engine, { root, stack: STACK, to, via: to === "v1.35.1" ? ["v1.34.4"] : [], images });
  const written = () => fs.readFileSync(path.join(root, FILE), "utf8");

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-upgrade-"));
    fs.writeFileSync(path.join(root, "Pulumi.yaml"), "name: firmament\nruntime: nodejs\n");
    fs.writeFileSync(path.join(root, FILE), FILE_TEXT);
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  it("goes minor by minor, all pools with the control plane, and keeps the words of the stack file", async () => {
    const engine = deployedStack(root, "v1.33.5");
    assert.deepEqual(await upgrade(engine, GPU), ["v1.34.4", "v1.35.1"]);
    assert.deepEqual(
      engine.ups.map(({ kubernetesVersion, nodePools }) => [
        kubernetesVersion,
        ...Object.values(nodePools).map(({ image }) => image),
      ]),
      [
        ["v1.34.4", "registry.example/node:v1.34.4", "registry.example/node:v1.34.4", GPU[0]],
        ["v1.35.1", "registry.example/node:v1.35.1", "registry.example/node:v1.35.1", GPU[1]],
      ],
    );
    assert.equal(
      written(),
      FILE_TEXT.replaceAll("gpu:v1.33.5@sha256:0000", "gpu:v1.35.1@sha256:2222").replaceAll("v1.33.5", "v1.35.1"),
    );
  });

  it("goes on where it has ended: the step that has failed is deployed again", async () => {
    await assert.rejects(upgrade(deployedStack(root, "v1.33.5", "v1.34.4"), GPU), /did not roll in time/);
    assert.match(written(), /kubernetesVersion: v1\.34\.4/);
    const again = deployedStack(root, "v1.33.5");
    assert.deepEqual(await upgrade(again, GPU), ["v1.34.4", "v1.35.1"]);
    const done = deployedStack(root, "v1.35.1");
    assert.deepEqual(await upgrade(done, GPU), []);
    assert.equal(done.ups.length, 0);
  });

  it("takes images of each step from a template, for one pool or for a repository", async () => {
    const engine = deployedStack(root, "v1.33.5");
    await upgrade(
      engine,
      ["gpu=registry.example/other:{version}-cuda", "registry.example/node:{version}-2"],
      "v1.34.4",
    );
    assert.deepEqual(
      Object.values(engine.ups[0]?.nodePools ?? {}).map(({ image }) => image),
      ["registry.example/node:v1.34.4-2", "registry.example/node:v1.34.4-2", "registry.example/other:v1.34.4-cuda"],
    );
  });

  it("follows an image that pools share by an alias", async () => {
    fs.writeFileSync(
      path.join(root, FILE),
      "config:\n  firmament:tenant:\n    kubernetesVersion: v1.33.5\n    nodePools:\n" +
        "      small: { image: &node 'registry.example/node:v1.33.5' }\n      large: { image: *node }\n",
    );
    await upgrade(deployedStack(root, "v1.33.5"), [], "v1.34.4");
    assert.match(written(), /&node 'registry\.example\/node:v1\.34\.4'[^]*image: \*node/);
  });

  it("is refused, and nothing deployed or written, where an image is not known or of no use", async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [
        [],
        /nodePools\.gpu\.image: registry\.example\/gpu:v1\.33\.5@sha256:0000 — is pinned by its digest; that of v1\.34\.4 is not known; give --image registry\.example\/gpu:v1\.34\.4@sha256:…, or gpu=<image>/,
      ],
      [[GPU[0] ?? ""], /pinned by its digest; that of v1\.35\.1/],
      [
        [...GPU, "registry.example/nodes:v1.35.1"],
        /--image: registry\.example\/nodes:v1\.35\.1 — must be of the repository/,
      ],
      [[...GPU, "cpu=registry.example/node:v1.35.1"], /--image: cpu=\S+ — there is no pool cpu/],
      [[...GPU, "registry.example/node:latest"], /its tag must name a version like v1\.35\.4/],
    ];
    for (const [images, message] of wrong) {
      const engine = deployedStack(root, "v1.33.5");
      await assert.rejects(upgrade(engine, images), message);
      assert.deepEqual([engine.ups.length, written()], [0, FILE_TEXT]);
    }
    fs.writeFileSync(path.join(root, FILE), FILE_TEXT.replace("gpu:v1.33.5@sha256:0000", "gpu:stable"));
    await assert.rejects(
      upgrade(deployedStack(root, "v1.33.5"), []),
      /gpu:stable — its tag must say which version it holds/,
    );
    const base = { outputs: () => Promise.resolve({}), up: () => Promise.reject(new Error("no")) };
    await assert.rejects(
      upgradeKubernetes(base, { root, stack: "base.berlin", to: "v1.34.1", images: ["x:v1.34.1"] }),
      /--image: x:v1\.34\.1 — machines of the base layer have no image/,
    );
  });
});
