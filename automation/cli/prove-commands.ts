import { createRequire } from "node:module";
import type { Command } from "commander";
import { EXIT } from "../check/exit";
import { JSON_OPTION } from "./options";
import type * as Prove from "./prove";

const load = createRequire(__filename);

/** Adds what proves properties of a cloud. */
export function addProveCommands(cli: Command): void {
  const prove = cli
    .command("prove")
    .description("Proves what policies promise, with the programs that others would ask.");
  prove
    .command("isolation <cloud>")
    .description(
      "Asks OVN's own tracer, fed by Kube-OVN's controller with what the stacks of a cloud register, which packets of " +
        "tenants arrive, and prints which policies decide. Deploys nothing. Exit code: 0 all as meant, 1 not, 2 not proven.",
    )
    .requiredOption("--definitions <folder>", "CustomResourceDefinitions of Kube-OVN and NetworkAttachmentDefinitions")
    .option(
      "--programs <folder>",
      "folder with etcd, kube-apiserver and kube-ovn (default: on PATH, as OVN's programs are)",
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option(...JSON_OPTION)
    .action(async (cloud: string, choice: Prove.ProveChoice) => {
      const { proveIsolation } = load("./prove") as typeof Prove;
      const { report, asMeant } = await proveIsolation(cloud, choice);
      process.stdout.write(`${report}\n`);
      process.exitCode = asMeant ? EXIT.pass : EXIT.violation;
    });
}
