/** Lines around a change that are shown with it. */
const CONTEXT = 2;

/**
 * The lines in which two texts differ: `-` for the first text's, `+` for the second's, with two lines around each change
 * and the number of the line in the first text before it. Empty when they are equal.
 */
export function textDifference(first: string, second: string): string {
  if (first === second) return "";
  const lines = compared(first.split("\n"), second.split("\n"));
  const shown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " "),
  );
  return lines
    .flatMap(({ sign, text, number }, index) => {
      if (shown[index] !== true) return [];
      return [...(shown[index - 1] === true ? [] : [`line ${number}:`]), `${sign} ${text}`];
    })
    .join("\n");
}

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
  /** Of the line in the first text, from 1. */
  readonly number: number;
}

function compared(first: readonly string[], second: readonly string[]): Line[] {
  // length of the longest common sequence of the rests that begin at these lines
  const common = Array.from({ length: first.length + 1 }, () => new Array<number>(second.length + 1).fill(0));
  const at = (one: number, other: number) => common[one]?.[other] ?? 0;
  for (let one = first.length - 1; one >= 0; one--) {
    const row = common[one] ?? [];
    for (let other = second.length - 1; other >= 0; other--) {
      row[other] =
        first[one] === second[other] ? at(one + 1, other + 1) + 1 : Math.max(at(one + 1, other), at(one, other + 1));
    }
  }
  const lines: Line[] = [];
  let [one, other] = [0, 0];
  while (one < first.length || other < second.length) {
    const [mine, theirs] = [first[one], second[other]];
    const number = one + 1;
    if (mine !== undefined && mine === theirs) {
      lines.push({ sign: " ", text: mine, number });
      one += 1;
      other += 1;
    } else if (mine !== undefined && (theirs === undefined || at(one + 1, other) >= at(one, other + 1))) {
      lines.push({ sign: "-", text: mine, number });
      one += 1;
    } else {
      lines.push({ sign: "+", text: theirs ?? "", number });
      other += 1;
    }
  }
  return lines;
}
