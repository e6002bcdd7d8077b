import type { Command } from "commander";
import { InvalidInput } from "../../components/core/problem";

/** A script that completes commands and options. Nothing is asked while a user types: the words stand in the script. */
export function completion(cli: Command, shell: string): string {
  const words = wordsOf(cli);
  const name = cli.name();
  switch (shell) {
    case "bash":
      return bash(name, words);
    case "zsh":
      return `#compdef ${name}\nautoload -U +X bashcompinit && bashcompinit\n${bash(name, words)}`;
    case "fish":
      return fish(name, words);
    default: {
      const problem = { where: "shell", given: shell, rule: "must be bash, zsh or fish", fix: "choose one of them" };
      throw new InvalidInput("completion", [problem]);
    }
  }
}

/** By the words that have been given, what may come next. */
function wordsOf(command: Command, path = ""): Map<string, readonly string[]> {
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const words = new Map<string, readonly string[]>([
    [path, [...command.commands.map((each) => each.name()), ...options, "--help"]],
  ]);
  for (const each of command.commands) {
    for (const [key, value] of wordsOf(each, `${path} ${each.name()}`.trim())) words.set(key, value);
  }
  return words;
}

function bash(name: string, words: ReadonlyMap<string, readonly string[]>): string {
  const cases = [...words]
    .sort(([one], [other]) => other.length - one.length)
    .map(([path, next]) => `    "${path}${path === "" ? "" : " "}"*) words="${next.join(" ")}" ;;`);
  return [
    `_${name}() {`,
    '  local words given="${COMP_WORDS[*]:1:COMP_CWORD-1} "',
    '  case "${given# }" in',
    ...cases,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    `complete -o default -F _${name} ${name}`,
    "",
  ].join("\n");
}

function fish(name: string, words: ReadonlyMap<string, readonly string[]>): string {
  const lines = [...words].flatMap(([path, next]) => {
    const seen =
      path === ""
        ? "__fish_use_subcommand"
        : path
            .split(" ")
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join("; and ");
    return next.map((word) =>
      word.startsWith("--")
        ? `complete -c ${name} -n '${seen}' -l ${word.slice(2)}`
        : `complete -c ${name} -n '${seen}' -f -a ${word}`,
    );
  });
  return [...lines, ""].join("\n");
}
