import { constructFromEvents, EVENT_ID, parseEvents, YAMLException, type Event } from "js-yaml";
import { parseLeniently } from "./yaml-lenient";
import { KUBERNETES_SCHEMA } from "./yaml-schema";

/** Longer texts are not parsed: what that costs must not depend on who wrote them. */
const MAX_LENGTH = 4 << 20;

/** Deeper than anything people write. */
const MAX_DEPTH = 200;

/** Aliases may make a text this many times as large as it is written, so that a small one cannot become huge. */
const MAX_GROWTH = 10;

/** How the parser calls brackets that close further left than they may. */
const DEFICIENT = "deficient indentation";

/** Up to this many values aliases are free. */
const FEW_VALUES = 100_000;

/**
 * The documents of a YAML or JSON text, with the values that Kubernetes would read in it.
 *
 * Places in the text are not kept: findings name values by their path, and a parser that keeps a tree of every token
 * takes ten times as long, which was most of the time of a check of manifests.
 *
 * @throws Error when the text cannot be parsed, or is made to be expensive.
 */
export function parseYaml(text: string): unknown[] {
  if (text.length > MAX_LENGTH) throw new Error(`longer than ${MAX_LENGTH} characters`);
  try {
    return parseStrictly(text);
  } catch (error) {
    if (error instanceof YAMLException && error.reason === DEFICIENT) return parseLeniently(text);
    throw error;
  }
}

function parseStrictly(text: string): unknown[] {
  const events = parseEvents(text, { maxDepth: MAX_DEPTH });
  if (events.some(({ type }) => type === EVENT_ID.ALIAS)) weigh(text, events);
  // of keys that are there twice the last one counts; what is merged has been weighed
  const documents = constructFromEvents(events, {
    source: text,
    schema: KUBERNETES_SCHEMA,
    json: true,
    maxTotalMergeKeys: -1,
  });
  return documents.map((document) => document ?? null);
}

/** What stands below an anchor, itself included, with every alias written out. */
interface Weight {
  values: number;
  /** How deep it is nested. */
  depth: number;
  /** Until it ends, what an anchor names would contain itself. */
  ended: boolean;
}

/** @throws Error when a text with its aliases written out is far larger or deeper than texts may be, or endless. */
function weigh(text: string, events: readonly Event[]): void {
  const limit = Math.max(FEW_VALUES, MAX_GROWTH * events.length);
  const anchors = new Map<string, Weight>();
  const open: Weight[] = [];
  const add = ({ values, depth }: Weight) => {
    const holder = open.at(-1);
    if (holder === undefined) return;
    holder.values += values;
    holder.depth = Math.max(holder.depth, depth + 1);
    if (holder.values > limit) throw new Error("aliases make it far larger than it is written");
    if (holder.depth > MAX_DEPTH) throw new Error(`aliases nest it deeper than ${MAX_DEPTH}`);
  };
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      const ended = open.pop();
      if (ended === undefined) continue;
      ended.ended = true;
      add(ended);
    } else if (event.type === EVENT_ID.DOCUMENT) {
      anchors.clear();
      open.push({ values: 0, depth: 0, ended: false });
    } else {
      const anchor = event.anchorStart < 0 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
      if (event.type === EVENT_ID.ALIAS) {
        const meant = anchors.get(anchor ?? "");
        if (meant?.ended !== true) throw new Error(`alias *${anchor?.slice(0, 64) ?? ""} names nothing before it`);
        add(meant);
        continue;
      }
      const scalar = event.type === EVENT_ID.SCALAR;
      const weight = { values: 1, depth: 0, ended: scalar };
      if (anchor !== undefined) anchors.set(anchor, weight);
      if (scalar) add(weight);
      else open.push(weight);
    }
  }
}
