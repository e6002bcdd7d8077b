import { createRequire } from "node:module";
import type { Command } from "commander";
import type * as Boot from "./boot";
import type * as Drift from "./drift";
import type * as Image from "./image";
import type * as Machines from "./machines";
import { JSON_OPTION, nonEmpty } from "./options";

/** Loads at once what is loaded late, as in index.ts. */
const load = createRequire(__filename);

/** Commands about machines and the clusters on them: images, network boot, drift, secrets, upgrades, etcd. */
export function addMachineCommands(cli: Command): void {
  cli
    .command("image <cloud>")
    .description(
      "Prints what the image factory has for the machines of a cloud: schematic, installer, ISO, PXE script, disk image. " +
        "Computed from the stack file of its base stack, offline.",
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option("--register", "send the schematics to their factory, which serves no image before, and compare the ids")
    .option(...JSON_OPTION)
    .action(async (cloud: string, choice: Image.ImageChoice) => {
      const { imageReport } = load("./image") as typeof Image;
      process.stdout.write(`${await imageReport(cloud, choice)}\n`);
    });
  cli
    .command("boot <cloud>")
    .description(
      "Writes a bundle that boots the machines of a cloud over the network into Talos: configuration of dnsmasq (DHCP, TFTP) " +
        "and iPXE scripts, by the machines' MAC addresses, for BIOS, UEFI and UEFI HTTP boot.",
    )
    .requiredOption("--output <directory>", "folder of the bundle; one that this command wrote is replaced")
    .requiredOption("--address <address>", "address of the boot server in the machines' network")
    .requiredOption("--interface <link>", "its link in that network")
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option("--port <port>", "port of its HTTP server", "8080")
    .option("--proxy", "another DHCP server gives addresses")
    .option(
      "--gateway <address>",
      "router that machines are told (default: that of the default routes in the stack file)",
    )
    .option("--assets <url>", "where kernel and initramfs are, as https://factory.talos.dev (default: the boot server)")
    .option("--ipxe <directory>", "folder with undionly.kpxe and snponly.efi of iPXE", "/usr/lib/ipxe")
    .option(...JSON_OPTION)
    .option("--serve", "serve the files of the bundle over HTTP after that, until Ctrl-C")
    .action(async (cloud: string, choice: Boot.BootChoice) => {
      const { boot } = load("./boot") as typeof Boot;
      await boot(cloud, choice, (line) => process.stdout.write(`${line}\n`));
    });
  cli
    .command("drift")
    .description(
      "Compares what runs on the machines of a base stack with what was deployed, field by field; only reads. Exit code: " +
        "0 all as deployed, 1 a machine differs, 2 a machine or the state could not be read, 3 internal error.",
    )
    .requiredOption("--stack <name>", "the stack: base.<cloud>")
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option(...JSON_OPTION)
    .action(async (choice: Drift.DriftChoice) => {
      const { drift } = load("./drift") as typeof Drift;
      const { code, report } = await drift(choice);
      process.stdout.write(`${report}\n`);
      process.exitCode = code;
    });
  cli
    .command("secrets")
    .description(
      "Prints the secrets of a base stack's cluster, as `talosctl gen secrets` writes them. Who has them owns it.",
    )
    .requiredOption("--stack <name>", "the stack: base.<cloud>")
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option(...JSON_OPTION)
    .action(async (choice: Machines.StackChoice) => {
      const { printSecrets } = load("./machines") as typeof Machines;
      process.stdout.write(await printSecrets(choice));
    });
  cli
    .command("upgrade-kubernetes")
    .description(
      "Upgrades the Kubernetes of a management cluster or of a tenant, over several minors too: edits the stack file and " +
        "deploys each version, control planes first, then nodes. Goes on from what is deployed when it is run again.",
    )
    .requiredOption("--stack <name>", "the stack: base.<cloud> or tenant.<cloud>.<name>")
    .requiredOption("--to <version>", "the version to come to, as v1.36.1")
    .option("--via <version...>", "a version of each minor in between")
    .option(
      "--image <[pool=]image...>",
      "images of a tenant's pools, by the version in their tag; {version} is that of each step (default: the same with another tag)",
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option(...JSON_OPTION)
    .action(async (choice: Machines.UpgradeChoice) => {
      const { upgrade } = load("./machines") as typeof Machines;
      process.stdout.write(`${await upgrade(choice)}\n`);
    });
  cli
    .command("rotate")
    .description(
      "Renews the certificates of a tenant's control plane and its administrator's kubeconfig, and deploys the stack, which " +
        "takes it over. Replaces nothing; what was given out before is valid until it expires.",
    )
    .requiredOption("--stack <name>", "the stack: tenant.<cloud>.<name>")
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option(...JSON_OPTION)
    .action(async (choice: Machines.StackChoice) => {
      const { rotate } = load("./machines") as typeof Machines;
      process.stdout.write(`${await rotate(choice)}\n`);
    });
  const etcd = cli.command("etcd").description("Snapshots of a base stack's etcd, and its recovery from one.");
  etcd
    .command("snapshot")
    .description("Takes a snapshot. It holds everything that the cluster has, encrypted with its secrets.")
    .requiredOption("--stack <name>", "the stack: base.<cloud>")
    .requiredOption(
      "--output <file>",
      "where it goes; a file that is there is replaced when the new one is whole",
      nonEmpty,
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option(...JSON_OPTION)
    .action(async (choice: Machines.SnapshotChoice) => {
      const { snapshot } = load("./machines") as typeof Machines;
      process.stdout.write(`${await snapshot(choice)}\n`);
    });
  etcd
    .command("recover")
    .description(
      "Makes etcd again from a snapshot, where its majority is lost. What was written after the snapshot is gone. All " +
        "control planes must answer, with no data of etcd unless --wipe is given.",
    )
    .requiredOption("--stack <name>", "the stack: base.<cloud>")
    .requiredOption("--from <file>", "the snapshot", nonEmpty)
    .option("--wipe", "wipe what is left of etcd on the control planes first, which restarts them")
    .option("--lost <machine...>", "control planes that never come back, as base.machines names them")
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option(...JSON_OPTION)
    .action(async (choice: Machines.RecoveryChoice) => {
      const { recover } = load("./machines") as typeof Machines;
      process.stdout.write(`${await recover(choice)}\n`);
    });
}
