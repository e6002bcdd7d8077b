import type * as pulumi from "@pulumi/pulumi";
import { deploy } from "./deploy";
import { endWithEngine } from "./engine-process";

/**
 * What Pulumi.yaml names as `main`: the program in a process that the engine starts for it and that belongs to it.
 * To run programs in another process, use {@link deploy} of deploy.ts.
 */
export = function main(): Promise<Record<string, pulumi.Output<unknown>>> {
  endWithEngine();
  // the SDK notes the stack of every promise that it makes, a hundred for each machine: a quarter of a program's time
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"] === undefined) Error.stackTraceLimit = 4;
  // language hosts before 3.119 do not say where the project is; the driver in automation/ does
  const root = process.env["FIRMAMENT_PROJECT"];
  return deploy({ repair: true, ...(root === undefined || root === "" ? {} : { root }) });
};
