import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { InvalidInput } from "../core/problem";
import { PACKAGE_ROOT } from "../core/package-root";
import type { TenantClusterArgs } from "./args.generated";
import { TenantCluster } from "./tenant-cluster";
import { TENANT_TYPE } from "./tenant-resources";

const SCHEMA = join(PACKAGE_ROOT, "components", "tenant", "tenant-cluster.schema.json");

/**
 * TenantCluster for programs in other languages: what the engine starts when one of them uses the package.
 *
 * The schema is the released one, as it lies beside the component. The SDK's own host reads it out of the sources with
 * the TypeScript compiler each time it is started, which takes longer than all the rest and needs the sources.
 */
export class TenantPackage implements pulumi.provider.Provider {
  readonly version = versionOfPackage();

  getSchema(): Promise<string> {
    const schema = JSON.parse(readFileSync(SCHEMA, "utf8")) as object;
    return Promise.resolve(JSON.stringify({ ...schema, version: this.version }));
  }

  /** Makes the component; wrong arguments are said with the paths that they have in the program. */
  construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    if (type !== TENANT_TYPE) return Promise.reject(new Error(`${type}: this package has ${TENANT_TYPE} only`));
    try {
      const { urn, kubeconfig, endpoint, namespace } = new TenantCluster(name, plainArgs(name, inputs), options);
      return Promise.resolve({ urn, state: { kubeconfig, endpoint, namespace } });
    } catch (error) {
      return Promise.reject(error instanceof InvalidInput ? inputError(error) : (error as Error));
    }
  }
}

/** Arguments are plain values; what is computed by other resources cannot be planned with. */
function plainArgs(name: string, inputs: pulumi.Inputs): TenantClusterArgs {
  const computed = Object.entries(inputs).filter(([, value]) => pulumi.Output.isInstance(value));
  if (computed.length === 0) return inputs as unknown as TenantClusterArgs;
  throw new InvalidInput(
    `tenant ${name}`,
    computed.map(([key]) => ({
      where: `tenant.${key}`,
      given: "a secret, or an output of another resource",
      rule: "must be a plain value",
      fix: "write it into the program or its configuration",
    })),
  );
}

function inputError({ what, problems }: InvalidInput): pulumi.InputPropertiesError {
  return new pulumi.InputPropertiesError({
    message: `${what} cannot be used`,
    errors: problems.map(({ where, given, rule, fix }) => ({
      propertyPath: where.replace(/^tenant\./, ""),
      reason: `${given} — ${rule}; ${fix}`,
    })),
  });
}

function versionOfPackage(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string };
  return version;
}
