import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** What the fake was called with. */
export interface Call {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Of its temporary directory. */
  readonly mode: number;
  readonly input: string;
}

/**
 * A `pulumi` that writes down how it was called, leaves a file in its temporary directory as the Kubernetes provider
 * does, and answers as a file beside it says.
 */
const PROGRAM = `#!${process.execPath}
const fs = require("node:fs");
const path = require("node:path");
const args = process.argv.slice(2);
const home = path.join(__dirname, "..");
if (args[0] === "version") { process.stdout.write(fs.readFileSync(path.join(home, "version"), "utf8")); process.exit(0); }
const input = args.includes("import") ? fs.readFileSync(0, "utf8") : "";
const { mode } = fs.statSync(process.env.TMPDIR);
const call = { args, env: process.env, cwd: process.cwd(), mode, input };
fs.appendFileSync(path.join(home, "calls"), JSON.stringify(call) + "\\n");
fs.writeFileSync(path.join(process.env.TMPDIR, "kubeconfig-" + process.pid), "secret");
const answers = JSON.parse(fs.readFileSync(path.join(home, "answers.json"), "utf8"));
const words = args.join(" ");
const stack = args[args.indexOf("--stack") + 1];
const key = Object.keys(answers).find((prefix) => words.startsWith(prefix) || (args[0] + "@" + stack).startsWith(prefix));
const given = key === undefined ? {} : answers[key];
const times = Array.isArray(given) ? fs.readFileSync(path.join(home, "calls"), "utf8").split("\\n")
  .filter((line) => line !== "").map((line) => JSON.parse(line).args)
  .filter((past) => past[0] === args[0] && past[past.indexOf("--stack") + 1] === stack).length : 1;
const { stdout = "", stderr = "", code = 0, wait = false } = Array.isArray(given) ? given[Math.min(times, given.length) - 1] : given;
process.stdout.write(stdout);
process.stderr.write(stderr);
if (wait) {
  process.on("SIGINT", () => process.exit(255));
  setInterval(() => undefined, 1000);
} else process.exitCode = code;
`;

export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
  /** Runs until it gets SIGINT. */
  readonly wait?: boolean;
}

/** A directory with bin/pulumi, for the engine's `pulumiRoot`. */
export class FakePulumi {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "fake-pulumi-")));

  constructor() {
    fs.mkdirSync(path.join(this.root, "bin"));
    fs.writeFileSync(path.join(this.root, "bin", "pulumi"), PROGRAM, { mode: 0o755 });
    this.version("v3.259.0\n");
    this.answer({});
  }

  /** What it answers when it is asked for its version. */
  version(text: string): void {
    fs.writeFileSync(path.join(this.root, "version"), text);
  }

  /** By the beginning of the command line, or of `<command>@<stack>`; several for the first call, the second … */
  answer(answers: Readonly<Record<string, Answer | readonly Answer[]>>): void {
    fs.writeFileSync(path.join(this.root, "answers.json"), JSON.stringify(answers));
    fs.writeFileSync(path.join(this.root, "calls"), "");
  }

  calls(): Call[] {
    const lines = fs.readFileSync(path.join(this.root, "calls"), "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Call);
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
