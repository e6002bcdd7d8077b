import type { ResourceOptions } from "../../policies";
import { afterReading } from "./placeholders";

/*
 * What the SDK sends to the engine, as far as policies are shown it. Requests are protocol buffers whose structs carry
 * secrets and unknown values in a form of their own, which policies read.
 */

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
}

export interface RegisterRequest extends Request {
  getObject(): Struct | undefined;
  getVersion(): string;
  getPlugindownloadurl(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
}

export interface ReadRequest extends Request {
  getProperties(): Struct | undefined;
  getId(): string;
}

export interface OutputsRequest {
  getUrn(): string;
  getOutputs(): Struct | undefined;
}

/** A resource before its provider is looked up. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Record<string, unknown>;
  readonly opts: ResourceOptions;
  readonly providerUrn?: string;
}

const STACK = "pulumi:pulumi:Stack";

/** URNs as the engine makes them, with the types of all components around; the mock of it leaves most out. */
export class Urns {
  private readonly real = new Map<string, string>();

  constructor(
    private readonly project: string,
    private readonly stack: string,
  ) {}

  /** Notes a resource and gives its URN. */
  add(request: Request): string {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
    const nearest = parent === "" ? undefined : typesIn(parent).split("$").at(-1);
    const above = typesIn(this.of(parent) ?? "");
    const full = this.urn(above === "" || above === STACK ? type : `${above}$${type}`, name);
    this.real.set(this.urn(nearest === undefined ? type : `${nearest}$${type}`, name), full);
    return full;
  }

  of(given: string): string | undefined {
    return this.real.get(given);
  }

  private urn(types: string, name: string): string {
    return `urn:pulumi:${this.stack}::${this.project}::${types}::${name}`;
  }
}

function typesIn(urn: string): string {
  return urn.split("::")[2] ?? "";
}

export function registered(request: RegisterRequest, urns: Urns): Registered {
  const type = request.getType();
  const urn = urns.add(request);
  const props = afterReading(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
  return {
    type,
    name: request.getName(),
    urn,
    props: type.startsWith("pulumi:providers:") ? { ...packageOf(request), ...props } : props,
    opts: optionsOf(request, urns),
    ...providerOf(request, urns),
  };
}

/** A reference to another stack. */
export function referred(request: ReadRequest, urns: Urns): Registered {
  const props = request.getProperties()?.toJavaScript() ?? {};
  return {
    type: request.getType(),
    name: request.getName(),
    urn: urns.add(request),
    props: { name: request.getId(), ...props },
    opts: {},
  };
}

/** The engine adds to a provider's inputs which plugin it is. */
function packageOf(request: RegisterRequest): Record<string, string> {
  const [version, url] = [request.getVersion(), request.getPlugindownloadurl()];
  return { ...(version === "" ? {} : { version }), ...(url === "" ? {} : { pluginDownloadURL: url }) };
}

/** A provider is named by `<urn>::<id>`. */
function providerOf(request: Request, urns: Urns): { providerUrn?: string } {
  const provider = request.getProvider();
  const urn = provider === "" ? undefined : urns.of(provider.slice(0, provider.lastIndexOf("::")));
  return urn === undefined ? {} : { providerUrn: urn };
}

function optionsOf(request: RegisterRequest, urns: Urns): ResourceOptions {
  const timeouts = request.getCustomtimeouts();
  const parent = urns.of(request.getParent());
  return {
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: {
      createSeconds: seconds(timeouts?.getCreate()),
      updateSeconds: seconds(timeouts?.getUpdate()),
      deleteSeconds: seconds(timeouts?.getDelete()),
    },
    ...(parent === undefined ? {} : { parent }),
  };
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** `1h30m` → 5400; 0 where nothing is said. */
export function seconds(duration: string | undefined): number {
  let total = 0;
  for (const [, amount, unit] of (duration ?? "").matchAll(/([\d.]+)(ms|h|m|s)/g)) {
    total += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return total;
}
