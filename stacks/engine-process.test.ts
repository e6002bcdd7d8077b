import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";

const MODULE = path.join(__dirname, "engine-process.js");

/** A program in a process that belongs to an engine: says its process id when it listens, and what else it prints. */
const program = (work: string) => `
const { endWithEngine } = require(${JSON.stringify(MODULE)});
endWithEngine();
endWithEngine();
setInterval(() => {}, 1000);
process.stdout.write(process.pid + " " + process.listenerCount("uncaughtException") + "\\n");
${work}
`;

/** An engine that starts the program and waits; its output is the program's. */
const engine = (work: string) => `
const { spawn } = require("node:child_process");
const child = spawn(process.execPath, ["-e", ${JSON.stringify(program(work))}], { stdio: ["ignore", 1, 2] });
child.on("exit", (code) => process.exit(code ?? 99));
`;

async function firstLine(child: ChildProcess): Promise<string[]> {
  const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
  return String(chunk).trim().split(" ");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a program in a process of the engine", function () {
  this.timeout(30_000);

  it("ends when the engine is killed, although it still waits for something", async () => {
    const killed = spawn(process.execPath, ["-e", engine("")], { stdio: ["ignore", "pipe", "inherit"] });
    const [pid, listeners] = await firstLine(killed);
    assert.equal(listeners, "1", "it listens once, however often it is called");
    assert.ok(isAlive(Number(pid)));
    killed.kill("SIGKILL");
    await once(killed, "exit");
    const end = Date.now() + 20_000;
    while (isAlive(Number(pid)) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(!isAlive(Number(pid)), "it still runs 20 s later");
  });

  for (const code of [1, 14]) {
    it(`ends at once, and silently, with the error ${code} of a call to a lost engine`, async () => {
      const lost = `Promise.reject(Object.assign(new Error("lost"), { code: ${code} }));`;
      const child = spawn(process.execPath, ["-e", program(lost)], { stdio: ["ignore", "pipe", "pipe"] });
      let printed = "";
      child.stderr.on("data", (chunk: Buffer) => (printed += String(chunk)));
      const [exit] = (await once(child, "close")) as [number | null];
      assert.deepEqual([exit, printed], [1, ""]);
    });
  }

  it("goes on with other errors, which it shortens for the handler that prints them", async () => {
    const other = `
      process.on("unhandledRejection", (error) => {
        process.stdout.write(require("node:util").inspect(error));
        process.exit(7);
      });
      const error = new Error("other");
      error.stack = "Error: other\\n    at ours\\n    at node_modules/theirs";
      error.resources = ["much"];
      Promise.reject(error);`;
    const child = spawn(process.execPath, ["-e", program(other)], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += String(chunk)));
    const [exit] = (await once(child, "close")) as [number | null];
    assert.equal(exit, 7);
    assert.equal(printed.split("\n").slice(1).join("\n"), "Error: other\n    at ours");
  });
});
