import { type Command, InvalidArgumentError } from "commander";

/* What options of several commands have in common. */

export const JSON_OPTION = ["--json", "one JSON document"] as const;

export function nonEmpty(value: string): string {
  if (value === "") throw new InvalidArgumentError("must name a file");
  return value;
}

/** Where the project and its states are. */
export function backendOptions(command: Command): Command {
  return command
    .option("--root <directory>", "project, where Pulumi.yaml is", process.cwd())
    .option("--backend <url>", "where states are, as `pulumi login` takes it (default: where you are logged in)")
    .option("--passphrase-file <file>", "file with the passphrase of the secrets (default: what the environment says)")
    .option("--pulumi <directory>", "folder whose bin/pulumi is run (default: pulumi on PATH)");
}
