import type { Argument, Command, Option } from "commander";
import { program } from "../cli";
import { code, page, table } from "./markdown";

/** The `firmament` command, from the parser's own help. */
export function commandPage(): string {
  const cli = program();
  return page(
    "The firmament command",
    `${cli.description()} Built with the project: \`node dist/automation/cli/index.js\`.`,
    ...cli.commands.flatMap((command) => commandBlocks(command)),
  );
}

function commandBlocks(command: Command): string[] {
  const { commands, options } = command;
  return [
    `## ${[...ancestorsOf(command), command.name()].join(" ")} ${command.registeredArguments.map(argumentText).join(" ")}`.trimEnd(),
    command.description(),
    ...(options.length === 0
      ? []
      : [
          table(
            ["option", "default", "description"],
            options.map((option) => [code(option.flags), defaultOf(option), descriptionOf(option)]),
          ),
        ]),
    ...commands.flatMap((each) => commandBlocks(each)),
  ];
}

function ancestorsOf({ parent }: Command): string[] {
  return parent === null ? [] : [...ancestorsOf(parent), parent.name()];
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `\\<${name}>` : `[${name}]`;
}

function defaultOf({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  if (defaultValue === undefined) return "";
  return defaultValue === process.cwd() ? "the current directory" : code(String(defaultValue));
}

function descriptionOf({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description}: ${argChoices.map(code).join(", ")}`;
}
