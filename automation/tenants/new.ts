import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidInput, type Problem, refuse } from "../../components/core/problem";
import { tenantNetworks } from "../../stacks/fleet";
import { allocate, textsOf, type Texts } from "../../stacks/inventory/allocate";
import { unannounced } from "../../stacks/inventory/contradictions";
import { inventoryFile } from "../../stacks/inventory/inventory-file";
import { inventoryText } from "../../stacks/inventory/inventory-text";
import type { Inventory } from "../../stacks/inventory/schema";
import { customerOf, tenantName } from "../../stacks/inventory/tenant-name";
import { stackFile, type Project } from "../../stacks/stack-files";
import { around, keptInventory, projectAt, tenantAddresses } from "./cloud";
import { exclusively, writeTogether } from "./files";
import { type PoolSettings, poolsFrom, quotaFrom } from "./pool-option";
import { Problems } from "./problems";
import { sufficientQuota } from "./quota";
import { configOf, stackText, type NewSettings } from "./stack-text";
import { refuseWrongTenant, tenantFrom, type Surroundings } from "./valid";

export interface NewTenant {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly cloud: string;
  /** Name of the cluster; of the tenant, where it has no customer. */
  readonly name: string;
  readonly customer?: string;
  /** Kubernetes version: v1.34.4. */
  readonly version: string;
  /** As `general=replicas=3,cpus=8,memory=32Gi,image=…`. */
  readonly pools: readonly string[];
  /** Image of pools that name none. */
  readonly image?: string;
  readonly tier?: string;
  /** Networks that may connect to its API. Default: none; it has no address outside of the management cluster. */
  readonly allow?: readonly string[];
  /** Further names and addresses in the certificate of its API. Default: none. */
  readonly san?: readonly string[];
  /** As `cpu=96`. Default of what is not given: what the settings need at most. */
  readonly quota?: readonly string[];
  /** Machines that the computed quota has room for, by pool; never less than a pool has. Default: what it has at most. */
  readonly room?: Readonly<Record<string, number>>;
  /** What is wrong with its quota, where somebody limits it; then nothing is written. Default: nothing. */
  readonly limit?: (quota: Readonly<Record<string, unknown>>) => readonly Problem[];
  /** Prefix length of the pod network. Default: that of the inventory's pool. */
  readonly podPrefix?: number;
  /** Whether networks of tenants that are gone are given again. Default: false. */
  readonly reuse?: boolean;
}

/** A tenant whose stack file is written. */
export interface MadeTenant {
  readonly stack: string;
  readonly tenant: string;
  readonly customer: string;
  /** Its stack file, relative to the project. */
  readonly file: string;
  /** The inventory, relative to the project. */
  readonly inventory: string;
  /** What the inventory gives it. */
  readonly allocation: Texts;
  readonly quota: Readonly<Record<string, unknown>>;
}

/**
 * Gives a new tenant its networks and writes its stack file. A tenant that the inventory has and that has no stack file
 * gets one with the networks that it has.
 *
 * @throws InvalidInput with everything that is wrong; then nothing is written.
 */
export function newTenant(choice: NewTenant): Promise<MadeTenant> {
  const project = projectAt(choice.root);
  return exclusively(path.join(project.root, inventoryFile(project, choice.cloud)), () => make(project, choice));
}

