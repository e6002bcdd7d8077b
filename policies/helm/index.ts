import type { Rule } from "../rule";

export const helmRules: readonly Rule[] = [];
