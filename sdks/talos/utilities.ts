import * as pulumi from "@pulumi/pulumi";

/** Where the engine finds the plugin when it is not installed yet. */
const pluginDownloadURL = "github://api.github.com/pulumiverse";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- the version lives in one place, beside the compiled code
const manifest = require("../package.json") as { readonly version: string };

/** Version of the provider this package speaks to. */
export function getVersion(): string {
  return manifest.version;
}

/** @internal */
export function resourceOptsDefaults(): { version: string; pluginDownloadURL: string } {
  return { version: getVersion(), pluginDownloadURL };
}

/** @internal What of a resource's interface its constructor needs to know. */
export interface ResourceShape {
  readonly inputs: readonly string[];
  /** Computed by the provider; registered as undefined so that previews know them. */
  readonly outputs?: readonly string[];
  readonly required?: readonly string[];
  /** Inputs and outputs that never stand in the state as plain text. */
  readonly secrets?: readonly string[];
  /** Every key of `timeouts`. */
  readonly timeouts?: readonly string[];
}

/** @internal The properties a resource registers: its arguments, or the state to look it up by. */
export function resourceInputs(
  type: string,
  shape: ResourceShape,
  given: object | undefined,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.Inputs {
  const values = (given ?? {}) as Readonly<Record<string, pulumi.Input<unknown>>>;
  const outputs = shape.outputs ?? [];
  const isLookup = opts?.id !== undefined;
  if (isLookup) return Object.fromEntries([...shape.inputs, ...outputs].map((key) => [key, values[key]]));
  // a reference to a resource of another stack or component comes with its urn and without arguments
  for (const key of opts?.urn === undefined ? (shape.required ?? []) : []) {
    if (values[key] === undefined) {
      throw new Error(`${type}: ${key} missing — must be given; add ${key} to the arguments`);
    }
  }
  const properties: pulumi.Inputs = {};
  for (const key of shape.inputs) {
    const value = key === "timeouts" ? completeTimeouts(values[key], shape.timeouts ?? []) : values[key];
    properties[key] = value !== undefined && shape.secrets?.includes(key) ? pulumi.secret(value) : value;
  }
  for (const key of outputs) properties[key] = undefined;
  return properties;
}

/** @internal The caller's options on top of the package's own. */
export function resourceOptions(
  shape: ResourceShape,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  const defaults: pulumi.CustomResourceOptions = resourceOptsDefaults();
  const merged = pulumi.mergeOptions(defaults, opts);
  if (shape.secrets === undefined) return merged;
  return pulumi.mergeOptions(merged, { additionalSecretOutputs: [...shape.secrets] });
}

/** @internal A resource class of this package. */
interface ResourceClass {
  readonly __pulumiType: string;
  new (name: string, args: never, opts?: pulumi.CustomResourceOptions): pulumi.CustomResource;
}

/** @internal Tells the runtime how references to resources of a module, from other stacks or components, come alive. */
export function registerResources(classes: readonly ResourceClass[]): void {
  for (const resourceClass of classes) {
    const [, module = ""] = resourceClass.__pulumiType.split(":");
    pulumi.runtime.registerResourceModule("talos", module, {
      version: getVersion(),
      construct: (name: string, type: string, urn: string): pulumi.Resource => {
        if (type === resourceClass.__pulumiType) return new resourceClass(name, undefined as never, { urn });
        throw new Error(`package talos: resource type ${type} — is not in module ${module}; update the package`);
      },
    });
  }
}

/** @internal */
export function isInstance(candidate: unknown, type: string): boolean {
  return (
    typeof candidate === "object" &&
    candidate !== null &&
    (candidate as { __pulumiType?: unknown }).__pulumiType === type
  );
}

/** @internal */
export function invoke<R>(token: string, args: object, opts?: pulumi.InvokeOptions): Promise<R> {
  return pulumi.runtime.invoke(token, { ...args }, { ...resourceOptsDefaults(), ...opts });
}

/** @internal */
export function invokeOutput<R>(token: string, args: object, opts?: pulumi.InvokeOutputOptions): pulumi.Output<R> {
  return pulumi.runtime.invokeOutput<R>(token, { ...args }, { ...resourceOptsDefaults(), ...opts });
}

/**
 * Provider 0.8.1 fails after a successful call when a key of `timeouts` is left out. The types ask for all of them;
 * this completes what arrives around the types, with the provider's own default.
 */
function completeTimeouts(given: pulumi.Input<unknown>, keys: readonly string[]): pulumi.Input<unknown> {
  if (given === undefined || keys.length === 0) return given;
  const complete = (timeouts: unknown): unknown =>
    timeouts === undefined || timeouts === null
      ? timeouts
      : { ...Object.fromEntries(keys.map((key) => [key, defaultTimeout])), ...withoutUndefined(timeouts) };
  return pulumi.Output.isInstance(given) || given instanceof Promise
    ? pulumi.output(given).apply(complete)
    : complete(given);
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}

const defaultTimeout = "10m";
