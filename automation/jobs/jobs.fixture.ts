import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export const STACKS = [
  "base.berlin",
  "base.paris",
  "platform.berlin",
  "platform.paris",
  "tenant.berlin.acme",
  "tenant.berlin.lab",
  "tenant.berlin.zeta",
];

/** What every engine is given. */
export const CHOICE = { backend: "s3://states", secret: ["PULUMI_CONFIG_PASSPHRASE", "AWS_SECRET_ACCESS_KEY"] };

export const IMAGE = `registry.example.com/clouds@sha256:${"a".repeat(64)}`;

/** A project with stack files of two clouds, in a git repository. */
export class JobsProject {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "firmament-jobs-")));

  constructor(stacks: readonly string[] = STACKS) {
    fs.writeFileSync(path.join(this.root, "Pulumi.yaml"), "name: firmament\nruntime: nodejs\nstackConfigDir: config\n");
    fs.mkdirSync(path.join(this.root, "config"));
    for (const name of stacks) this.touch(name);
  }

  /** Changes a stack file. */
  touch(stack: string, comment = "new"): void {
    const text = `# ${comment}\nconfig:\n  firmament:layer: ${stack.split(".")[0] ?? ""}\n`;
    fs.writeFileSync(path.join(this.root, "config", `Pulumi.${stack}.yaml`), text);
  }

  /** Makes a commit of all that is there. @returns its name. */
  async commit(): Promise<string> {
    await this.run("git", ["init", "--quiet"]);
    await this.run("git", ["add", "--all"]);
    const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    await this.run("git", [...author, "commit", "--quiet", "--message", "change"]);
    return (await this.run("git", ["rev-parse", "HEAD"])).stdout.trim();
  }

  /** A program on the PATH of what `run` starts, as a shell script. */
  fake(name: string, script: string): void {
    fs.mkdirSync(path.join(this.root, "fakes"), { recursive: true });
    fs.writeFileSync(path.join(this.root, "fakes", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const PATH = `${path.join(this.root, "fakes")}:${process.env["PATH"] ?? ""}`;
    return new Promise((resolve) => {
      const options = { cwd: this.root, env: { PATH, HOME: this.root, ...env }, encoding: "utf8" } as const;
      const child = execFile(command, args, options, (_, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      });
    });
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.root, file), "utf8");
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
