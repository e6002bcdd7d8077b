#!/usr/bin/env node
import { join } from "node:path";
import { Command } from "commander";
import { InvalidInput } from "../../core/problem";
import { CHARTS_FOLDER, readChartLock } from "./lock";
import { pushCharts } from "./push";
import { chartsWithoutKeys, recordKeysFrom } from "./record-keys";
import { vendorCharts } from "./vendor";
import { PACKAGE_ROOT } from "../../core/package-root";

interface Flags {
  readonly all?: true;
  readonly record?: true;
  readonly keysFrom?: string;
  readonly to?: string;
  readonly user?: string;
}

const command = new Command("charts")
  .description(`Fetch the platform's charts into ${CHARTS_FOLDER}/, or make them from upstream's manifests`)
  .argument("[names...]", "charts; default: those that upstream has no repository for")
  .option("--all", "every chart of the lock, for a mirror")
  .option("--record", "write hashes of what is not pinned yet, and keys of values, to be reviewed and committed")
  .option("--keys-from <folder>", "fetch nothing: record keys of values from archives in this folder")
  .option("--to <target>", "push them to an OCI registry (oci://registry/path) or a folder, for platform.mirror.charts")
  .option("--user <name>", "who pushes; the password is in REGISTRY_PASSWORD")
  .action(async (names: string[], { all, record, keysFrom, to, user }: Flags) => {
    if (keysFrom !== undefined) {
      const recorded = await recordKeysFrom(PACKAGE_ROOT, keysFrom);
      process.stdout.write(`keys recorded: ${recorded.join(", ")}\n`);
      return nameWithoutKeys();
    }
    const charts = all === true ? Object.keys(readChartLock(PACKAGE_ROOT)) : names;
    const packed = await vendorCharts({
      root: PACKAGE_ROOT,
      ...(charts.length > 0 ? { charts } : {}),
      record: record ?? false,
    });
    for (const { name, version, digest } of packed) process.stdout.write(`${name} ${version} sha256:${digest}\n`);
    if (to !== undefined) {
      const password = process.env["REGISTRY_PASSWORD"] ?? "";
      const credentials = user === undefined ? {} : { credentials: { user, password } };
      await pushCharts(packed, join(PACKAGE_ROOT, CHARTS_FOLDER), { to, ...credentials });
      process.stdout.write(`${packed.length} charts are in ${to}\n`);
    }
    if (all === true || record === true) nameWithoutKeys();
  });

/** What goes unchecked is said. */
function nameWithoutKeys(): void {
  const charts = chartsWithoutKeys(PACKAGE_ROOT);
  if (charts.length > 0)
    process.stderr.write(
      `values of these charts are not checked, as their keys are not recorded: ${charts.join(", ")}\n`,
    );
}

command.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof InvalidInput ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
