import { headline, type OperationReport, parts, type StackReport, summary } from "./report";

/** Sizes, in the picture's own units; text is monospaced, so that it is known how much a line holds. */
const LINE = { height: 18, signs: 100, sign: 7.8, margin: 16 };

/** Entries of what is no danger that are shown of a stack; the rest is counted. */
const SHOWN = 12;

type Look = "title" | "stack" | "bad" | "loss" | "part" | "entry";

interface Line {
  readonly look: Look;
  readonly text: string;
}

/** Both palettes have a contrast of 4.5 at least between every text and its ground. */
const STYLE = `
  svg { color-scheme: light dark; }
  text { font: 13px ui-monospace, monospace; fill: #24292f; white-space: pre; }
  .ground { fill: #ffffff; stroke: #8c959f; }
  .title { font-weight: bold; font-size: 15px; }
  .stack { font-weight: bold; fill: #0550ae; }
  .bad, .loss { font-weight: bold; fill: #a40e26; }
  .part { fill: #57606a; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .ground { fill: #0d1117; stroke: #6e7681; }
    .stack { fill: #79c0ff; }
    .bad, .loss { fill: #ff7b72; }
    .part { fill: #9198a1; }
  }
`;

/** A picture of what becomes of stacks. What is deleted for good is all there, and so are machines and node pools. */
export function svgReport(report: OperationReport): string {
  const { operation, stacks } = report;
  const title = `Firmament ${operation}: ${summary(stacks)}`;
  const lines = [
    { look: "title", text: title } as const,
    ...stacks.flatMap((each) => linesOf(operation, each)),
    ...(stacks.length === 0 ? [{ look: "entry", text: "No stack is concerned." } as const] : []),
  ].flatMap(wrapped);
  const width = Math.round(LINE.signs * LINE.sign) + 2 * LINE.margin;
  const height = lines.length * LINE.height + 2 * LINE.margin;
  const description = stacks.map((each) => `${each.stack}: ${headline(operation, each)}`).join("; ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...lines.map(({ look, text }, index) => {
      const y = LINE.margin + (index + 0.75) * LINE.height;
      return `<text class="${look}" x="${LINE.margin}" y="${y}" xml:space="preserve">${escaped(text)}</text>`;
    }),
    "</svg>",
    "",
  ].join("\n");
}

function linesOf(operation: string, report: StackReport): Line[] {
  const message = report.message?.split("\n") ?? [];
  return [
    { look: report.status === "failed" ? "bad" : "stack", text: `${report.stack}: ${headline(operation, report)}` },
    ...parts(report).flatMap(([title, entries]): Line[] => {
      const loss = title === "deleted for good";
      const shown = loss || title === "machines" || title === "node pools" ? entries : entries.slice(0, SHOWN);
      const left = entries.length - shown.length;
      return [
        { look: loss ? "loss" : "part", text: `  ${title}` },
        ...shown.map((text): Line => ({ look: loss ? "loss" : "entry", text: `    ${text.replaceAll("\n", " ")}` })),
        ...(left === 0 ? [] : [{ look: "part", text: `    and ${left} more` } as const]),
      ];
    }),
    ...message.map((text): Line => ({ look: "entry", text: `  ${text}` })),
  ];
}

/** A line that is too long goes on below, further in. */
function wrapped({ look, text }: Line): Line[] {
  const signs = [...text];
  if (signs.length <= LINE.signs) return [{ look, text }];
  const rest = `      ${signs.slice(LINE.signs).join("")}`;
  return [{ look, text: signs.slice(0, LINE.signs).join("") }, ...wrapped({ look, text: rest })];
}

/** As text of XML 1.0, which has no control characters and no halves of surrogates. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
