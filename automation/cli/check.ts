import * as fs from "node:fs";
import { loadLate } from "../../components/core/load-late";
import { InvalidInput } from "../../components/core/problem";
import { checkManifests, checkState, policiesHere } from "../check/check-files";
import { exitCode, type CheckResult } from "../check/result";
import { report, type Format } from "./report";
import { summary } from "./summary";

/** Options of `firmament check`. */
export interface CheckOptions {
  readonly root: string;
  readonly stack?: string[];
  readonly changed?: string;
  readonly state?: string;
  readonly manifests?: string[];
  readonly live?: string | true;
  readonly cloud: string;
  readonly helm?: string;
  readonly charts?: string;
  readonly format: Format;
  readonly output?: string;
}

/**
 * Checks what the options name and prints the report.
 *
 * @returns the exit code.
 * @throws InvalidInput when the options contradict each other, or name what cannot be read.
 */
export async function check(options: CheckOptions): Promise<number> {
  const result = await resultOf(options);
  const text = await report(result, options.format);
  if (options.output === undefined) {
    process.stdout.write(text);
  } else {
    fs.writeFileSync(options.output, text);
    process.stdout.write(`${summary(result)}\n`);
  }
  return exitCode(result);
}

async function resultOf(options: CheckOptions): Promise<CheckResult> {
  const { root, stack, changed, state, manifests, live, cloud, helm, charts } = options;
  const sources = {
    "--stack or --changed": stack ?? changed,
    "--state": state,
    "--manifests": manifests,
    "--live": live,
  };
  const given = Object.entries(sources).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(" and ");
    throw new InvalidInput("check", [
      { where: "options", given: names, rule: "one thing is checked at a time", fix: "give one of them" },
    ]);
  }
  if (manifests !== undefined) return checkManifests(manifests, policiesHere(root, cloud));
  if (state !== undefined) return checkState(state, policiesHere(root, cloud));
  // loaded where it is needed: the client of a cluster; the programs and the Pulumi SDK
  if (live !== undefined) {
    const { checkLive } = await import("../check/live.js");
    return checkLive(live === true ? undefined : live, policiesHere(root, cloud));
  }
  // before the Pulumi SDK, which comes with programs
  loadLate();
  const { checkStacks } = await import("../check/check-stacks.js");
  const render = { ...(helm === undefined ? {} : { helm }), ...(charts === undefined ? {} : { charts }) };
  return checkStacks({
    root,
    render,
    ...(stack === undefined ? {} : { stacks: stack }),
    ...(changed === undefined ? {} : { changed }),
  });
}
