import "@pulumi/pulumi/runtime/state";

declare module "@pulumi/pulumi/runtime/state" {
  /**
   * Runs `callback`, and everything that it starts, with a Pulumi runtime of its own: mocks, settings and registrations
   * do not touch those of the process. There in 3.270, left out of its types.
   */
  export function withLocalStorage<T>(callback: () => T): T;
}
