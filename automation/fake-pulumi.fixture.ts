import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** What the fake was called with. */
export interface Call {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
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
const call = { args, env: process.env, cwd: process.cwd(), input };
fs.appendFileSync(path.join(home, "calls"), JSON.stringify(call) + "\\n");
fs.writeFileSync(path.join(process.env.TMPDIR, "kubeconfig-" + process.pid), "secret");
const answers = JSON.parse(fs.readFileSync(path.join(home, "answers.json"), "utf8"));
const words = args.join(" ");
const key = Object.keys(answers).find((prefix) => words.startsWith(prefix));
const { stdout = "", stderr = "", code = 0, wait = false } = key === undefined ? {} : answers[key];
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

  /** By the beginning of the command line. */
  answer(answers: Readonly<Record<string, Answer>>): void {
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
