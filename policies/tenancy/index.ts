import type { Rule } from "../rule";

export const tenancyRules: readonly Rule[] = [];
