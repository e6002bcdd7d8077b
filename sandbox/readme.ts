import { type Part, REAL, REQUESTED, SIMULATED } from "./parts";

/** The text of sandbox/README.md, from what a start prints. */
export function readme(): string {
  return `# The sandbox

A whole cloud on this machine, for development, tests and a first look: no hardware, no container engine, no root. It
runs the project's own programs with its own stack files (\`stacks/config/Pulumi.*.sandbox*.yaml\`); only addresses
differ. Its commands are in [docs/operations.md](../docs/operations.md).

To change the cloud, edit those stack files and run \`npm start\`. What a start writes from them is in
\`.sandbox/program\`, the project of the sandbox's state: \`eval "$(npm run sandbox -- env)"\` gives a shell whose
\`pulumi\` works there from any folder and refuses other projects. Edits in that folder are lost at the next start,
which says so and keeps them beside.

## What is real

${list(REAL)}

## What is simulated

${list(SIMULATED)}

A fake is stricter than the real thing, never kinder. Nothing outside this folder knows of the sandbox.

## Components that are off by default

A cloud is made ready for those that the platform's stack file switches on, and for those of \`npm start -- --ready-for\`.
All of their objects are held against these definitions, strictly, in a test that switches each of them on.

${requested()}

## Where things are

| folder                | what it is for                                                        |
| --------------------- | --------------------------------------------------------------------- |
| [\`.\`](.)              | the command line, and the workspace that the engine runs in           |
| [\`charts/\`](charts)   | a local chart repository: the real charts' names, versions and CRDs   |
| [\`fakes/\`](fakes)     | the Go program that plays machines, control planes and controllers    |
| [\`offline/\`](offline) | builds of tools and providers, for machines that cannot download them |

Everything of one sandbox is in its directory (\`.sandbox\`, or \`--dir\`); what takes long to build is in the cache
(\`FIRMAMENT_CACHE\`, else \`~/.cache/firmament\`). Nothing is left elsewhere, in the temporary directory neither.

<!-- Written by \`npm run sandbox -- readme\`; changes here are lost. -->
`;
}

/** Columns as wide as their widest cell, as the formatter has it. */
function requested(): string {
  const rows = REQUESTED.map(({ name, definitions, missing }) => [name, definitions, missing]);
  const all = [["component", "definitions of its kinds", "what there is not"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function list(parts: readonly Part[]): string {
  return parts.map(({ name, how }) => `- ${name}${how === "" ? "" : `: ${how}`}`).join("\n");
}
