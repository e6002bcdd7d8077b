#!/usr/bin/env node
import { Command } from "commander";
import { InvalidInput } from "../../core/problem";
import { CHARTS_FOLDER, readChartLock } from "./lock";
import { vendorCharts } from "./vendor";
import { PACKAGE_ROOT } from "../../core/package-root";

interface Flags {
  readonly all?: true;
  readonly record?: true;
}

const command = new Command("charts")
  .description(`Fetch the platform's charts into ${CHARTS_FOLDER}/, or make them from upstream's manifests`)
  .argument("[names...]", "charts; default: those that upstream has no repository for")
  .option("--all", "every chart of the lock, for a mirror")
  .option("--record", "write hashes of what is not pinned yet to the lock, to be reviewed and committed")
  .action(async (names: string[], { all, record }: Flags) => {
    const charts = all === true ? Object.keys(readChartLock(PACKAGE_ROOT)) : names;
    const packed = await vendorCharts({
      root: PACKAGE_ROOT,
      ...(charts.length > 0 ? { charts } : {}),
      record: record ?? false,
    });
    for (const { name, version, digest } of packed) process.stdout.write(`${name} ${version} sha256:${digest}\n`);
  });

command.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof InvalidInput ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
