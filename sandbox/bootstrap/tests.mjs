import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./child.mjs";
import { say } from "./say.mjs";

const COUNTING_REPORTER = fileURLToPath(new URL("counting-reporter.cjs", import.meta.url));
const E2E = "dist/test/e2e";

/** .mocharc.json is about the unit tests; those that raise a whole cloud take their time. */
const suites = {
  unit: [],
  e2e: ["--no-config", "--timeout", "1800000", `${E2E}/**/*.test.js`],
};

/**
 * Runs the unit tests and then the end-to-end tests, or one of them: `npm test -- unit --grep ledger`.
 * The last line is `N passed, N failed`.
 *
 * @returns 0 when all passed.
 */
export async function runTests(root, args) {
  const only = Object.hasOwn(suites, args[0] ?? "") ? args[0] : undefined;
  const rest = only === undefined ? args : args.slice(1);
  const scratch = mkdtempSync(join(tmpdir(), "firmament-test-"));
  const total = { passed: 0, failed: 0 };
  try {
    for (const name of only === undefined ? Object.keys(suites) : [only]) {
      if (name === "e2e" && !hasTests(join(root, E2E))) {
        say("no end-to-end tests in this build");
        continue;
      }
      const counts = join(scratch, `${name}.json`);
      const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");
      const code = await runChild(
        process.execPath,
        [mocha, "--reporter", COUNTING_REPORTER, ...suites[name], ...rest],
        {
          cwd: root,
          stdio: "inherit",
          env: { ...process.env, FIRMAMENT_TEST_COUNTS: counts },
        },
      );
      const { passed, failed } = readCounts(counts);
      total.passed += passed;
      // a run that broke down has not failed in a test, and has not passed either
      total.failed += code !== 0 && failed === 0 ? 1 : failed;
      if (code >= 128) break;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}

function hasTests(directory) {
  if (!existsSync(directory)) return false;
  return readdirSync(directory, { withFileTypes: true }).some((entry) =>
    entry.isDirectory() ? hasTests(join(directory, entry.name)) : entry.name.endsWith(".test.js"),
  );
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 0 };
  }
}
