import * as assert from "node:assert/strict";
import { type Command, CommanderError } from "commander";
import { EXIT } from "./exit-codes";
import { failed, program } from ".";

/** All commands that do something, by their words. */
function commandsOf(command: Command, words: readonly string[] = []): [readonly string[], Command][] {
  if (command.commands.length === 0) return [[words, command]];
  return command.commands.flatMap((each) => commandsOf(each, [...words, each.name()]));
}

/** Silent, with all that it has below it. */
function quiet(command: Command): Command {
  command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  command.commands.forEach(quiet);
  return command;
}

describe("every command", () => {
  const commands = commandsOf(program());
  const run = async (...words: readonly string[]) => {
    try {
      await quiet(program()).parseAsync(words, { from: "user" });
      return "no end";
    } catch (error) {
      assert.ok(error instanceof CommanderError, String(error));
      return failed(error);
    }
  };

  it("ends with 2 for what it does not know, and with 0 for a question about it", async () => {
    assert.ok(commands.length > 25);
    for (const [words] of commands) {
      assert.equal(await run(...words, "--no-such-option"), EXIT.broken, words.join(" "));
      assert.equal(await run(...words, "--help"), EXIT.pass, words.join(" "));
    }
    assert.equal(await run("no-such-command"), EXIT.broken);
  });

  it("ends with 2 where something is missing that it needs", async () => {
    for (const [words, command] of commands) {
      const argument = command.registeredArguments.some(({ required }) => required);
      const option = command.options.some(({ mandatory, defaultValue }) => mandatory && defaultValue === undefined);
      if (argument || option) assert.equal(await run(...words), EXIT.broken, words.join(" "));
    }
  });

  it("prints JSON on request, but for those that print a script, serve, or print nothing else", () => {
    const without = commands.flatMap(([words, { options }]) =>
      options.some(({ long }) => long === "--json") ? [] : [words.join(" ")],
    );
    assert.deepEqual(without.sort(), ["bom", "completion", "policy-config", "portal"]);
  });
});
