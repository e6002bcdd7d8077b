import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from "yaml";
import { KINDS, partsOf, written, type Allocation, type Inventory } from "./schema";

/** The lines of a section or of one of its entries in a text: where they begin, and where the next one does. */
interface Lines {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The text of an inventory's file with the tenants and the freed networks of another one. Only lines of tenants that came
 * or went change, and the section `freed`.
 */
export function inventoryText(text: string, inventory: Inventory): string {
  return withFreed(withTenants(text, inventory), inventory);
}

function withTenants(text: string, { tenants }: Inventory): string {
  const section = sectionOf(text, "tenants");
  const lines = section.map === undefined ? [] : linesOf(text, section.map);
  if (lines.length === 0) {
    const all = Object.entries(tenants).sort(([one], [other]) => (one < other ? -1 : 1));
    const body = all.map(([name, allocation]) => tenantLine(name, allocation));
    return replaced(text, section.lines, all.length === 0 ? [] : ["tenants:", ...body]);
  }
  const present = new Set(lines.map(({ key }) => key));
  const kept = lines.filter(({ key }) => Object.hasOwn(tenants, key));
  if (kept.length === 0 && Object.keys(tenants).length === 0) return replaced(text, section.lines, []);
  let result = text;
  // from the end, so that places before stay where they are
  for (const { key, from, to } of [...lines].reverse()) {
    if (!Object.hasOwn(tenants, key)) result = result.slice(0, from) + result.slice(to);
  }
  for (const [name, allocation] of Object.entries(tenants).filter(([key]) => !present.has(key))) {
    const { map } = sectionOf(result, "tenants");
    const now = map === undefined ? [] : linesOf(result, map);
    const at = now.find(({ key }) => key > name)?.from ?? now.at(-1)?.to ?? sectionOf(result, "tenants").lines?.to;
    result = inserted(result, at ?? result.length, `${tenantLine(name, allocation)}\n`);
  }
  return result;
}

function withFreed(text: string, { freed }: Inventory): string {
  const body = KINDS.filter((kind) => freed[kind].length > 0).map((kind) => {
    return `  ${kind}: [${freed[kind].map((network) => written(kind, network)).join(", ")}]`;
  });
  return replaced(text, sectionOf(text, "freed").lines, body.length === 0 ? [] : ["freed:", ...body]);
}

function tenantLine(name: string, allocation: Allocation): string {
  const fields = partsOf(allocation).map(({ kind, network }) => `${kind}: ${written(kind, network)}`);
  return `  ${name}: { ${fields.join(", ")} }`;
}

/** A section of the file: its lines, and its entries where each has lines of its own. */
function sectionOf(text: string, name: string): { readonly lines?: Lines; readonly map?: YAMLMap } {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) return {};
  const lines = linesOf(text, contents).find(({ key }) => key === name);
  const value = contents.get(name, true);
  return {
    ...(lines === undefined ? {} : { lines }),
    ...(isMap(value) && value.flow !== true ? { map: value as YAMLMap } : {}),
  };
}

function linesOf(text: string, { items }: YAMLMap): Lines[] {
  return items.map(({ key, value }: Pair) => {
    const from = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const end = (value as { readonly range?: readonly number[] | null } | null)?.range?.[1] ?? from;
    // a block ends where the next line begins
    const next = end > 0 && text[end - 1] === "\n" ? end : text.indexOf("\n", end) + 1;
    return {
      key: String(isScalar(key) ? key.value : key),
      from: text.lastIndexOf("\n", from - 1) + 1,
      to: next === 0 ? text.length : next,
    };
  });
}

function replaced(text: string, lines: Lines | undefined, body: readonly string[]): string {
  const block = body.length === 0 ? "" : `${body.join("\n")}\n`;
  if (lines === undefined) return block === "" ? text : inserted(text, text.length, block);
  return text.slice(0, lines.from) + block + text.slice(lines.to);
}

function inserted(text: string, at: number, block: string): string {
  const before = text.slice(0, at);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${block}${text.slice(at)}`;
}
