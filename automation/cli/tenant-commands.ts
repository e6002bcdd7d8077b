import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import { backendOptions, JSON_OPTION } from "./options";
import type { NewChoice, RemoveChoice } from "./tenant";
import type * as Tenant from "./tenant";
import type * as Delete from "./tenant-delete";

const load = createRequire(__filename);
const tenants = () => load("./tenant") as typeof Tenant;

/** The commands on tenants of a cloud, beside each other below `tenant`. */
export function addTenantCommands(cli: Command): void {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const tenant = cli
    .command("tenant")
    .description("The tenants of a cloud: their stack files, and the inventory that gives them their networks.");
  const common = (command: Command) =>
    command.option("--root <directory>", "project, where Pulumi.yaml is", process.cwd()).option(...JSON_OPTION);

  common(tenant.command("new <cloud> <name>"))
    .description(
      "Takes networks for a new tenant from inventory.<cloud>.yaml and writes its stack file. All that is wrong is said at " +
        "once, and nothing is written then.",
    )
    .option("--customer <name>", "whose cluster it is: the first part of the tenant's name, before two dashes")
    .requiredOption("--version <version>", "its Kubernetes version, as v1.34.4")
    .requiredOption(
      "--pool <settings...>",
      "a node pool, as general=replicas=3,cpus=8,memory=32Gi,disk=100Gi; also min= and max= for an autoscaler, image=",
    )
    .option("--image <image>", "image of the machines of pools that name none")
    .addOption(new Option("--tier <tier>", "its tier").choices(["production", "development"]).default("production"))
    .option(
      "--allow <network...>",
      "networks that may connect to its API, at an address of the platform's pool (default: only the management cluster)",
    )
    .option("--san <name...>", "further names and addresses in the certificate of its API")
    .option("--quota <parts...>", "parts of its quota, as cpu=96 memory=320Gi storage=2Ti (default: what it needs)")
    .option("--pod-prefix <length>", "prefix length of its pod network (default: that of the inventory's pool)")
    .option("--reuse", "take networks that tenants had which are gone, where there are any of that size")
    .action(async (cloud: string, name: string, choice: NewChoice) => {
      print(await tenants().tenantNew(cloud, name, choice));
    });
  common(tenant.command("list <cloud>"))
    .description("Lists the tenants of a cloud: customer, version, networks, machines. From files; asks nobody.")
    .action((cloud: string, choice: RemoveChoice) => print(tenants().tenantList(cloud, choice)));
  common(tenant.command("resize <stack> <pool> <size>"))
    .description(
      "Writes another number of machines of a node pool into a tenant's stack file: 3, or 0..6 where an autoscaler chooses. " +
        "The tenant is held against its rules, quota and networks first.",
    )
    .action((stack: string, pool: string, size: string, choice: RemoveChoice) =>
      print(tenants().tenantResize(stack, pool, size, choice)),
    );
  backendOptions(tenant.command("delete <stack>"))
    .description(
      "Deletes a tenant for good: destroys its stack, removes its stack file, frees its networks. Run again it goes on where " +
        "it was interrupted. What is protected stays, and ends it. Exit codes as preview.",
    )
    .option(...JSON_OPTION)
    .option("--yes", "it is meant: without this it only says what would be deleted")
    .action(async (stack: string, choice: Parameters<typeof Delete.tenantDelete>[1]) => {
      const { tenantDelete } = load("./tenant-delete") as typeof Delete;
      process.exitCode = await tenantDelete(stack, choice);
    });
  common(tenant.command("remove <stack>"))
    .description(
      "Removes the stack file of a tenant that is destroyed and frees its networks. Refused while its stack has resources, " +
        "or the backend does not say.",
    )
    .option("--gone", "nothing of it is left, as you know: the backend is not asked")
    .action(async (stack: string, choice: RemoveChoice) => print(await tenants().tenantRemove(stack, choice)));
}
