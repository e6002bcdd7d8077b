#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from "commander";
import { EXIT } from "../check/exit";
import type { RecoverChoice } from "./recover";

interface CheckOptions {
  readonly root: string;
  readonly stack?: string[];
  readonly changed?: string;
  readonly state?: string;
  readonly manifests?: string[];
  readonly live?: string | true;
  readonly cloud: string;
  readonly helm?: string;
  readonly charts?: string;
  readonly format: "text" | "markdown" | "json" | "sarif";
  readonly output?: string;
}

interface PolicyConfigOptions {
  readonly root: string;
  readonly helm?: string;
  readonly charts?: string;
}

/** Everything but the parser is loaded by the command that needs it: `--help` answers at once. */
function program(): Command {
  const cli = new Command("firmament")
    .description("Checks what stacks would deploy, recovers them, explains the rules and writes their documentation.")
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
    .option("--helm <path>", "helm, with which the charts of releases are rendered and evaluated (default: on PATH)")
    .option("--charts <source>", "folder or repository that charts come from instead of their own")
    .addOption(formats.default("text"))
    .option("--output <file>", "where the report goes instead of the terminal", nonEmpty)
    .action(async (options: CheckOptions) => {
      process.exitCode = await check(options);
    });
  cli
    .command("explain <rule>")
    .description("Says what a rule is about, why, and what complies with it.")
    .action(async (rule: string) => {
      const { explainText } = await import("./explain.js");
      process.stdout.write(`${explainText(rule)}\n`);
    });
  cli
    .command("docs <directory>")
    .description("Writes the documentation of the rules: a page for each and an index. Removes only pages of its own.")
    .action(async (directory: string) => {
      const { writeDocs } = await import("./docs.js");
      const { written, removed } = writeDocs(directory);
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
    .action(async (choice: RecoverChoice) => {
      const { recoverStack } = await import("./recover.js");
      process.stdout.write(`${await recoverStack(choice)}\n`);
    });
  cli
    .command("policy-config <cloud>")
    .description(
      "Prints the rules' configuration for a cloud, as `pulumi --policy-pack-config` takes it. With helm, renders and " +
        "evaluates the charts of its stacks first: the engine cannot look into them, and refuses what nobody has.",
    )
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option("--helm <path>", "helm, with which the charts are rendered")
    .option("--charts <source>", "folder or repository that charts come from instead of their own")
    .action(async (cloud: string, { root, helm, charts }: PolicyConfigOptions) => {
      const { policyConfig, renderedReleases } = await import("../policy-config.js");
      const choice = { ...(helm === undefined ? {} : { helm }), ...(charts === undefined ? {} : { charts }) };
      const renders = helm === undefined && charts === undefined ? {} : await renderedReleases(root, cloud, choice);
      process.stdout.write(`${policyConfig(root, cloud, renders)}\n`);
    });
  return cli;
}

function nonEmpty(value: string): string {
  if (value === "") throw new InvalidArgumentError("must name a file");
  return value;
}

async function check(options: CheckOptions): Promise<number> {
  const [{ report }, { summary }, { exitCode }] = await Promise.all([
    import("./report.js"),
    import("./summary.js"),
    import("../check/result.js"),
  ]);
  const result = await resultOf(options);
  const text = report(result, options.format);
  if (options.output === undefined) {
    process.stdout.write(text);
  } else {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(options.output, text);
    process.stdout.write(`${summary(result)}\n`);
  }
  return exitCode(result);
}

async function resultOf({ root, stack, changed, state, manifests, live, cloud, helm, charts }: CheckOptions) {
  const sources = {
    "--stack or --changed": stack ?? changed,
    "--state": state,
    "--manifests": manifests,
    "--live": live,
  };
  const given = Object.entries(sources).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const { InvalidInput } = await import("../../components/core/problem.js");
    const names = given.map(([name]) => name).join(" and ");
    throw new InvalidInput("check", [
      { where: "options", given: names, rule: "one thing is checked at a time", fix: "give one of them" },
    ]);
  }
  if (state !== undefined || manifests !== undefined) {
    const { checkManifests, checkState, policiesHere } = await import("../check/check-files.js");
    const policies = policiesHere(root, cloud);
    return state === undefined ? checkManifests(manifests ?? [], policies) : checkState(state, policies);
  }
  if (live !== undefined) {
    const [{ checkLive }, { policiesHere }] = await Promise.all([
      import("../check/live.js"),
      import("../check/check-files.js"),
    ]);
    return checkLive(live === true ? undefined : live, policiesHere(root, cloud));
  }
  const { checkStacks } = await import("../check/check-stacks.js");
  const render = { ...(helm === undefined ? {} : { helm }), ...(charts === undefined ? {} : { charts }) };
  return checkStacks({
    root,
    render,
    ...(stack === undefined ? {} : { stacks: stack }),
    ...(changed === undefined ? {} : { changed }),
  });
}

/** The exit code of what was thrown, said on standard error. */
async function failed(error: unknown): Promise<number> {
  const { CommanderError } = await import("commander");
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.broken;
  const { InvalidInput } = await import("../../components/core/problem.js");
  if (error instanceof InvalidInput) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.broken;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.internal;
}

if (require.main === module) {
  program()
    .parseAsync()
    .catch(async (error: unknown) => {
      process.exitCode = await failed(error);
    });
}

export { program };
