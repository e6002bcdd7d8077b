import * as path from "node:path";
import { type GithubChoice, githubWorkflow } from "../jobs/github";
import { type GitlabChoice, gitlabDeployment, gitlabPipeline } from "../jobs/gitlab";
import { type OperatorChoice, operatorFiles } from "../jobs/operator";
import { writeOwnFiles } from "../own-files";

interface Printed {
  /** Folder of the files. */
  readonly output: string;
  /** One JSON document instead of lines. */
  readonly json?: true;
}

export type GithubJobs = GithubChoice & Printed;

export interface GitlabJobs extends GitlabChoice, Printed {
  /** Whether only the pipeline of a deployment is printed. */
  readonly deployment?: true;
  /** Commit or branch; what a deployment has no reason for is left out. */
  readonly changed?: string;
}

export type OperatorJobs = OperatorChoice & Printed;

/** Writes the workflow. @returns what to print. */
export function jobsGithub(choice: GithubJobs): string {
  const next = `commit it; set ${secrets(choice)} in the repository's secrets`;
  return report("github", { "firmament.yml": githubWorkflow(choice) }, choice, next);
}

/** Writes the pipeline, or gives that of a deployment. @returns what to print. */
export function jobsGitlab(choice: GitlabJobs): string {
  if (choice.deployment === true) return gitlabDeployment(choice, choice.changed).trimEnd();
  const next = `include it in .gitlab-ci.yml and commit both; set ${secrets(choice)} as CI/CD variables`;
  return report("gitlab", { "firmament.gitlab-ci.yml": gitlabPipeline(choice) }, choice, next);
}

/** Writes the manifests. @returns what to print. */
export function jobsOperator(choice: OperatorJobs): string {
  const { secret, secretName, namespace, output } = choice;
  const keys = secret.map((name) => ` --from-file=${name}=…`).join("");
  const next =
    `kubectl apply --filename ${path.join(output, "common.yaml")}; ` +
    `kubectl --namespace ${namespace} create secret generic ${secretName}${keys}; kubectl apply --filename ${output}`;
  return report("operator", operatorFiles(choice), choice, next);
}

function secrets({ secret }: { readonly secret: readonly string[] }): string {
  return secret.length === 0 ? "nothing" : secret.join(", ");
}

function report(
  engine: string,
  files: Readonly<Record<string, string>>,
  { output, json }: Printed,
  next: string,
): string {
  const mark = `# Written by \`firmament jobs ${engine}\`; changes here are lost.`;
  const { written, removed } = writeOwnFiles({ what: `jobs ${engine}`, directory: output, files, mark });
  if (json === true) return JSON.stringify({ directory: output, written, removed }, undefined, 2);
  const gone = removed.length === 0 ? "" : `, removed ${removed.join(", ")}`;
  return `${output}: ${written.join(", ")} written${gone}\nNext: ${next}`;
}
