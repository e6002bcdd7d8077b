import * as fs from "node:fs";
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { labelsOf, readResource } from "../../policies";
import type { EvaluatedFinding } from "../check/evaluation";

/** An object of a file of manifests, by what findings call it. */
interface Place {
  readonly labels: readonly string[];
  readonly node: Node;
}

interface Source {
  readonly places: readonly Place[];
  readonly lines: LineCounter;
}

/**
 * Where findings are in files of manifests. What a program computes has no line of its own: the first of its file is
 * given for it.
 */
export class SourceLines {
  private readonly sources = new Map<string, Source | undefined>();

  /** Line, counted from 1, of the value that a finding is about, or of the nearest thing above it that is written. */
  lineOf({ source, resource, path }: Pick<EvaluatedFinding, "source" | "resource" | "path">): number {
    const { places, lines } = this.read(source) ?? { places: [], lines: undefined };
    const place = places.find(({ labels }) => labels.includes(resource ?? ""));
    const offset = place === undefined ? undefined : offsetOf(place.node, stepsOf(path), place.node.range?.[0]);
    return offset === undefined || lines === undefined ? 1 : lines.linePos(offset).line;
  }

  private read(source: string): Source | undefined {
    if (!this.sources.has(source)) this.sources.set(source, readSource(source));
    return this.sources.get(source);
  }
}

function readSource(source: string): Source | undefined {
  if (!/\.(?:ya?ml|json)$/.test(source) || !fs.existsSync(source)) return undefined;
  const lines = new LineCounter();
  const documents = parseAllDocuments(fs.readFileSync(source, "utf8"), { lineCounter: lines });
  if (!Array.isArray(documents)) return undefined;
  const places = documents.flatMap(({ contents, errors }) => {
    if (contents === null || errors.length > 0) return [];
    const items = isMap(contents) ? contents.get("items", true) : undefined;
    return [contents, ...(isSeq(items) ? (items.items as Node[]) : [])].flatMap((node) => placeOf(node));
  });
  return { places, lines };
}

function placeOf(node: Node): Place[] {
  const resource = isMap(node) ? readResource(node.toJSON()) : undefined;
  return resource === undefined ? [] : [{ labels: labelsOf(resource), node }];
}

/** Follows a path as far as the file has it: the offset of the last key, or element of a list, that is there. */
function offsetOf(node: unknown, steps: readonly string[], reached: number | undefined): number | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return reached;
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return isNode(item) ? offsetOf(item, rest, item.range?.[0]) : reached;
  }
  const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === step) : undefined;
  return isNode(pair?.key) ? offsetOf(pair.value, rest, pair.key.range?.[0]) : reached;
}

/** `spec.containers[0].image`, `metadata.labels["a/b"]` → steps. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted ?? index ?? plain ?? "",
  );
}
