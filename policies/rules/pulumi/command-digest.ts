import type { View } from "../../engine/view";

/** Inputs that are run by the interpreter, or by a shell. */
const RUN = ["create", "update", "delete"];

/**
 * Other inputs that decide what is run: what the interpreter is, what it reads, where it finds files. Of the environment
 * the names: a value may be a secret and differs from run to run, but NODE_OPTIONS or LD_PRELOAD is another program.
 */
const DECIDES = ["stdin", "interpreter", "dir", "environment"];

/** What a command runs. */
export interface CommandText {
  /** Where it stands, in the order in which it is read; the first is there. None: it runs nothing that could be listed. */
  readonly given: readonly View[];
  /** All that the digest is made of. */
  readonly read: readonly View[];
  /** sha256. */
  readonly digest: string;
}

export function commandText(root: View): CommandText {
  const run = RUN.map((name) => root.field(name));
  const decides = DECIDES.map((name) => root.field(name));
  const [stdin, interpreter, dir, environment] = decides;
  const names = environment?.entries().map(([name]) => name) ?? [];
  const more = {
    ...text("stdin", stdin),
    ...(interpreter?.present === true ? { interpreter: interpreter.texts() } : {}),
    ...text("dir", dir),
    ...(names.length > 0 ? { environment: names.sort() } : {}),
  };
  const texts = run.map((view) => view.text ?? "");
  const [listed, rest] = [interpreter?.items() ?? [], [...run, ...decides]];
  return {
    given: run.filter((view) => view.unreadable || view.present),
    read: [...rest, ...listed],
    digest: sha256(JSON.stringify(Object.keys(more).length > 0 ? [...texts, more] : texts)),
  };
}

function text(name: string, view: View | undefined): Record<string, string> {
  const given = view?.word;
  return given === undefined ? {} : { [name]: given };
}

function sha256(content: string): string {
  // hardly ever needed, and slow to load for a start that loads all rules
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(content).digest("hex");
}
