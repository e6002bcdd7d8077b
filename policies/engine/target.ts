import { isMaker, kindKey, parseApiVersion, parseToken, scopeOf, type GroupVersionKind, type Scope } from "./kinds";
import { runsPods } from "./pod-templates";
import type { Resource } from "./resource";
import type { Owner, View } from "./view";

/** Everything that is evaluated together with a target. */
export interface Neighbours {
  /** What is evaluated, the target included. */
  readonly targets: readonly Target[];
  /** Targets of the given kinds, `<group>/<Kind>`, those of the context included. */
  all(...keys: readonly string[]): Target[];
}

/**
 * What rules evaluate: a resource, or one of the Kubernetes objects inside it (an element of a List, a manifest in a
 * ConfigGroup). Normalised once and shared by all rules.
 */
export class Target implements Owner {
  /** Pulumi type token, e.g. `kubernetes:apps/v1:Deployment`, `talos:machine/secrets:Secrets`. */
  readonly type: string;
  /** API group (`core` for the core group), version and kind; empty for what is no Kubernetes object. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** `<group>/<kind>`, where kinds that moved between groups are found where they are today; or the type token. */
  readonly key: string;
  /** Set where many resources are evaluated together. */
  surroundings: (() => Neighbours) | undefined;
  private called: string | undefined;
  /** What was found last: nearly always the pods, which dozens of rules ask for one after the other. */
  private lastFind: unknown;
  private lastResult: unknown;
  private results: Map<unknown, unknown> | undefined;
  private readonly memory = new Map<unknown, { readonly result: unknown; readonly notes: readonly View[] }>();

  constructor(
    readonly resource: Resource,
    /** The object itself: apiVersion, kind, metadata, spec, … ; for other resources their inputs. */
    readonly root: View,
    /** True for an object found inside a resource. */
    readonly embedded: boolean,
    /** What an element of a typed list is when it does not say, as in answers of the API server. */
    element?: GroupVersionKind,
  ) {
    root.owner = this;
    const token = embedded ? element : parseToken(resource.type);
    const kubernetes = embedded || token !== undefined;
    const stated = (name: string) => {
      const view = root.field(name);
      return kubernetes && !view.unreadable ? view.text : undefined;
    };
    // the API server reads the kind of the object itself; the type token counts where it has none
    const apiVersion = token !== undefined && isMaker(token.group) ? undefined : stated("apiVersion");
    const stating = apiVersion === undefined ? undefined : parseApiVersion(apiVersion);
    this.group = stating?.group ?? token?.group ?? "";
    this.version = stating?.version ?? token?.version ?? "";
    this.kind = (stating === undefined ? token?.kind : stated("kind")) ?? token?.kind ?? stated("kind") ?? "";
    const shown = apiVersion ?? (element === undefined ? "" : `${this.group}/${this.version}`);
    this.type = embedded ? `kubernetes:${shown}:${this.kind}` : resource.type;
    this.key = kubernetes ? kindKey(this) : resource.type;
  }

  /** True for objects of a Kubernetes API, built-in or custom; false for Release, Chart, providers, components. */
  get kubernetes(): boolean {
    return this.group !== "" && !isMaker(this.group);
  }

  /** True for objects that no API server knows by itself. */
  get custom(): boolean {
    return this.kubernetes && this.group.includes(".") && !/(^|\.)k8s\.io$/.test(this.group);
  }

  get scope(): Scope {
    return scopeOf(this.key);
  }

  get metadata(): View {
    return this.root.field("metadata");
  }

  get name(): View {
    return this.metadata.field("name");
  }

  get namespace(): View {
    return this.metadata.field("namespace");
  }

  get labels(): View {
    return this.metadata.field("labels");
  }

  get annotations(): View {
    return this.metadata.field("annotations");
  }

  get spec(): View {
    return this.root.field("spec");
  }

  /** True for Deployment, CronJob and the other built-in kinds that run pods. */
  get workload(): boolean {
    return runsPods(this.key);
  }

  /**
   * Everything that is evaluated together with this, where it is known: when many resources are evaluated at once, not in the
   * engine, which shows one at a time. A resource rule may use it to excuse something, never to find fault.
   */
  get neighbours(): Neighbours | undefined {
    return this.surroundings?.();
  }

  /** Finds something once for all rules that ask for it; the function itself is the key. */
  once<T>(find: (target: Target) => T): T {
    if (this.lastFind === find) return this.lastResult as T;
    const results = (this.results ??= new Map<unknown, unknown>());
    const result = results.has(find) ? (results.get(find) as T) : find(this);
    results.set(find, result);
    this.lastFind = find;
    this.lastResult = result;
    return result;
  }

  /**
   * The same for what reads values that may be unknown: what it could not read is noted for each rule that asks.
   */
  memo<T>(compute: (target: Target) => T): T {
    const known = this.memory.get(compute);
    if (known === undefined) {
      const made = this.root.reader.record(() => compute(this));
      this.memory.set(compute, made);
      return made.result;
    }
    for (const view of known.notes) this.root.reader.note(view);
    return known.result as T;
  }

  /** How findings and messages call it: `apps/Deployment shop/web`. */
  get label(): string {
    return (this.called ??= this.describe());
  }

  private describe(): string {
    const text = (view: View) => (view.unreadable ? undefined : view.text);
    if (!this.kubernetes) return `${this.resource.type} ${this.resource.name}`;
    const namespace = text(this.namespace);
    const name = text(this.name) ?? text(this.metadata.field("generateName")) ?? this.resource.name;
    return `${this.key.replace(/^core\//, "")} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  }
}
