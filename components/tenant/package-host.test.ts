import * as assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { credentials } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import { GetSchemaRequest, type GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { run } from "../../test/support/registrations";
import { PACKAGE_ROOT } from "../core/package-root";
import { TenantPackage } from "./package-host";
import { tenantArgs, world } from "./tenant.fixture";

const EXECUTABLE = path.join(PACKAGE_ROOT, "components", "tenant", "pulumi-resource-firmament");
const RELEASED = path.join(PACKAGE_ROOT, "components", "tenant", "tenant-cluster.schema.json");
const TYPE = "firmament:index:TenantCluster";

/** The port that a plugin prints when it is ready. */
function portOf({ stdout }: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    stdout?.once("data", (line: Buffer) => resolve(Number(line.toString().trim())));
    stdout?.once("end", () => reject(new Error("the plugin ended without a port")));
  });
}

function schemaAt(port: number): Promise<string> {
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": 64 << 20,
  });
  return new Promise<string>((resolve, reject) => {
    client.getSchema(new GetSchemaRequest(), (error: Error | null, response: GetSchemaResponse) =>
      error === null ? resolve(response.getSchema()) : reject(error),
    );
  }).finally(() => client.close());
}

describe("the package of components", function () {
  this.timeout(60_000);
  const construct = (inputs: object, type = TYPE) =>
    run(async () => {
      const { urn, state } = await new TenantPackage().construct("acme", type, inputs as pulumi.Inputs, {});
      return { urn, ...(state as Record<string, pulumi.Output<unknown>>) };
    }, world);

  it("gives the released schema to the engine that starts its executable", async () => {
    const plugin = spawn(EXECUTABLE, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const { version } = JSON.parse(fs.readFileSync(path.join(PACKAGE_ROOT, "package.json"), "utf8")) as {
        version: string;
      };
      const released = JSON.parse(fs.readFileSync(RELEASED, "utf8")) as object;
      assert.deepEqual(JSON.parse(await schemaAt(await portOf(plugin))), { ...released, version });
    } finally {
      plugin.kill();
    }
  });

  it("makes a tenant's cluster, with its kubeconfig a secret", async () => {
    const { resources, outputs, secretOutputs } = await construct(tenantArgs());
    assert.ok(resources.some(({ type }) => type === TYPE));
    assert.ok(resources.some(({ type, name }) => type.endsWith(":MachineDeployment") && name.startsWith("acme-small")));
    assert.deepEqual([outputs["endpoint"], outputs["namespace"]], ["https://198.51.100.7:6443", "tenant-acme"]);
    assert.ok(secretOutputs.includes("kubeconfig"));
  });

  it("says what is wrong with arguments by their paths in the program, all of it", async () => {
    const wrong = tenantArgs({ kubernetesVersion: "1.34" });
    await assert.rejects(construct({ ...wrong, quota: { ...wrong.quota, cpu: "lots" } }), (error: unknown) => {
      assert.ok(pulumi.InputPropertiesError.isInstance(error));
      assert.deepEqual(
        error.errors?.map(({ propertyPath }) => propertyPath),
        ["kubernetesVersion", "quota.cpu"],
      );
      assert.match(error.errors?.[0]?.reason ?? "", /^"1\.34" — must be a Kubernetes version/);
      return true;
    });
  });

  it("refuses what is known only when other resources are there, and components that it does not have", async () => {
    const secret = { ...tenantArgs(), kubernetesVersion: pulumi.secret("v1.34.1") };
    await assert.rejects(construct(secret), (error: unknown) => {
      assert.ok(pulumi.InputPropertiesError.isInstance(error));
      assert.match(JSON.stringify(error.errors), /"kubernetesVersion".*must be a plain value/);
      return true;
    });
    await assert.rejects(construct(tenantArgs(), "firmament:index:Other"), /Other: this package has firmament:index:T/);
  });
});
