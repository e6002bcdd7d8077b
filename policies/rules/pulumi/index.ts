import type { Rule } from "../../engine/rule";
import { noCommand, patchForce } from "./escapes";
import { ignoreChanges, protect, replaceGuard, timeouts } from "./guards";
import { secretOutput } from "./outputs";
import { explicitProvider, providerAllowed, providerSafe, stackReference } from "./providers";
import { unknownValues } from "./unknown";

export const pulumiRules: readonly Rule[] = [
  protect,
  secretOutput,
  providerAllowed,
  explicitProvider,
  providerSafe,
  noCommand,
  patchForce,
  ignoreChanges,
  replaceGuard,
  stackReference,
  timeouts,
  unknownValues,
];
