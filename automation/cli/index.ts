#!/usr/bin/env node
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { Command, CommanderError, Option } from "commander";
import { InvalidInput } from "../../components/core/problem";
import { EXIT } from "./exit-codes";
import { EngineError } from "../engine-error";
import { OperationFailed } from "../operation-failed";
import type * as PolicyConfig from "../policy-config";
import type * as Bom from "./bom";
import type * as Check from "./check";
import type * as Docs from "./docs";
import type * as Explain from "./explain";
import type * as Portal from "./portal";
import type * as Recover from "./recover";
import { addFleetCommands } from "./fleet-commands";
import { addJobsCommands } from "./jobs-commands";
import { addMachineCommands } from "./machine-commands";
import { addProveCommands } from "./prove-commands";
import { JSON_OPTION, nonEmpty } from "./options";
import { addTenantCommands } from "./tenant-commands";

interface PolicyConfigOptions {
  readonly root: string;
  readonly helm?: string;
  readonly charts?: string;
  readonly output?: string;
}

/** Loads at once what is loaded late; `import()` would start Node.js's loader of ES modules first, for nothing. */
const load = createRequire(__filename);

/** Everything but the parser is loaded by the command that needs it: `--help` answers at once. */
function program(): Command {
  const cli = new Command("firmament")
    .description(
      "Previews, deploys and takes down fleets of stacks, checks what they would deploy, boots machines, compares them with it, makes and resizes tenants, writes jobs for other engines, recovers stacks, explains the rules and writes their documentation.",
    )
    .exitOverride();
  const formats = new Option("--format <format>", "form of the report").choices(["text", "markdown", "json", "sarif"]);
  cli
    .command("check")
    .description(
      "Evaluates what stacks would deploy by all rules. Runs their programs with nothing behind them: no cluster, no " +
        "credentials, no Pulumi CLI. Exit code: 0 passed, 1 violation, 2 broken program or input, 3 internal error.",
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option("--stack <name...>", "only these stacks")
    .option("--changed <base>", "only stacks that differ from this commit or branch")
    .option("--state <file>", "the resources of a state, as `pulumi stack export` writes it")
    .option("--manifests <path...>", "Kubernetes manifests in files and folders")
    .option("--live [kubeconfig]", "the objects in a cluster, which are only read")
    .option("--cloud <name>", "whose policies.<name>.yaml holds for states, manifests and clusters", "sandbox")
    .option(
      "--helm <path>",
      "helm, with which the charts of releases are rendered and evaluated (version 3; default: on PATH)",
    )
    .option("--charts <source>", "folder or repository that charts come from instead of their own")
    .addOption(formats.default("text"))
    .option(...JSON_OPTION)
    .option("--output <file>", "where the report goes instead of the terminal", nonEmpty)
    .action(async ({ json, ...options }: Check.CheckOptions & { readonly json?: true }) => {
      const { check } = load("./check") as typeof Check;
      process.exitCode = await check(json === true ? { ...options, format: "json" } : options);
    });
  cli
    .command("explain <rule>")
    .description("Says what a rule is about, why, and what complies with it.")
    .option(...JSON_OPTION)
    .action((rule: string, choice: { readonly json?: true }) => {
      const { explainText } = load("./explain") as typeof Explain;
      process.stdout.write(`${explainText(rule, choice)}\n`);
    });
  cli
    .command("docs <directory>")
    .description("Writes the documentation of the rules: a page for each and an index. Removes only pages of its own.")
    .option(...JSON_OPTION)
    .action((directory: string, choice: { readonly json?: true }) => {
      const { writeDocs } = load("./docs") as typeof Docs;
      const { written, removed } = writeDocs(directory);
      if (choice.json === true) {
        process.stdout.write(`${JSON.stringify({ directory, written, removed }, undefined, 2)}\n`);
        return;
      }
      const gone = removed.length === 0 ? "" : `, removed ${removed.join(", ")}`;
      process.stdout.write(`${directory}: ${written.length} pages written${gone}\n`);
    });
  cli
    .command("recover")
    .description(
      "Makes a stack deployable again whose deployment was killed: frees its lock and finds out in its clusters how the " +
        "operations ended that were under way. Make sure that no deployment of it runs.",
    )
    .requiredOption("--stack <name>", "the stack")
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .addOption(
      new Option(
        "--etcd-bootstrapped <answer>",
        "whether etcd runs; asked for when the bootstrap has no known end",
      ).choices(["yes", "no"]),
    )
    .option(...JSON_OPTION)
    .action(async (choice: Recover.RecoverChoice) => {
      const { recoverStack } = load("./recover") as typeof Recover;
      process.stdout.write(`${await recoverStack(choice)}\n`);
    });
  addMachineCommands(cli);
  addFleetCommands(cli);
  cli
    .command("bom <cloud>")
    .description(
      "Writes the bill of materials of a cloud in CycloneDX: charts and images with their digests. With helm, charts are " +
        "rendered for the images in them; what is missing is said.",
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option("--helm <path>", "helm, with which the charts are rendered (version 3; default: on PATH)")
    .option("--charts <source>", "folder or repository that charts come from instead of their own")
    .option("--output <file>", "where it goes instead of the terminal", nonEmpty)
    .action(async (cloud: string, choice: Bom.BomChoice) => {
      const { bom } = load("./bom") as typeof Bom;
      await bom(cloud, choice);
    });
  addTenantCommands(cli);
  addJobsCommands(cli);
  addProveCommands(cli);
  cli
    .command("portal")
    .description(
      "Serves a web page and an API on which customers make, watch, resize and delete their clusters, as a settings file " +
        "allows. Runs until Ctrl-C.",
    )
    .option("--settings <file>", "its settings", nonEmpty)
    .option("--listen <address>", "host:port", "127.0.0.1:8080")
    .option("--new-token", "print a new token, and what the settings get of it, and end")
    .action(async (choice: Portal.PortalChoice) => {
      const { runPortal } = load("./portal") as typeof Portal;
      await runPortal(choice, (line) => process.stdout.write(`${line}\n`));
    });
  cli
    .command("policy-config <cloud>")
    .description(
      "Prints the rules' configuration for a cloud, as `pulumi --policy-pack-config` takes it. With helm, renders and " +
        "evaluates the charts of its stacks first: the engine cannot look into them, and refuses releases that were not evaluated.",
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option("--helm <path>", "helm, with which the charts are rendered")
    .option("--charts <source>", "folder or repository that charts come from instead of their own")
    .option("--output <file>", "where it goes instead of the terminal", nonEmpty)
    .action(async (cloud: string, { root, helm, charts, output }: PolicyConfigOptions) => {
      const { policyConfig, renderedReleases } = load("../policy-config") as typeof PolicyConfig;
      const choice = { ...(helm === undefined ? {} : { helm }), ...(charts === undefined ? {} : { charts }) };
      const renders = helm === undefined && charts === undefined ? {} : await renderedReleases(root, cloud, choice);
      const text = `${policyConfig(root, cloud, renders)}\n`;
      if (output === undefined) process.stdout.write(text);
      else fs.writeFileSync(output, text);
    });
  return cli;
}

/** Prints what was thrown on standard error. @returns its exit code. */
function failed(error: unknown): number {
  // commander has printed its own
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.broken;
  if (error instanceof EngineError && error.failure.retryable) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.later;
  }
  if (error instanceof InvalidInput || error instanceof OperationFailed || error instanceof EngineError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.broken;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.internal;
}

if (require.main === module) {
  program()
    .parseAsync()
    .catch((error: unknown) => {
      process.exitCode = failed(error);
    });
}

export { failed, program };
