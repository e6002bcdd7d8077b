import { destinationName } from "./questions";
import type { Answer } from "./session";
import type { ProofWorld } from "./world";

export interface ProofReport {
  readonly text: string;
  /** Whether every answer is as meant. */
  readonly asMeant: boolean;
}

/** One line for each row and column: how many packets arrive, and which policies decide. */
export function proofReport(answers: readonly Answer[], { enforcer }: Pick<ProofWorld, "enforcer">): ProofReport {
  const wrong = answers.filter(({ given, meant }) => given !== meant);
  const forbidden = wrong.filter(({ given }) => given === "allowed");
  const cells = new Map<string, Answer[]>();
  for (const answer of answers) {
    const key = `${answer.row}\0${answer.column}`;
    cells.set(key, [...(cells.get(key) ?? []), answer]);
  }
  const lines = [...cells.values()].map(cellOf);
  const table = [["from", "to", "packets", "answer", "decided by"], ...lines];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  const text = [
    ...table.map((line) =>
      line
        .map((field, column) => field.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
    "",
    ...wrong.map(
      ({ row, to, protocol, port, given, meant, decidedBy }) =>
        `${row} → ${destinationName(to)} ${protocol} ${port}: ${given} — must be ${meant}; ${decidedBy.length === 0 ? "no policy decides it" : `decided by ${decidedBy.join(", ")}`}`,
    ),
    `${answers.length} packets: ${forbidden.length} forbidden ones allowed, ${wrong.length - forbidden.length} needed ones refused.`,
    ...caveats(enforcer),
  ].join("\n");
  return { text, asMeant: wrong.length === 0 };
}

function cellOf(answers: readonly Answer[]): string[] {
  const [first] = answers;
  const given = (what: Answer["given"]) => answers.filter((each) => each.given === what).length;
  const asMeant = answers.every(({ given, meant }) => given === meant);
  const answer =
    given("allowed") === answers.length
      ? "allowed"
      : given("allowed") === 0
        ? "refused"
        : `${given("allowed")} allowed`;
  const packets = `${answers.length} × ${first?.protocol ?? ""} ${first?.port ?? ""}`;
  const deciding = [...new Set(answers.flatMap(({ decidedBy }) => decidedBy))].sort();
  const shown =
    deciding.length > 3 ? `${deciding.slice(0, 3).join(", ")} and ${deciding.length - 3} more` : deciding.join(", ");
  return [first?.row ?? "", first?.column ?? "", packets, asMeant ? answer : `${answer} !`, shown];
}

/** What this does not prove. */
function caveats(enforcer: string | undefined): string[] {
  return [
    "",
    "Proven: what the policies say, as Kube-OVN's controller reads them and OVN's own tracer answers.",
    ...(enforcer === undefined
      ? []
      : [`Not proven: that ${enforcer}, which enforces them in this cloud, reads them in the same way.`]),
    "Not asked: a pod and its own machine, which Kube-OVN always lets talk.",
  ];
}
