import type { Rule } from "../rule";

export const kubevirtRules: readonly Rule[] = [];
