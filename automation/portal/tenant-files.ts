import * as fs from "node:fs";
import * as path from "node:path";
import { fieldsOf } from "../../components/core/fields";
import { NAMESPACE } from "../../components/core/layers";
import { customerOf } from "../../stacks/inventory/tenant-name";
import { readProject, readStackFile, stackFile, stackNames } from "../../stacks/stack-files";
import { amountsOf } from "./amounts";
import type { CloudCluster } from "./cloud";
import type { Pool } from "./page/wire";

type Tenant = Omit<CloudCluster, "deployed">;

/** Milliseconds. */
const FRESH = 1000;

/** The tenants of a cloud by their stack files, each of which is read when it has changed. */
export class TenantFiles {
  private listed: { readonly at: number; readonly tenants: readonly Tenant[] } | undefined;
  private readonly known = new Map<string, { readonly stamp: string; readonly tenant: Tenant }>();

  constructor(
    private readonly root: string,
    private readonly cloud: string,
  ) {}

  /**
   * By name. What others write is seen within a second: hundreds of customers look on at the same time.
   *
   * @throws InvalidInput for a project or file that cannot be read.
   */
  tenants(): readonly Tenant[] {
    const { listed } = this;
    if (listed !== undefined && listed.at + FRESH > Date.now()) return listed.tenants;
    const tenants = this.read();
    this.listed = { at: Date.now(), tenants };
    return tenants;
  }

  /** Something was written. */
  forget(): void {
    this.listed = undefined;
  }

  private read(): Tenant[] {
    const project = readProject(path.resolve(this.root));
    const prefix = `tenant.${this.cloud}.`;
    return stackNames(project)
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => {
        const stamp = stampOf(path.join(project.root, stackFile(project, name)));
        // removed between
        if (stamp === undefined) return [];
        const known = this.known.get(name);
        if (known?.stamp === stamp) return [known.tenant];
        const tenant = tenantOf(name.slice(prefix.length), readStackFile(project, name).config);
        this.known.set(name, { stamp, tenant });
        return [tenant];
      });
  }
}

function stampOf(file: string): string | undefined {
  const found = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? undefined : `${found.ino} ${found.mtimeNs} ${found.size}`;
}

function tenantOf(id: string, config: Readonly<Record<string, unknown>>): Tenant {
  const settings = fieldsOf(config[`${NAMESPACE}:tenant`]);
  return {
    id,
    customer: customerOf(id),
    version: textOf(settings["kubernetesVersion"]),
    // the settings' own default
    isProtected: (settings["tier"] ?? "production") === "production",
    pools: Object.entries(fieldsOf(settings["nodePools"])).map(([name, pool]) => poolOf(name, fieldsOf(pool))),
    quota: amountsOf(fieldsOf(settings["quota"])),
  };
}

function poolOf(name: string, { cpus, memory, replicas, autoscaling }: Readonly<Record<string, unknown>>): Pool {
  const { min, max } = fieldsOf(autoscaling);
  return {
    name,
    cpus: Number(cpus ?? 0),
    memory: textOf(memory),
    machines: Number(autoscaling === undefined ? (replicas ?? 0) : (min ?? 0)),
    ...(autoscaling === undefined ? {} : { autoscaledTo: Number(max ?? 0) }),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "unknown";
}
