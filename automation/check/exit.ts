/** What a pipeline learns. */
export const EXIT = { pass: 0, violation: 1, broken: 2, internal: 3 } as const;
