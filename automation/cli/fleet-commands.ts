import { createRequire } from "node:module";
import { type Command, InvalidArgumentError, Option } from "commander";
import { LAYERS } from "../../components/core/layers";
import type * as Fleet from "./fleet";
import type * as Completion from "./completion";
import { backendOptions, JSON_OPTION } from "./options";

const load = createRequire(__filename);
const fleets = () => load("./fleet") as typeof Fleet;

/** The commands on many stacks. Their names stand together, since what they load is the same. */
export function addFleetCommands(cli: Command): void {
  const selection = (command: Command) =>
    backendOptions(command)
      .addOption(new Option("--layer <layer...>", "only these layers").choices(LAYERS))
      .option("--cloud <name...>", "only these clouds")
      .option("--concurrency <number>", "stacks at the same time (default: one for each processor)", count);
  const changed = (command: Command) =>
    command.option("--changed <base>", "only stacks that differ from this commit or branch; none is fine");
  const judged = (command: Command) =>
    selection(command)
      .option("--helm <path>", "helm, with which charts are rendered for the rules (version 3; default: on PATH)")
      .option("--charts <source>", "folder or repository that charts come from instead of their own")
      .option("--policy-pack <path>", "another policy pack than the project's")
      .option("--no-policies", "only the policies that the backend enforces");
  const formats = (choices: readonly string[]) =>
    new Option("--format <format>", "form of the report").choices(choices).default("text");
  const json = (command: Command) => command.option(...JSON_OPTION);

  json(selection(cli.command("status [stacks...]")))
    .description(
      "Lists stacks: layer, resources, last deployment and how it ended, versions. Stacks are names or patterns such as " +
        "'tenant.berlin.*'; all where none is given.",
    )
    .option("--quick", "only what one question to the backend tells")
    .option("--drift", "compare the machines of base stacks with what was deployed, too")
    .option("--policy", "evaluate all rules on the stack files, too")
    .action(async (stacks: string[], choice: Fleet.StatusChoice) => {
      process.exitCode = await fleets().status(stacks, choice);
    });
  json(changed(judged(cli.command("preview [stacks...]"))))
    .description(
      "Says what a deployment would do, in words: machines that restart, pools that roll, components that change, what is " +
        "deleted for good. Exit code: 0 previewed, 1 refused by a policy, 2 failed, 4 may succeed later.",
    )
    .addOption(formats(["text", "markdown", "json", "svg"]))
    .option("--output <file>", "where the report goes instead of the terminal")
    .action(async (stacks: string[], choice: Fleet.OperationChoice) => {
      process.exitCode = await fleets().operate("preview", stacks, choice);
    });
  for (const [name, what] of [
    ["up", "Deploys stacks: base stacks, then platforms, then tenants, each after what it builds on."],
    ["refresh", "Makes the states of stacks agree with what is there."],
  ] as const) {
    const command =
      name === "up"
        ? changed(judged(cli.command(`${name} [stacks...]`)))
        : selection(cli.command(`${name} [stacks...]`));
    json(command)
      .description(
        `${what} Stacks are names or patterns; --all for all. Progress goes to standard error. Exit codes as preview.`,
      )
      .option("--all", "every stack of the project that is no example")
      .addOption(formats(["text", "markdown", "json", "svg"]))
      .option("--output <file>", "where the report goes instead of the terminal")
      .action(async (stacks: string[], choice: Fleet.OperationChoice) => {
        process.exitCode = await fleets().operate(name, stacks, choice);
      });
  }
  json(selection(cli.command("destroy <stacks...>")))
    .description(
      "Deletes what stacks have: tenants, then platforms, then base stacks. Refused while a stack that is not named builds on " +
        "one that is. What is protected stays, and ends it.",
    )
    .option("--yes", "it is meant: without this it only says what would be deleted")
    .addOption(formats(["text", "markdown", "json", "svg"]))
    .action(async (stacks: string[], choice: Fleet.OperationChoice) => {
      process.exitCode = await fleets().destroy(stacks, choice);
    });
  json(judged(cli.command("upgrade <cloud>")))
    .description(
      "Brings a whole cloud to what the project says: base, then platform, then canary tenants one by one, then the others. " +
        "Ends at the first failure; run again it goes on there.",
    )
    .option("--canary <stack...>", "tenants that come first")
    .addOption(formats(["text", "markdown", "json", "svg"]))
    .action(async (cloud: string, choice: Fleet.UpgradeChoice) => {
      process.exitCode = await fleets().upgrade(cloud, choice);
    });
  json(backendOptions(cli.command("kubeconfig <stack>")))
    .description("Prints the administrator's kubeconfig of a base or tenant stack. Who has it owns the cluster.")
    .option("--output <file>", "write it there instead, readable by you alone")
    .action(async (stack: string, choice: Fleet.KubeconfigChoice) => {
      await fleets().kubeconfig(stack, choice);
    });
  json(changed(cli.command("graph [stacks...]")))
    .description("Draws stacks and what they build on. From files; asks nobody.")
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .addOption(
      new Option("--format <format>", "form of the picture").choices(["mermaid", "svg", "json"]).default("mermaid"),
    )
    .action((stacks: string[], choice: Fleet.GraphChoice) => {
      fleets().graph(stacks, choice);
    });
  cli
    .command("completion <shell>")
    .description("Prints a script that completes this command in a shell: bash, zsh or fish.")
    .action((shell: string) => {
      const { completion } = load("./completion") as typeof Completion;
      process.stdout.write(completion(cli, shell));
    });
}

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("must be a whole number, 1 or more");
  return number;
}
