import { registered } from "./examples";
import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";

const COMMAND = "command:local:Command";
// sha256 of ["wait","","",{"stdin":"await something()","interpreter":["node","-"],"environment":["A","B"]}]
const PROGRAM_DIGEST = "fdca04f37a851643dba8fb7f7c62e262f7859804ca24efd334f01286effbccf6";
const program = {
  create: "wait",
  stdin: "await something()",
  interpreter: ["node", "-"],
  environment: { A: "1", B: "2" },
};
/** A command where {@link program} is listed. */
const listedProgram = (props: object, type = COMMAND) => ({
  resources: [registered(type, props)],
  params: { "pulumi-no-command": { scripts: { web: PROGRAM_DIGEST } } },
});

describe("the rule about commands", () => {
  itJudges([
    [
      "pulumi-no-command",
      "a dynamic resource",
      registered("pulumi-nodejs:dynamic:Resource", { __provider: "…" }),
      "violation",
    ],
    [
      "pulumi-no-command",
      "a script that is not the one listed",
      {
        resources: [registered(COMMAND, { create: "true" })],
        params: { "pulumi-no-command": { scripts: { web: "0".repeat(64) } } },
      },
      /^create$/,
    ],
    ["pulumi-no-command", "a script that is not known", registered(COMMAND, { create: UNKNOWN }), "undecided"],
    ["pulumi-no-command", "a program for the interpreter", listedProgram(program), "pass"],
    [
      "pulumi-no-command",
      "other values of its environment, secret ones and those that are not known",
      listedProgram({ ...program, environment: { B: UNKNOWN, A: "other" }, triggers: ["1"] }),
      "pass",
    ],
    [
      "pulumi-no-command",
      "a program that is not the one listed",
      listedProgram({ ...program, stdin: "x" }),
      /^create$/,
    ],
    ["pulumi-no-command", "a program that is not known", listedProgram({ ...program, stdin: UNKNOWN }), "undecided"],
    [
      "pulumi-no-command",
      "another interpreter",
      listedProgram({ ...program, interpreter: ["node", "--require", "x", "-"] }),
      /^create$/,
    ],
    [
      "pulumi-no-command",
      "an interpreter that is not known",
      listedProgram({ ...program, interpreter: ["node", UNKNOWN] }),
      "undecided",
    ],
    [
      "pulumi-no-command",
      "a variable that changes what the interpreter runs",
      listedProgram({ ...program, environment: { ...program.environment, NODE_OPTIONS: "--require x" } }),
      /^create$/,
    ],
    [
      "pulumi-no-command",
      "an environment that is not known",
      listedProgram({ ...program, environment: UNKNOWN }),
      "undecided",
    ],
    ["pulumi-no-command", "another folder", listedProgram({ ...program, dir: "/tmp" }), /^create$/],
    ["pulumi-no-command", "what it does when it is deleted", listedProgram({ ...program, delete: "x" }), /^create$/],
    [
      "pulumi-no-command",
      "a program that is listed as the input of what does not run it",
      listedProgram(program, "pulumi-nodejs:dynamic:Resource"),
      "violation",
    ],
  ]);
});
