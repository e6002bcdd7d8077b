import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { InvalidInput } from "../components/core/problem";

/** An error as the engine should print it: what a user can correct is shown without the stack of the program. */
export function presentable(error: unknown): unknown {
  if (error instanceof InvalidInput) return Object.assign(new pulumi.RunError(error.message), { stack: "" });
  shorten(error);
  return error;
}

/**
 * Leaves the frames of the program in an error's stack. Pulumi prints errors with util.inspect, which in Node 20 spends
 * half a minute and gigabytes on a stack that leads through node_modules (pulumi/pulumi#20567).
 */
export function shorten(error: unknown): void {
  if (!(error instanceof Error)) return;
  const frames = (error.stack ?? "").split("\n").filter((line) => !line.includes("node_modules"));
  const stack = frames.join("\n");
  error.stack = stack;
  // errors of resources carry the resources, and those all that they depend on
  Object.defineProperty(error, inspect.custom, { value: () => stack, configurable: true });
}
