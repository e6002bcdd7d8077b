import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./child.mjs";
import { log } from "./log.mjs";

const COUNTING_REPORTER = fileURLToPath(new URL("counting-reporter.cjs", import.meta.url));
const E2E = "dist/test/e2e";
const FOLDERS = ["versions", "components", "policies", "stacks", "automation", "sandbox", "bench", "test"];

/** Checks of the text itself; each counts as one test. Types were checked when the sources were compiled. */
const checks = {
  rules: ["eslint/bin/eslint.js", "--cache", "--cache-location", "dist/.eslintcache", "."],
  imports: ["dependency-cruiser/bin/dependency-cruise.mjs", "--config", ".dependency-cruiser.mjs", ...FOLDERS],
  formatting: ["prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
};

/** .mocharc.json is about the unit tests; those that raise a whole cloud take their time. */
const suites = {
  lint: undefined,
  unit: [],
  e2e: ["--no-config", "--timeout", "1800000", `${E2E}/**/*.test.js`],
};

/**
 * Runs the checks of the text, the unit tests and the end-to-end tests, or one of these: `npm test -- unit --grep cidr`.
 * Each kind has a temporary directory of its own; what the tests leave there counts as a failed test. The last line is
 * `N passed, N failed`.
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
      if (name === "lint") {
        const { passed, failed, code } = await runChecks(root);
        total.passed += passed;
        total.failed += failed;
        if (code >= 128) break;
        continue;
      }
      if (name === "e2e" && !hasTests(join(root, E2E))) {
        log("no end-to-end tests in this build");
        continue;
      }
      const counts = join(scratch, `${name}.json`);
      const temporary = join(scratch, name);
      mkdirSync(temporary);
      const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");
      const code = await runChild(
        process.execPath,
        [mocha, "--reporter", COUNTING_REPORTER, ...suites[name], ...rest],
        {
          cwd: root,
          stdio: "inherit",
          env: { ...process.env, FIRMAMENT_TEST_COUNTS: counts, TMPDIR: temporary },
        },
      );
      const { passed, failed } = readCounts(counts);
      total.passed += passed;
      // a run that broke down has not failed in a test, and has not passed either
      total.failed += code !== 0 && failed === 0 ? 1 : failed;
      if (code >= 128) break;
      const left = readdirSync(temporary);
      if (left.length > 0) {
        log(`${temporary}: ${left.join(", ")} — tests must leave nothing behind; remove it in after() or afterEach()`);
        total.failed += 1;
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}

/** Skipped where the tools are not installed, as in the small checkouts that the tests make. */
async function runChecks(root) {
  const counts = { passed: 0, failed: 0, code: 0 };
  for (const [name, [script, ...args]] of Object.entries(checks)) {
    const file = join(root, "node_modules", script);
    if (!existsSync(file)) {
      log(`${name}: not checked, ${script} is not installed`);
      continue;
    }
    const code = await runChild(process.execPath, [file, ...args], { cwd: root, stdio: "inherit" });
    log(`${name}: ${code === 0 ? "passed" : "failed"}`);
    counts[code === 0 ? "passed" : "failed"] += 1;
    counts.code = code;
    if (code >= 128) break;
  }
  return counts;
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
