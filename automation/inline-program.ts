import { AsyncLocalStorage } from "node:async_hooks";
import type { PulumiFn } from "@pulumi/pulumi/automation";

/** A program of this process, and what happened beside it. */
export interface WatchedProgram {
  readonly program: PulumiFn;
  /** Whether an error that nobody waits for came from elsewhere in this process, and none from the program itself. */
  readonly disturbed: () => boolean;
  readonly end: () => void;
}

/**
 * Tells a program's own stray errors from those of its neighbours: Pulumi listens to those of the whole process, so that
 * one of them fails every program that runs at that moment.
 */
export function watched(program: PulumiFn): WatchedProgram {
  const own = new AsyncLocalStorage<true>();
  const from = { own: 0, elsewhere: 0 };
  const listen = () => void (own.getStore() === true ? from.own++ : from.elsewhere++);
  process.on("unhandledRejection", listen);
  return {
    program: () => own.run(true, program),
    disturbed: () => from.elsewhere > 0 && from.own === 0,
    end: () => void process.removeListener("unhandledRejection", listen),
  };
}
