import * as path from "node:path";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { InvalidInput } from "../components/core/problem";
import { refuseStaleBuild } from "./build-check";
import type { Program } from "./program";
import { readSettings } from "./settings";
import { parseStackName, type Layer } from "./stack-name";
import { PACKAGE_ROOT } from "../components/core/package-root";

/** Loading only the layer that is deployed saves most of a program's start. */
const programs: Readonly<Record<Layer, () => Promise<{ readonly run: Program }>>> = {
  base: () => import("./base/index.js"),
  platform: () => import("./platform/index.js"),
  tenant: () => import("./tenant/index.js"),
};

/**
 * The program of every stack of the project: reads which layer the stack is, and runs that layer.
 *
 * It ends with the engine that runs it. Otherwise Pulumi's handler would tell of errors to pipes that nobody reads any
 * more, which is an error that the handler tells of, without end.
 */
export = async function deploy(): Promise<Record<string, pulumi.Output<unknown>>> {
  // errors of resources do not pass through here, e.g. all that are under way when the engine is killed
  const parent = process.ppid;
  const received = (error: unknown) => {
    if (process.ppid !== parent || isOfLostEngine(error)) process.exit(1);
    shorten(error);
  };
  process.prependListener("unhandledRejection", received).prependListener("uncaughtException", received);
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

/** What calls under way end with when the engine is gone: CANCELLED or UNAVAILABLE of gRPC. */
function isOfLostEngine(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === 1 || error.code === 14);
}

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
  const stack = frames.join("\n");
  error.stack = stack;
  // errors of resources carry the resources, and those all that they depend on
  Object.defineProperty(error, inspect.custom, { value: () => stack, configurable: true });
}
