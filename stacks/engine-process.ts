import { endWithParent } from "../components/core/end-with-parent";
import { shorten } from "./presentable";

const CANCELLED = 1;
const UNAVAILABLE = 14;

/**
 * Makes this process end with the engine that started it, and print errors of resources in short. Once per process,
 * however often it is called.
 *
 * Without it Pulumi's own handler would report errors to pipes that are no longer read, which is an error that the
 * handler reports, without end.
 */
export function endWithEngine(): void {
  if (process.listeners("uncaughtException").some(({ name }) => name === "receivedWithEngine")) return;
  const engineGone = endWithParent();
  // errors of resources do not pass through the program, e.g. of all that are under way when the engine is killed
  const receivedWithEngine = (error: unknown) => {
    if (engineGone() || isOfLostEngine(error)) process.exit(1);
    shorten(error);
  };
  process
    .prependListener("unhandledRejection", receivedWithEngine)
    .prependListener("uncaughtException", receivedWithEngine);
}

/** gRPC codes that calls under way end with when the engine is gone. */
function isOfLostEngine(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === CANCELLED || error.code === UNAVAILABLE);
}
