/** What templates of a chart read of its values, as paths. */
export interface TemplateReads {
  readonly reads: readonly (readonly string[])[];
  /** Paths, in dots, of what is handed on as a whole: to another template, into an object, into a loop. */
  readonly whole: ReadonlySet<string>;
}

const ACTION = /\{\{-?\s*([\s\S]*?)-?\}\}/g;
const READ = /(?<![\w.)])\$?\.Values((?:\.\w+)+)/g;
/** `(.Values.a).b`, `((.Values.a).b).c` */
const PARENTHESES = /\((\$?\.Values(?:\.\w+)+)\)(?=\.)/g;
/** `index .Values.a "b-c" "d"` */
const INDEX = /\bindex\s+(\$?\.Values(?:\.\w+)*)((?:\s+"[^"]+")+)/g;
/** Actions that look at a value, and leave it where it is. */
const LOOKS_ONLY = /^(else\s+)?if\b/;

/**
 * Reads templates as text: what is in their actions, without running them. A value that is put into a variable counts as
 * handed on: what happens to it after that is not followed.
 */
export function templateReads(texts: readonly string[]): TemplateReads {
  const reads = new Map<string, readonly string[]>();
  const whole = new Set<string>();
  const actions = texts.flatMap((text) => [...text.matchAll(ACTION)].map(([, action = ""]) => action));
  for (const action of actions.filter((each) => !each.startsWith("/*")).map(dotted)) {
    for (const [, keys = ""] of action.matchAll(READ)) {
      const path = keys.slice(1).split(".").map(decoded);
      reads.set(path.join("."), path);
      if (!LOOKS_ONLY.test(action)) whole.add(path.join("."));
    }
  }
  return { reads: [...reads.values()], whole };
}

/** With every read of the values in one form, keys in dots. */
function dotted(action: string): string {
  const named = action.replace(INDEX, (_match, from: string, keys: string) =>
    [from, ...[...keys.matchAll(/"([^"]+)"/g)].map(([, key = ""]) => encoded(key))].join("."),
  );
  const plain = named.replace(PARENTHESES, "$1");
  return plain === named ? plain : dotted(plain);
}

/** A key as a word, whatever letters it has. */
function encoded(key: string): string {
  return key.replace(/\W/g, (letter) => `__${letter.charCodeAt(0)}__`);
}

function decoded(word: string): string {
  return word.replace(/__(\d+)__/g, (_match, code: string) => String.fromCharCode(Number(code)));
}
