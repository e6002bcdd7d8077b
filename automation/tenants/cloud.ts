import * as fs from "node:fs";
import { isIPv4 } from "node:net";
import * as path from "node:path";
import { Cidr } from "../../components/core/cidr";
import { fieldsOf } from "../../components/core/fields";
import { NAMESPACE } from "../../components/core/layers";
import type { Use } from "../../components/core/network-overlaps";
import { InvalidInput } from "../../components/core/problem";
import { platformNetworks } from "../../components/platform/networks";
import { parsePlatformSettings } from "../../components/platform/settings";
import { inventoryFile, readInventory } from "../../stacks/inventory/inventory-file";
import { inventoryContradictions } from "../../stacks/inventory/contradictions";
import type { Inventory } from "../../stacks/inventory/schema";
import { apiAddressIn } from "../../stacks/inventory/stack-texts";
import { readProject, readStackFile, readYaml, stackFile, stackNames, type Project } from "../../stacks/stack-files";
import { readBaseSettings } from "../boot/cloud";

/** Takes the place of encrypted settings, which nothing here uses. */
const ENCRYPTED = "encrypted";

/** A cloud's inventory and where it stands. */
export interface KeptInventory {
  readonly inventory: Inventory;
  /** Relative to the project. */
  readonly file: string;
  readonly text: string;
}

/** Finds the project, from wherever the command runs. @throws InvalidInput when there is none. */
export function projectAt(root: string): Project {
  return readProject(path.resolve(root));
}

/**
 * @throws InvalidInput when the cloud has no inventory, or everything that is wrong with it: nothing is given from an
 * inventory that contradicts itself.
 */
export function keptInventory(project: Project, cloud: string): KeptInventory {
  const file = inventoryFile(project, cloud);
  const inventory = readInventory(project, cloud);
  if (inventory === undefined) {
    const rule = "must say where the networks of the cloud's tenants come from";
    const fix = "copy inventory.example.yaml and correct its pools";
    throw new InvalidInput("the inventory", [{ where: file, given: "no such file", rule, fix }]);
  }
  const problems = inventoryContradictions(inventory);
  if (problems.length > 0) throw new InvalidInput(file, problems);
  return { inventory, file, text: fs.readFileSync(path.join(project.root, file), "utf8") };
}

/** What a cloud's base and platform stacks say that tenants are held against. */
export interface Around {
  /** Networks of the management cluster, by the settings that name them. */
  readonly management: readonly Use[];
  /** Networks whose addresses its load balancers have. */
  readonly loadBalancers: readonly Cidr[];
  /** DataStores that tenants can choose. */
  readonly dataStores: readonly string[];
}

/**
 * What the stack files of a cloud's base and platform stacks say to tenants; the cloud itself is not asked.
 *
 * @throws InvalidInput when one of them cannot be read, or its settings are wrong.
 */
export function around(project: Project, cloud: string): Around {
  const { network } = readBaseSettings(project.root, cloud);
  const base = (["nodeCidrs", "podCidrs", "serviceCidrs"] as const).flatMap((key) =>
    network[key].map((each, index): Use => ({ where: `base.network.${key}.${index}`, network: each })),
  );
  const { config } = readStackFile(project, `platform.${cloud}`, { encrypted: ENCRYPTED });
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${NAMESPACE}:`));
  const platform = parsePlatformSettings(
    Object.fromEntries(own.map(([key, value]) => [key.slice(NAMESPACE.length + 1), value])),
  );
  const networks = Object.entries(platformNetworks(platform)).map(([where, each]): Use => ({ where, network: each }));
  return {
    management: [...base, ...networks],
    loadBalancers: platform.networking.loadBalancerCidrs,
    dataStores: Object.keys(platform.dataStores),
  };
}

/** Addresses that the APIs of a cloud's tenants have by their stack files, but for one tenant's. */
export function tenantAddresses(project: Project, cloud: string, except: string): Cidr[] {
  const prefix = `tenant.${cloud}.`;
  return stackNames(project)
    .filter((name) => name.startsWith(prefix) && name !== `${prefix}${except}`)
    .flatMap((name) => {
      const content = fieldsOf(readYaml(path.join(project.root, stackFile(project, name))));
      const address = apiAddressIn(fieldsOf(content["config"]));
      return address !== undefined && isIPv4(address) ? [Cidr.parse(`${address}/32`)] : [];
    });
}
