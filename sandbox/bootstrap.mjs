// What `npm start`, `npm run sandbox`, `npm test` and `npm run bench` run. Plain JavaScript without dependencies,
// since on a fresh clone there is nothing else yet: it installs the packages, compiles, and hands over.
import { existsSync } from "node:fs";
import Module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./bootstrap/prepare.mjs";
import { fail, log } from "./bootstrap/log.mjs";
import { runTests } from "./bootstrap/tests.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);

/** Which compiled program is what; its arguments come after these. */
const programs = {
  start: ["dist/sandbox/cli.js", "start"],
  sandbox: ["dist/sandbox/cli.js", "sandbox"],
  bench: ["dist/bench/index.js"],
};

checkNode(process.versions.node);
if (command === "build") {
  await prepare(root);
} else if (command === "test") {
  await prepare(root);
  process.exitCode = await runTests(root, args);
} else if (Object.hasOwn(programs, command ?? "")) {
  const [file, ...first] = programs[command];
  await prepare(root);
  runProgram(join(root, file), [...first, ...args]);
} else {
  const given = command === undefined ? "nothing" : command;
  fail("command", given, `must be one of ${[...Object.keys(programs), "test", "build"].join(", ")}`, "run `npm start`");
}

function checkNode(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail("node", version, "20.19 or newer is needed", "install it from https://nodejs.org/en/download");
}

/**
 * Goes on as that program, in this process: signals, exit code, terminal and standard output are its own, and there
 * is no parent that could be killed without it.
 */
function runProgram(file, rest) {
  if (!existsSync(file)) fail(file, "not found", "this build has no such program", "run `npm run build`");
  process.argv = [process.argv[0], file, ...rest];
  try {
    Module.runMain();
  } catch (error) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
}
