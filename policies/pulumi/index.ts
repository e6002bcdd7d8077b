import type { Rule } from "../rule";
import { unknownValues } from "./unknown";

export const pulumiRules: readonly Rule[] = [unknownValues];
