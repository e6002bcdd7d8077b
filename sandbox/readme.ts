import { type Part, REAL, SIMULATED } from "./parts";

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

function list(parts: readonly Part[]): string {
  return parts.map(({ name, how }) => `- ${name}${how === "" ? "" : `: ${how}`}`).join("\n");
}
