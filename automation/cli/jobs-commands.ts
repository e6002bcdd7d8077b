import { createRequire } from "node:module";
import type { Command } from "commander";
import type * as Jobs from "./jobs";
import { JSON_OPTION } from "./options";

const load = createRequire(__filename);
const jobs = () => load("./jobs") as typeof Jobs;

/** Commands that write jobs for engines of others, from the stack files. */
export function addJobsCommands(cli: Command): void {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  const parent = cli
    .command("jobs")
    .description(
      "Writes what other engines need to check, preview and deploy the stacks of the project, in order, from its stack files.",
    );
  const common = (command: Command) =>
    command
      .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
      .requiredOption("--backend <url>", "where states are, as `pulumi login` takes it")
      .option("--secret <name...>", "environment variables that jobs get as secrets", ["PULUMI_CONFIG_PASSPHRASE"])
      .option("--cloud <name...>", "only these clouds")
      .option("--canary <stack...>", "tenants that come first")
      .option("--charts <source>", "folder or repository that charts come from instead of their own")
      .option(...JSON_OPTION);
  const branch = (command: Command) =>
    common(command).option("--branch <name>", "branch whose commits are deployed", "main");

  branch(parent.command("github"))
    .description(
      "Writes a workflow for GitHub Actions: checks and previews pull requests, in one comment, and deploys what a push " +
        "concerns: base, platform, canary tenants, tenants.",
    )
    .option("--output <directory>", "folder of the workflow", ".github/workflows")
    .action((choice: Jobs.GithubJobs) => print(jobs().jobsGithub(choice)));
  branch(parent.command("gitlab"))
    .description(
      "Writes a pipeline for GitLab CI: checks and previews merge requests, in one note, and deploys what a push concerns: " +
        "base, platform, canary tenants, tenants.",
    )
    .requiredOption("--image <image>", "image with Node.js, git, curl, jq, Helm 3 and the Pulumi CLI")
    .option("--output <directory>", "folder of the pipeline", ".gitlab")
    .option("--deployment", "print the pipeline of a deployment instead, as the pipeline itself does")
    .option("--changed <base>", "with --deployment: only stacks that differ from this commit or branch")
    .action((choice: Jobs.GitlabJobs) => print(jobs().jobsGitlab(choice)));
  common(parent.command("operator"))
    .description(
      "Writes manifests for the Pulumi Kubernetes Operator 2: a Stack for each stack with those before it as " +
        "prerequisites, the rules, an account with least rights. Secrets stay references.",
    )
    .requiredOption(
      "--image <image>",
      "image of the built project with Node.js, the Pulumi CLI and plugins, and Helm 3, by its digest",
    )
    .option("--directory <path>", "folder of the project in the image", "/project")
    .option("--namespace <name>", "namespace of the jobs", "firmament")
    .option("--secret-name <name>", "Secret whose keys are the names of --secret", "firmament")
    .option("--operator-namespace <name>", "namespace of the operator", "pulumi-kubernetes-operator")
    .option("--memory <amount>", "memory of a workspace", "2Gi")
    .option("--output <directory>", "folder of the manifests", "operator")
    .action((choice: Jobs.OperatorJobs) => print(jobs().jobsOperator(choice)));
}
