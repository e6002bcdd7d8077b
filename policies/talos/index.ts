import type { Rule } from "../rule";

export const talosRules: readonly Rule[] = [];
