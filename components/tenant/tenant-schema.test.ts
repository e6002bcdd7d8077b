import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental";
import { argsSource } from "./args-source";
import { TenantCluster } from "./tenant-cluster";
import { PACKAGE_ROOT } from "../core/package-root";

const SNAPSHOT = path.join(PACKAGE_ROOT, "components", "tenant", "tenant-cluster.schema.json");

interface Schema {
  readonly resources: Record<string, Resource>;
  readonly types: Record<string, Type>;
}

interface Type {
  readonly properties?: Record<
    string,
    { readonly plain?: boolean; readonly secret?: boolean; readonly description?: string }
  >;
  readonly required?: string[];
}

type Resource = Type & { readonly inputProperties: NonNullable<Type["properties"]>; readonly requiredInputs: string[] };

/** The package of components as `pulumi package get-schema` would print it, without a CLI. */
async function schemaOf(): Promise<Schema> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-"));
  try {
    const main = path.join(PACKAGE_ROOT, "components", "tenant", "tenant-cluster.ts");
    const compilerOptions = {
      rootDir: PACKAGE_ROOT,
      composite: false,
      incremental: false,
      noEmit: true,
      typeRoots: [],
    };
    const files: Record<string, object> = {
      "package.json": { name: "firmament", version: "0.0.0", main },
      "tsconfig.json": {
        extends: path.join(PACKAGE_ROOT, "tsconfig.json"),
        compilerOptions,
        include: [],
        files: [main],
      },
    };
    for (const [name, content] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, name), JSON.stringify(content));
    }
    const provider = new ComponentProvider({ components: [TenantCluster], dirname: folder, name: "firmament" });
    return JSON.parse(await provider.getSchema()) as Schema;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe("TenantCluster for other languages", function () {
  this.timeout(60_000);
  let schema: Schema;
  let cluster: Resource;

  before(async () => {
    schema = await schemaOf();
    const found = schema.resources["firmament:index:TenantCluster"];
    assert.ok(found !== undefined, "the analyzer of component packages does not see it");
    cluster = found;
  });

  it("has arguments that every language can express", () => {
    assert.ok(Object.keys(cluster.inputProperties).includes("nodePools"));
    assert.ok(!cluster.requiredInputs.includes("tier"), "what has a default may be left out");
    assert.ok(cluster.requiredInputs.includes("quota"));
  });

  it("has arguments that are generated from the settings and up to date", () => {
    const file = path.join(PACKAGE_ROOT, "components", "tenant", "args.generated.ts");
    assert.equal(fs.readFileSync(file, "utf8"), argsSource(), "run `npm run generate`");
  });

  it("has outputs for the next layer, and shows nothing of its inside", () => {
    assert.deepEqual(Object.keys(cluster.properties ?? {}).sort(), ["endpoint", "kubeconfig", "namespace"]);
  });

  it("documents every argument", () => {
    const types = [cluster.inputProperties, ...Object.values(schema.types).map(({ properties }) => properties ?? {})];
    const silent = types
      .flatMap((properties) => Object.entries(properties))
      .filter(([, { description }]) => !description);
    assert.deepEqual(
      silent.map(([name]) => name),
      [],
    );
  });

  it("has the schema that was released (a change here breaks, or must be shown to users: update the snapshot)", () => {
    const text = `${JSON.stringify(schema, undefined, 2)}\n`;
    if (process.env["UPDATE_SNAPSHOTS"] === "true") fs.writeFileSync(SNAPSHOT, text);
    assert.equal(
      text,
      fs.readFileSync(SNAPSHOT, "utf8"),
      "run the test with UPDATE_SNAPSHOTS=true and review the change",
    );
  });
});
