import { EXIT as CHECK } from "../check/exit";

/** What a pipeline learns of every command. */
export const EXIT = {
  ...CHECK,
  /** It failed for a reason that may pass by itself: a lock, an API server that does not answer. Run it again. */
  later: 4,
  /** Interrupted by Ctrl-C, as shells count it. */
  cancelled: 130,
} as const;