function make(project: Project, choice: NewTenant): MadeTenant {
  const { cloud, version, reuse = false, podPrefix, tier = "production" } = choice;
  const problems = new Problems();
  const tenant = problems.from(() => tenantName(choice.name, choice.customer));
  const stack = `tenant.${cloud}.${tenant ?? ""}`;
  const file = stackFile(project, stack);
  const kept = problems.from(() => keptInventory(project, cloud));
  const known = problems.from(() => around(project, cloud));
  const neighbours = problems.from(() => tenantNetworks(project, cloud, { except: tenant ?? "" }));
  const addresses = problems.from(() => tenantAddresses(project, cloud, tenant ?? ""));
  const nodePools = problems.from(() => poolsFrom(choice.pools, choice.image));
  const wanted = problems.from(() => quotaFrom(choice.quota ?? []));
  if (tenant !== undefined && fs.existsSync(path.join(project.root, file))) {
    problems.add(file, "is there", "a new tenant has no stack file yet", "choose another name, or edit that file");
  }
  if (podPrefix !== undefined && !(Number.isInteger(podPrefix) && podPrefix >= 8 && podPrefix <= 24)) {
    problems.add("--pod-prefix", String(podPrefix), "must be from 8 to 24: a node has a /24 of it", "correct it");
  }
  const inventory = problems.from((): Inventory | undefined => {
    if (kept === undefined || known === undefined || tenant === undefined) return undefined;
    if (neighbours === undefined || addresses === undefined) return undefined;
    refuse(kept.file, unannounced(kept.inventory, known.loadBalancers));
    return allocate(kept.inventory, tenant, {
      reuse,
      address: isExposed(choice),
      taken: [...known.management, ...neighbours].map(({ network }) => network),
      takenAddresses: addresses,
      ...(podPrefix === undefined ? {} : { podPrefix }),
    });
  });
  const allocation = tenant === undefined ? undefined : inventory?.tenants[tenant];
  if (allocation?.apiAddress !== undefined && !isExposed(choice)) {
    const fix = "give the networks that may connect, or take the address out of the inventory";
    problems.add("--allow", "missing", "the inventory has an address for its API", fix);
  }
  const settings = problems.from(() => {
    if (tenant === undefined || allocation === undefined || nodePools === undefined) return undefined;
    if (known === undefined || neighbours === undefined) return undefined;
    const { podCidr, serviceCidr, apiAddress } = textsOf(allocation);
    const own = {
      tier,
      kubernetesVersion: version,
      network: { podCidr, serviceCidr },
      controlPlane: controlPlaneOf(choice, apiAddress),
      nodePools,
    };
    return withQuota(tenant, own, wanted ?? {}, { ...known, neighbours }, choice.room);
  });
  problems.from(() => refuse("the quota", settings === undefined ? [] : (choice.limit?.(settings.quota) ?? [])));
  problems.refuse(`tenant ${tenant ?? choice.name}`);
  if (
    tenant === undefined ||
    kept === undefined ||
    inventory === undefined ||
    settings === undefined ||
    allocation === undefined
  )
    throw new InvalidInput(`tenant ${choice.name}`, []);

  writeTogether([
    { file: path.join(project.root, kept.file), text: inventoryText(kept.text, inventory) },
    { file: path.join(project.root, file), text: stackText(configOf(settings), path.basename(kept.file)) },
  ]);
  return {
    stack,
    tenant,
    customer: customerOf(tenant),
    file,
    inventory: kept.file,
    allocation: textsOf(allocation),
    quota: settings.quota,
  };
}

function isExposed({ allow = [] }: NewTenant): boolean {
  return allow.length > 0;
}

/** Closed where nobody says who may connect. */
function controlPlaneOf(choice: NewTenant, address: string | undefined): Record<string, unknown> {
  const { allow = [], san = [] } = choice;
  return {
    ...(isExposed(choice) ? { serviceType: "LoadBalancer", allowedSources: allow } : { serviceType: "ClusterIP" }),
    ...(isExposed(choice) && address !== undefined ? { loadBalancer: { address } } : {}),
    ...(san.length === 0 ? {} : { certSANs: san }),
  };
}

/** Takes the place of a quota that is computed from settings which it must be part of to be parsed. */
const ANY_QUOTA = { cpu: "1", memory: "1Gi", storage: "1Gi" };

function withQuota(
  tenant: string,
  settings: Omit<NewSettings, "quota">,
  wanted: Readonly<Record<string, string>>,
  surroundings: Surroundings,
  room: Readonly<Record<string, number>> = {},
): NewSettings {
  const nodePools = Object.fromEntries(
    Object.entries(settings.nodePools).map(([name, pool]) => [name, withRoom(pool, room[name])]),
  );
  const provisional = configOf({ ...settings, nodePools, quota: { ...ANY_QUOTA, ...wanted } });
  const quota = { ...sufficientQuota(tenantFrom(tenant, provisional, surroundings)), ...wanted };
  const complete = { ...settings, quota };
  refuseWrongTenant(tenant, configOf(complete), surroundings);
  return complete;
}

/** The pool with as many machines as its quota has room for. What is no number of machines stays, for its message. */
function withRoom(pool: PoolSettings, most: number | undefined): PoolSettings {
  const { replicas } = pool;
  return most === undefined || typeof replicas !== "number" ? pool : { ...pool, replicas: Math.max(replicas, most) };
}
