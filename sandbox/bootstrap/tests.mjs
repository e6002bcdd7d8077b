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
  lint: () => [],
  unit: () => [],
  e2e: (root) => ["--no-config", "--timeout", "1800000", ...sharingFirst(testsBelow(join(root, E2E)))],
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
      if (name === "e2e" && testsBelow(join(root, E2E)).length === 0) {
        log("no end-to-end tests in this build");
        continue;
      }
      const counts = join(scratch, `${name}.json`);
      const temporary = join(scratch, name);
      mkdirSync(temporary);
      const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");
      const code = await runChild(
        process.execPath,
        [mocha, "--reporter", COUNTING_REPORTER, ...suites[name](root), ...rest],
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

/**
 * One beside the other, what each says in one piece. Skipped where the tools are not installed, as in the small checkouts
 * that the tests make.
 */
async function runChecks(root) {
  const counts = { passed: 0, failed: 0, code: 0 };
  const check = async ([name, [script, ...args]]) => {
    const file = join(root, "node_modules", script);
    if (!existsSync(file)) return log(`${name}: not checked, ${script} is not installed`);
    const said = [];
    const onSaid = (chunk) => said.push(chunk);
    const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: "1" } : process.env;
    const options = { cwd: root, stdio: ["ignore", "pipe", "pipe"], env };
    const code = await runChild(process.execPath, [file, ...args], options, onSaid);
    process.stdout.write(Buffer.concat(said));
    log(`${name}: ${code === 0 ? "passed" : "failed"}`);
    counts[code === 0 ? "passed" : "failed"] += 1;
    counts.code = Math.max(counts.code, code);
  };
  await Promise.all(Object.entries(checks).map(check));
  return counts;
}

/** Those that share a cloud come first, one after the other: it is up only as long as somebody uses it. */
function sharingFirst(files) {
  const shares = (file) => readFileSync(file, "utf8").includes('require("./shared-cloud")');
  return [...files.filter(shares), ...files.filter((file) => !shares(file))];
}

/** Compiled files of tests, in alphabetical order. */
function testsBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.js"))
    .sort()
    .map((name) => join(directory, name));
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 0 };
  }
}
