import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import * as tar from "tar";
import type { Progress } from "./progress";
import type { Tool } from "./tool";
import type { ToolchainOptions } from "./types";

/** A machine of its own: home, cache, PATH, and a checkout with a Go module. */
export interface Machine {
  readonly root: string;
  readonly cache: string;
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  /** What progress said. */
  readonly said: string[];
  readonly options: ToolchainOptions;
}

export function machine(): Machine {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-toolchain-"));
  const bin = path.join(root, "bin");
  const cache = path.join(root, "cache");
  fs.mkdirSync(bin);
  const said: string[] = [];
  // the shell of the fake programs is the only thing of the real machine
  const env = { HOME: path.join(root, "home"), PATH: `${bin}:/usr/bin:/bin`, FAKE_GO_LOG: path.join(root, "go.log") };
  const options = { cacheDir: cache, env, progress: recording(said), releases: { enabled: false } };
  return { root, bin, cache, env, said, options };
}

export function remove({ root }: Machine): void {
  fs.rmSync(root, { recursive: true, force: true });
}

export function recording(said: string[]): Progress {
  return {
    say: (line) => void said.push(line),
    plan: () => undefined,
    start: (label) => ({
      note: () => undefined,
      done: () => void said.push(`${label}: done`),
      fail: () => void said.push(`${label}: failed`),
    }),
  };
}

/** An executable that prints something. */
export function program(folder: string, name: string, prints: string): string {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  fs.writeFileSync(file, `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 });
  return file;
}

/**
 * A go whose builds take as long as wanted and are counted in FAKE_GO_LOG, with the settings they got. What it builds
 * is a script.
 *
 * @param options.first shell commands during the first build.
 */
export function fakeGo(folder: string, { version = "1.26.8", seconds = 0, fails = "", first = "" } = {}): string {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "go");
  const script = `#!/bin/sh
if [ "$1" = version ]; then
  case "$GOTOOLCHAIN" in go*) echo "go version $GOTOOLCHAIN linux/amd64";; *) echo "go version go${version} linux/amd64";; esac
  exit 0
fi
echo "build pid=$$ flags=$GOFLAGS os=$GOOS cgo=$CGO_ENABLED toolchain=$GOTOOLCHAIN root=$GOROOT args=$*" >> "$FAKE_GO_LOG"
[ -n "${fails}" ] && { echo "${fails}" >&2; exit 1; }
[ "$(wc -l < "$FAKE_GO_LOG")" = 1 ] && { ${first || ":"}; }
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho half' > "$2"
sleep ${seconds}
printf '#!/bin/sh\\necho built\\n' > "$2"
chmod +x "$2"
`;
  fs.writeFileSync(file, script, { mode: 0o755 });
  return file;
}

export function builds({ env }: Machine): string[] {
  const log = String(env["FAKE_GO_LOG"]);
  return fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n") : [];
}

/** A Go module of one program in the checkout. */
export function goModule(root: string, folder: string, prints: string): void {
  const directory = path.join(root, folder);
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, "go.mod"), "module firmament.example/tiny\n\ngo 1.26\n");
  fs.writeFileSync(
    path.join(directory, "main.go"),
    `package main\n\nfunc main() { println(${JSON.stringify(prints)}) }\n`,
  );
}

export const go: Tool = { version: "1.26.8", installed: { ask: ["version"], range: ">=1.26.0 <2" } };

export function tiny(extra: Partial<Tool> = {}): Tool {
  return { version: "1.0.0", build: { module: "tiny", package: ".", seconds: 1, megabytes: 1 }, ...extra };
}

export function artifactsIn(cache: string): string[] {
  const root = path.join(cache, "artifacts");
  if (!fs.existsSync(root)) return [];
  return fs.readdirSync(root).flatMap((name) => fs.readdirSync(path.join(root, name)).map((id) => `${name}/${id}`));
}

export interface Server {
  readonly url: string;
  readonly requests: string[];
  close(): Promise<void>;
}

type Answer = Buffer | string | ((response: http.ServerResponse) => void);

export async function serve(files: Readonly<Record<string, Answer>>): Promise<Server> {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const answer = files[request.url ?? ""] ?? files["*"];
    if (answer === undefined) response.writeHead(404).end();
    else if (typeof answer === "function") answer(response);
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An archive as upstream makes them. */
export async function archive(scratch: string, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = fs.mkdtempSync(path.join(scratch, "archive-"));
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content, { mode: 0o755 });
  }
  const file = path.join(folder, "archive.tar.gz");
  await tar.create({ gzip: true, cwd: folder, file }, Object.keys(files));
  return fs.readFileSync(file);
}

export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}
