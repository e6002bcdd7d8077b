import type { Rule } from "../rule";

export const storageRules: readonly Rule[] = [];
