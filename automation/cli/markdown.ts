import type { EvaluatedFinding } from "../check/evaluation";
import { advice, blocking, undecided, type CheckResult } from "../check/result";
import { summary } from "./summary";

/** Marks the comment, so that the next run finds and edits it. */
export const MARKER = "<!-- firmament-check -->";

/** GitHub takes 65,536 characters, GitLab more; what does not fit is counted. */
const LONGEST = 60_000;

/** A comment for a pull request. */
export function markdown(result: CheckResult): string {
  const violations = blocking(result);
  const bad = violations.length > 0 || result.broken.length > 0;
  const head = [MARKER, `## Policy check: ${bad ? "blocked" : "passed"}`, "", `${summary(result)}.`, ""];
  const sections = [
    broken(result),
    table("Violations", violations, true),
    table("Advice", advice(result), false),
    table("Not decided before deployment", undecided(result), false),
  ].filter((section) => section !== "");
  const foot = result.notes.map((note) => `<sub>${escaped(note)}</sub>`).join("\n\n");
  return fitted(head.join("\n"), sections, foot);
}

function broken({ broken: list }: CheckResult): string {
  if (list.length === 0) return "";
  return [
    "### Programs that failed",
    ...list.map(({ source, message }) => `**${escaped(source)}**\n\n${fenced(message)}`),
  ].join("\n\n");
}

function table(title: string, findings: readonly EvaluatedFinding[], open: boolean): string {
  if (findings.length === 0) return "";
  const rows = findings.map(({ rule, source, resource = "", path, message }) => {
    return `| \`${rule}\` | ${cell(source)} | ${cell(resource)} | ${cell(path)} | ${cell(message)} |`;
  });
  const lines = ["| Rule | Stack | Resource | Value | What and what to do |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
  const caption = `${title} (${findings.length})`;
  return open ? `### ${caption}\n\n${lines}` : `<details><summary>${caption}</summary>\n\n${lines}\n\n</details>`;
}

function fitted(head: string, sections: readonly string[], foot: string): string {
  let room = LONGEST - head.length - foot.length;
  const kept = sections.map((section) => {
    if (section.length <= room) {
      room -= section.length;
      return section;
    }
    const cut = section.slice(0, Math.max(0, room)).split("\n").slice(0, -1);
    room = 0;
    const left = section.split("\n").length - cut.length;
    const end = section.startsWith("<details>") && cut.length > 0 ? "\n\n</details>" : "";
    return `${cut.join("\n")}${end}\n\n… and ${left} more lines, in the log of the job.`;
  });
  return [head, ...kept, foot, ""].join("\n\n");
}

/** Names and values come from programs: they must not become markup, links, mentions or cells of their own. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_[\]|~#]/g, (character) => `\\${character}`)
    .replaceAll("@", "@\u200b")
    .replace(/\b(https?):\/\//g, "$1:\u200b//");
}

function cell(text: string): string {
  return escaped(text.replace(/\s+/g, " ").slice(0, 500));
}

function fenced(text: string): string {
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}text\n${text.slice(0, 4000)}\n${fence}`;
}
