import {
  boolYaml11Tag,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  Schema,
  seqTag,
  strTag,
} from "js-yaml";

/**
 * What plain words and numbers mean, as Kubernetes reads them: its parser (go-yaml 2 behind sigs.k8s.io/yaml) takes the
 * booleans, octal numbers and merge keys of YAML 1.1, but neither its base-60 numbers nor its dates. A check that read
 * `privileged: yes` as a text, or `defaultMode: 0644` as six hundred, would evaluate another object than the cluster gets.
 */

const DIGITS = "0123456789";

const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;

const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

const SPECIAL: Readonly<Record<string, number>> = { inf: Infinity, nan: NaN };

/** Underscores may stand anywhere after the first digit. */
function plain(source: string): string {
  return source.includes("_") ? source.replaceAll("_", "") : source;
}

function integer(source: string): number | typeof NOT_RESOLVED {
  const match = INTEGER.exec(plain(source));
  if (match === null) return NOT_RESOLVED;
  const [, sign, hexadecimal, binary, octal, decimal] = match;
  const value =
    decimal !== undefined
      ? Number(decimal)
      : parseInt(hexadecimal ?? binary ?? octal ?? "", hexadecimal !== undefined ? 16 : binary !== undefined ? 2 : 8);
  return sign === "-" && value !== 0 ? -value : value;
}

function float(source: string): number | typeof NOT_RESOLVED {
  const special = /^([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)$/.exec(source);
  if (special !== null) {
    const [, sign = "", name = ""] = special;
    const value = SPECIAL[name.toLowerCase()] ?? NaN;
    if (Number.isNaN(value)) return sign === "" ? value : NOT_RESOLVED;
    return sign === "-" ? -value : value;
  }
  const text = source.startsWith(".") ? source : plain(source);
  if (!FLOAT.test(text)) return NOT_RESOLVED;
  const value = Number(text);
  return Number.isFinite(value) ? value : NOT_RESOLVED;
}

const never = () => false;

const intTag = defineScalarTag<number>("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: ["-", "+", ...DIGITS],
  resolve: integer,
  identify: never,
});

const floatTag = defineScalarTag<number>("tag:yaml.org,2002:float", {
  implicit: true,
  implicitFirstChars: ["-", "+", ".", ...DIGITS],
  resolve: float,
  identify: never,
});

const binaryTag = defineScalarTag<string>("tag:yaml.org,2002:binary", {
  resolve: (source) => Buffer.from(source, "base64").toString("utf8"),
  identify: never,
});

/** Unknown tags are ignored; the value is read without them. */
const ANY = { matchByTagPrefix: true, identify: never } as const;

const otherTags = [
  defineScalarTag<string>("", { ...ANY, resolve: (source) => source }),
  defineSequenceTag<unknown[]>("", { ...ANY, create: seqTag.create, addItem: seqTag.addItem }),
  defineMappingTag<Record<string, unknown>>("", {
    ...ANY,
    create: mapTag.create,
    addPair: mapTag.addPair,
    has: mapTag.has,
    keys: mapTag.keys,
    get: mapTag.get,
  }),
];

export const KUBERNETES_SCHEMA = new Schema([
  strTag,
  seqTag,
  mapTag,
  nullCoreTag,
  boolYaml11Tag,
  intTag,
  floatTag,
  mergeTag,
  binaryTag,
  ...otherTags,
]);
