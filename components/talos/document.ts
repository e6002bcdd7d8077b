/** Begin of every document of a machine configuration beside the main one (machinery 1.12 to 1.14). */
export const VERSION = { apiVersion: "v1alpha1" } as const;
