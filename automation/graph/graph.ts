import { LAYERS } from "../../components/core/layers";
import { type Member, ordered } from "../fleet/selection";

/** Stacks and what each builds on directly. */
export interface StackGraph {
  readonly nodes: readonly { readonly name: string; readonly layer: string; readonly cloud: string }[];
  /** From a stack to one that builds on it. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** A tenant builds on its platform, that on its base; what lies between is not said twice. */
export function graphOf(members: readonly Member[]): StackGraph {
  const layers = new Map(members.map(({ name, stack }) => [name, LAYERS.indexOf(stack.layer)]));
  const layerOf = (name: string) => layers.get(name) ?? 0;
  const edges = ordered(members, "up").flatMap(({ name, after }) => {
    const nearest = Math.max(...after.map(layerOf));
    return after.filter((each) => layerOf(each) === nearest).map((from) => ({ from, to: name }));
  });
  return { nodes: members.map(({ name, stack }) => ({ name, layer: stack.layer, cloud: stack.cloud })), edges };
}

/** A flowchart in the language of Mermaid, a box around each cloud. */
export function mermaid({ nodes, edges }: StackGraph): string {
  const ids = new Map(nodes.map(({ name }, index) => [name, `s${index}`]));
  const id = (name: string) => ids.get(name) ?? name;
  const clouds = [...new Set(nodes.map(({ cloud }) => cloud))];
  return [
    "flowchart LR",
    ...clouds.flatMap((cloud, index) => [
      `  subgraph c${index} ["${cloud}"]`,
      ...nodes.filter((node) => node.cloud === cloud).map(({ name }) => `    ${id(name)}["${name}"]`),
      "  end",
    ]),
    ...edges.map(({ from, to }) => `  ${id(from)} --> ${id(to)}`),
    "",
  ].join("\n");
}

/** Sizes of the picture, in its own units. */
const BOX = { width: 240, height: 32, column: 300, row: 44, margin: 16 };

/** A picture: a column for each layer, a row for each tenant; clouds below each other. */
export function svg({ nodes, edges }: StackGraph): string {
  const places = new Map<string, { readonly x: number; readonly y: number }>();
  let row = 0;
  for (const cloud of [...new Set(nodes.map((node) => node.cloud))]) {
    const columns = LAYERS.map((layer) => nodes.filter((node) => node.cloud === cloud && node.layer === layer));
    const used = LAYERS.filter((_, index) => (columns[index] ?? []).length > 0);
    const rows = Math.max(...columns.map(({ length }) => length));
    for (const column of columns) {
      column.forEach(({ name, layer }, index) => {
        const x = BOX.margin + used.findIndex((each) => each === layer) * BOX.column;
        places.set(name, { x, y: BOX.margin + (row + index) * BOX.row });
      });
    }
    row += rows;
  }
  const all = [...places.values()];
  const width = Math.max(0, ...all.map(({ x }) => x + BOX.width)) + BOX.margin;
  const height = Math.max(0, ...all.map(({ y }) => y + BOX.height)) + BOX.margin;
  const lines = edges.flatMap(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (a === undefined || b === undefined) return [];
    const [x1, y1, x2, y2] = [a.x + BOX.width, a.y + BOX.height / 2, b.x, b.y + BOX.height / 2];
    const middle = (x1 + x2) / 2;
    return [`  <path d="M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" fill="none" stroke="#888"/>`];
  });
  const boxes = [...places].map(([name, { x, y }]) =>
    [
      `  <g><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4" fill="#fff" stroke="#444"/>`,
      `<text x="${x + 10}" y="${y + 21}">${text(name)}</text></g>`,
    ].join(""),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="14" role="img" aria-label="stacks and what they build on">`,
    ...lines,
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}

function text(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
