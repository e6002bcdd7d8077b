/**
 * Annotations that make the Kubernetes provider wait for an object: custom resources count as created once the API has
 * them unless they say otherwise.
 */
export const waitFor = (condition: string): Record<string, string> => ({ "pulumi.com/waitFor": condition });

/** Waits for a condition of `status.conditions` to be True. */
export const waitForCondition = (type: string): Record<string, string> => waitFor(`condition=${type}`);

/** Waits for a field of the object to have a value: `.status.phase`, `Deployed`. */
export const waitForField = (path: string, value: string): Record<string, string> =>
  waitFor(`jsonpath={${path}}=${value}`);
