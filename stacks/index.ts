import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { InvalidInput } from "../components/core/problem";
import { refuseStaleBuild } from "./build-check";
import { PACKAGE_ROOT } from "./package-root";
import type { Program } from "./program";
import { readSettings } from "./settings";
import { parseStackName, type Layer } from "./stack-name";

/** Loading only the layer that is deployed saves most of a program's start. */
const programs: Readonly<Record<Layer, () => Promise<{ readonly run: Program }>>> = {
  base: () => import("./base/index.js"),
  platform: () => import("./platform/index.js"),
  tenant: () => import("./tenant/index.js"),
};

/** The program of every stack of the project: reads which layer the stack is, and runs that layer. */
export = async function deploy(): Promise<Record<string, pulumi.Output<unknown>>> {
  // errors of resources do not pass through here, e.g. all that are under way when the engine is killed
  process.prependListener("unhandledRejection", shorten).prependListener("uncaughtException", shorten);
  try {
    refuseStaleBuild(PACKAGE_ROOT);
    const settings = readSettings();
    const stack = parseStackName(pulumi.getStack(), settings["layer"]);
    const { run } = await programs[stack.layer]();
    return await run({
      stack,
      settings,
      qualified: (name) => `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`,
      root: projectRoot(),
    });
  } catch (error) {
    throw presentable(error);
  }
};

/** Language hosts before 3.119 do not tell where the project is: then it is where the package is. */
function projectRoot(): string {
  const told = pulumi.runtime.getRootDirectory();
  return path.isAbsolute(told) ? told : PACKAGE_ROOT;
}

/** What a user can correct is shown as it is, without the stack of the program. */
function presentable(error: unknown): unknown {
  if (error instanceof InvalidInput) return Object.assign(new pulumi.RunError(error.message), { stack: "" });
  shorten(error);
  return error;
}

/**
 * Leaves the frames of the program in an error's stack. Pulumi prints errors with util.inspect, which in Node 20 spends
 * half a minute and gigabytes on a stack that leads through node_modules (pulumi/pulumi#20567).
 */
function shorten(error: unknown): void {
  if (!(error instanceof Error)) return;
  const frames = (error.stack ?? "").split("\n").filter((line) => !line.includes("node_modules"));
  error.stack = frames.join("\n");
}
