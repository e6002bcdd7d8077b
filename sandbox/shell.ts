import * as fs from "node:fs";
import * as path from "node:path";
import type { Layout } from "./layout";

/** A word of a shell command that is taken as it stands. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Writes the `pulumi` of a shell that works on the sandbox. State and stack files belong together: with the stack files
 * of the checkout, which have the addresses of no sandbox, the same state would be deployed to other machines. So this
 * pulumi runs in the sandbox's own project, wherever it is called, and refuses another one.
 */
export function writeShellPulumi({ shell, bin, workspace }: Pick<Layout, "shell" | "bin" | "workspace">): void {
  const file = path.join(shell, "pulumi");
  fs.mkdirSync(shell, { recursive: true });
  fs.writeFileSync(file, script(path.join(bin, "pulumi"), workspace), { mode: 0o755 });
}

function script(pulumi: string, workspace: string): string {
  return `#!/bin/sh
# Written by \`npm start\`; changes here are lost.
workspace=${quoted(workspace)}
given= next=
for word in "$@"; do
  if [ -n "$next" ]; then
    given=$word next=
    continue
  fi
  case $word in
    --) break ;;
    -C | --cwd) next=yes ;;
    -C*) given=\${word#-C} ;;
    --cwd=*) given=\${word#--cwd=} ;;
  esac
done
if [ -n "$given" ] && [ "$(cd "$given" 2>/dev/null && pwd -P)" != "$(cd "$workspace" && pwd -P)" ]; then
  echo "pulumi --cwd: $given — in this shell the state is the sandbox's, whose stack files are in $workspace;" \\
    "leave the option away, or use another shell for another project" >&2
  exit 1
fi
exec ${quoted(pulumi)} --cwd "$workspace" "$@"
`;
}
