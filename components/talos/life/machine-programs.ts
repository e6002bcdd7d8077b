import { preparationProgram } from "./preparation";
import { settledProgram } from "./settling";

/*
 * Programs that run once for each machine: the package is where they are, not the state. Entry ./machine-programs of the
 * package, which commands load: it imports nothing that takes time.
 */

/** A machine that is switched on now has booted by then, over the network too. */
const ANSWER_SECONDS = 1200;
/** The image is pulled and installed, pods are drained, and the machine restarts. */
const UPGRADE_SECONDS = 2700;
/** A control plane that was changed a moment ago is healthy again by then. */
const HEALTH_SECONDS = 300;

/** A restart of large hardware takes ten minutes, most of it before an operating system. */
const SETTLE_SECONDS = 1800;
/** So long without interruption: the sequence of a restart begins right after the answer to the apply. */
const STEADY_SECONDS = 5;

const REPORT_SECONDS = 30;

/** Their texts, by name. */
export const programs = {
  preparation: preparationProgram(ANSWER_SECONDS, UPGRADE_SECONDS, HEALTH_SECONDS, STEADY_SECONDS, REPORT_SECONDS),
  settling: settledProgram(SETTLE_SECONDS, STEADY_SECONDS, REPORT_SECONDS),
} as const;
