import { spawnSync } from "node:child_process";

/**
 * Asks a program that reads one question per line and writes one answer per line, both JSON.
 *
 * @param what who is asked, for messages: "the oracle of Talos".
 * @returns one answer per question, in their order.
 */
export function askProgram<Q, A>(executable: string, what: string, questions: readonly Q[]): A[] {
  const { status, stdout, stderr } = spawnSync(executable, {
    input: questions.map((question) => JSON.stringify(question)).join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 30,
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`${what} ended with ${status ?? "a signal"}: ${stderr.slice(0, 2000)}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as A);
}
