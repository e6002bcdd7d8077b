import * as fs from "node:fs";
import * as path from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { readManifests } from "../../components/core/manifest-text";

/** An object as it would be sent to an API server. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Part of an OpenAPI v3 schema as CustomResourceDefinitions carry it. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
}

interface Definition {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly scope: "Namespaced" | "Cluster";
    readonly versions: {
      readonly name: string;
      readonly served: boolean;
      readonly schema?: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

interface Kind {
  readonly schema: Schema;
  /** Compiled when first asked for: there are many kinds, and some have patterns that only Go understands. */
  readonly valid: () => ValidateFunction;
  readonly scope: "Namespaced" | "Cluster";
}

/** What every object has at its top, also where its schema does not declare it. */
const TOP = new Set(["apiVersion", "kind", "metadata"]);

/**
 * Holds custom resources against the schemas of real CustomResourceDefinitions.
 *
 * More than the schemas themselves: an API server silently drops fields that a schema does not know, so an unknown one
 * is a problem here. Less: CEL rules and webhooks are not run.
 */
export class CrdCatalog {
  readonly #kinds = new Map<string, Kind>();

  /** @param folders that hold definitions as YAML, at any depth; other files and kinds are passed over. */
  constructor(folders: readonly string[]) {
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    addFormats(ajv);
    for (const definition of folders.flatMap(definitionsIn)) {
      const { group, names, scope, versions } = definition.spec;
      for (const { name, served, schema } of versions) {
        if (!served || schema === undefined) continue;
        const valid = once(() => ajv.compile(schema.openAPIV3Schema));
        this.#kinds.set(`${group}/${name} ${names.kind}`, { schema: schema.openAPIV3Schema, valid, scope });
      }
    }
  }

  /** Kinds as "group/version Kind". */
  get kinds(): string[] {
    return [...this.#kinds.keys()].sort();
  }

  knows({ apiVersion, kind }: Manifest): boolean {
    return this.#kinds.has(`${apiVersion} ${kind}`);
  }

  /** Everything that an API server would refuse or drop; a kind that no definition serves is a problem too. */
  problems(manifest: Manifest): string[] {
    const where = `${manifest.kind} ${nameOf(manifest)}`;
    const kind = this.#kinds.get(`${manifest.apiVersion} ${manifest.kind}`);
    if (kind === undefined) return [`${where}: ${manifest.apiVersion} is served by none of the definitions`];
    const problems: string[] = [];
    const valid = kind.valid();
    if (!valid(manifest)) {
      for (const { instancePath, message, params } of valid.errors ?? []) {
        problems.push(`${instancePath}: ${message ?? "does not fit"} ${JSON.stringify(params)}`);
      }
    }
    const { metadata, ...rest } = manifest;
    problems.push(...unknownFields(rest, kind.schema, ""));
    const namespaced = typeof metadata === "object" && metadata !== null && "namespace" in metadata;
    if (namespaced !== (kind.scope === "Namespaced")) problems.push(`/metadata/namespace: the kind is ${kind.scope}`);
    return problems.map((problem) => `${where}: ${problem}`);
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Paths of fields that the schema does not know: an API server drops them without a word. */
function unknownFields(value: unknown, schema: Schema, at: string): string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, index) => unknownFields(item, items, `${at}/${index}`));
  }
  if (typeof value !== "object" || value === null || schema["x-kubernetes-int-or-string"] === true) return [];
  const { properties = {}, additionalProperties } = schema;
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = `${at}/${key}`;
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) return unknownFields(inner, known, path);
    if (typeof additionalProperties === "object") return unknownFields(inner, additionalProperties, path);
    const kept =
      additionalProperties === true ||
      schema["x-kubernetes-preserve-unknown-fields"] === true ||
      ((at === "" || schema["x-kubernetes-embedded-resource"] === true) && TOP.has(key));
    return kept ? [] : [`${path}: unknown field, would be dropped`];
  });
}

function definitionsIn(folder: string): Definition[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .flatMap((file): unknown[] => readManifests(fs.readFileSync(path.join(folder, file), "utf8")))
    .filter(isDefinition);
}

function isDefinition(value: unknown): value is Definition {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "CustomResourceDefinition";
}

function nameOf({ metadata }: Manifest): string {
  return typeof metadata === "object" && metadata !== null && "name" in metadata ? String(metadata.name) : "(unnamed)";
}
