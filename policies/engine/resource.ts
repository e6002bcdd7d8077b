import { types } from "node:util";
import type { UNKNOWN } from "./unknown";

/**
 * Options of a resource. Seconds in timeouts; 0 or absent is the default.
 *
 * The engine shows a policy neither retainOnDelete nor replaceOnChanges (AnalyzerResourceOptions of its protocol,
 * pulumi 3.259); a check of the program sees both.
 */
export interface ResourceOptions {
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  readonly replaceOnChanges?: readonly string[];
  /** UNKNOWN in the engine. */
  readonly retainOnDelete?: boolean | typeof UNKNOWN;
  readonly aliases?: readonly unknown[];
  readonly customTimeouts?: {
    readonly createSeconds?: number;
    readonly updateSeconds?: number;
    readonly deleteSeconds?: number;
  };
  readonly additionalSecretOutputs?: readonly string[];
  /** URN of the parent. */
  readonly parent?: string;
}

/** The provider of a resource. */
export interface ProviderReference {
  readonly type: string;
  readonly name: string;
  readonly urn?: string;
  readonly props?: unknown;
}

/** A resource as the engine shows it, or a Kubernetes manifest dressed as one. */
export interface Resource {
  /** Pulumi type token; for a plain manifest `kubernetes:<apiVersion>:<Kind>`. */
  readonly type: string;
  /** Name in the program; for a plain manifest metadata.name. */
  readonly name: string;
  readonly urn?: string;
  readonly props: unknown;
  readonly opts: ResourceOptions;
  readonly provider?: ProviderReference;
  /** False for a plain manifest: it never went through a program, so it has no options and no provider. */
  readonly fromEngine: boolean;
}

const NO_OPTIONS: ResourceOptions = {};

/**
 * Reads one element of `resources`: something with a `type` and `props` is a resource of the engine, something with an
 * `apiVersion` and a `kind` is a manifest. Undefined for what is neither.
 */
export function readResource(given: unknown): Resource | undefined {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const fields = given as Record<string, unknown>;
  const own = (name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  const type = own("type");
  if (typeof type === "string" && Object.hasOwn(fields, "props")) {
    const urn = own("urn");
    const provider = readProvider(own("provider"));
    return {
      type,
      name: textOf(own("name")) ?? nameOfUrn(urn) ?? "",
      ...(typeof urn === "string" ? { urn } : {}),
      props: withoutProxy(own("props")),
      opts: isObject(own("opts")) ? (own("opts") as ResourceOptions) : NO_OPTIONS,
      ...(provider === undefined ? {} : { provider }),
      fromEngine: true,
    };
  }
  const apiVersion = textOf(own("apiVersion"));
  const kind = textOf(own("kind"));
  if (apiVersion === undefined || kind === undefined) return undefined;
  const metadata = own("metadata");
  const name =
    isObject(metadata) && Object.hasOwn(metadata, "name") ? textOf((metadata as { name: unknown }).name) : "";
  return {
    type: `kubernetes:${apiVersion}:${kind}`,
    name: name ?? "",
    props: given,
    opts: NO_OPTIONS,
    fromEngine: false,
  };
}

function readProvider(given: unknown): ProviderReference | undefined {
  // programs under test name their provider by its reference, `<urn>::<id>`
  if (typeof given === "string") {
    const urn = given.replace(/::[^:]*$/, "");
    return { type: urn.split("::")[2]?.split("$").at(-1) ?? "", name: nameOfUrn(urn) ?? "", urn };
  }
  if (!isObject(given)) return undefined;
  const { type, name, urn, props } = given as Record<string, unknown>;
  return {
    type: textOf(type) ?? "",
    name: textOf(name) ?? "",
    ...(typeof urn === "string" ? { urn } : {}),
    ...(props === undefined ? {} : { props: withoutProxy(props) }),
  };
}

/**
 * The engine hands properties over behind a proxy that throws on the first value that is not known yet, and takes the
 * whole policy down with it. Views read such values one by one, so they need what is behind the proxy.
 */
function withoutProxy(props: unknown): unknown {
  let bare = props;
  // for remediations there are two, one inside the other: the second hides which values are secret
  while (types.isProxy(bare)) {
    const target = (bare as Record<string, unknown>)["__getSpecialProxyTarget"];
    if (target === undefined || target === bare) return bare;
    bare = target;
  }
  return bare;
}

/** Stack and name out of `urn:pulumi:<stack>::<project>::<types>::<name>`. */
function nameOfUrn(urn: unknown): string | undefined {
  return typeof urn === "string" ? urn.split("::").slice(3).join("::") : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
