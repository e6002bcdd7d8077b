import { InvalidInput, type Problem } from "../../components/core/problem";

/** Settings of a node pool as a stack file has them. */
export type PoolSettings = Readonly<Record<string, unknown>>;

const NUMBERS = ["replicas", "min", "max", "cpus"] as const;
const TEXTS = ["memory", "disk", "image"] as const;
const KNOWN = [...NUMBERS, ...TEXTS].join(", ");

/**
 * Node pools from texts like `general=replicas=3,cpus=8,memory=32Gi,disk=100Gi`. What their values must be, the
 * settings of tenants say.
 *
 * @param image of pools that name none.
 * @throws InvalidInput with every text that is no pool, and every key that is none of a pool.
 */
export function poolsFrom(texts: readonly string[], image?: string): Record<string, PoolSettings> {
  const problems: Problem[] = [];
  const pools = new Map<string, PoolSettings>();
  for (const text of texts) {
    const { key: name, value } = split(text);
    const fields = Object.fromEntries(value.split(",").map((part) => [split(part).key, split(part).value]));
    const wrong = (given: string, rule: string, fix: string) =>
      problems.push({ where: `--pool ${name}`, given, rule, fix });
    if (name === "" || value === "") {
      problems.push({ where: "--pool", given: text, rule: "must be <name>=<key>=<value>,…", fix: `give ${KNOWN}` });
      continue;
    }
    if (pools.has(name)) wrong("twice", "must have a name of its own", "give another name");
    for (const [key, given] of Object.entries(fields)) {
      if (![...NUMBERS, ...TEXTS].some((known) => known === key)) wrong(key, `keys are ${KNOWN}`, "correct it");
      else if (given === "") wrong(`${key} without a value`, "every key has a value", `write ${key}=<value>`);
    }
    pools.set(name, settingsOf(fields, image));
  }
  if (problems.length > 0) throw new InvalidInput("--pool", problems);
  return Object.fromEntries(pools);
}

/**
 * Parts of a quota from texts like `cpu=96`.
 *
 * @throws InvalidInput with every key that is none of a quota.
 */
export function quotaFrom(texts: readonly string[]): Record<string, string> {
  const parts = texts.flatMap((text) => text.split(",")).map(split);
  const wrong = parts.filter(({ key, value }) => !["cpu", "memory", "storage"].includes(key) || value === "");
  if (wrong.length > 0) {
    const rule = "must be cpu=, memory= or storage= with a quantity";
    throw new InvalidInput(
      "--quota",
      wrong.map(({ key, value }) => ({ where: "--quota", given: `${key}=${value}`, rule, fix: "correct it" })),
    );
  }
  return Object.fromEntries(parts.map(({ key, value }) => [key, value]));
}

function settingsOf(fields: Readonly<Record<string, string>>, image: string | undefined): PoolSettings {
  const number = (key: string) => (fields[key] === undefined ? {} : { [key]: numberFrom(fields[key]) });
  const autoscaled = fields["min"] !== undefined || fields["max"] !== undefined;
  return {
    ...number("replicas"),
    ...(autoscaled ? { autoscaling: { ...number("min"), ...number("max") } } : {}),
    ...number("cpus"),
    ...(fields["memory"] === undefined ? {} : { memory: fields["memory"] }),
    ...(fields["disk"] === undefined ? {} : { disk: { size: fields["disk"] } }),
    ...(image === undefined ? {} : { image }),
    ...(fields["image"] === undefined ? {} : { image: fields["image"] }),
  };
}

/** What is no number stays as it is, for the message that says so. */
function numberFrom(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function split(text: string): { readonly key: string; readonly value: string } {
  const at = text.indexOf("=");
  return at < 0 ? { key: text.trim(), value: "" } : { key: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}
