import { stringify } from "yaml";
import type { Problem } from "../../components/core/problem";
import type { Step } from "../fleet/selection";
import { branchProblems, type JobsChoice, plannedSteps } from "./choice";
import { chartsOption, commentScript, needsVariables, quoted, sinceCommit } from "./shell";

export interface GitlabChoice extends JobsChoice {
  /** Branch whose commits are deployed. */
  readonly branch: string;
  /** Image with Node.js, git, curl, jq, Helm 3 and the Pulumi CLI. */
  readonly image: string;
}

const PREVIEW = "preview.md";

const HEADER = `# Include it in .gitlab-ci.yml. Checks and previews what a merge request changes, and deploys it after its merge: base,
# platform, canary tenants, tenants, in a pipeline that is written for what the push concerns.
#
# Secrets are CI/CD variables of the same names. Protected ones do not reach merge requests: give those, masked, in the
# environment firmament/preview, with rights to read alone where your backend has such. FIRMAMENT_COMMENT_TOKEN is a
# project access token with the scope api; without it nothing is commented, and the preview is an artifact.
#
# Jobs on one stack wait for each other. In which order they do is a setting of resource groups that only the API has:
# process_mode oldest_first.
`;

const MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"';

/** A pipeline of GitLab CI, for an include. @throws InvalidInput with everything that is wrong with the choice. */
export function gitlabPipeline(choice: GitlabChoice): string {
  const { branch, secret, charts } = choice;
  plannedSteps(choice, [...branchProblems(branch), ...imageProblems(choice)]);
  const since = 'git fetch origin "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"';
  const pipeline = {
    ".firmament": project(choice),
    "firmament-check": {
      extends: ".firmament",
      rules: [{ if: MERGE_REQUEST }],
      script: [since, "npx firmament check --changed FETCH_HEAD"],
    },
    "firmament-preview": {
      extends: ".firmament",
      needs: ["firmament-check"],
      // forks get no secrets
      rules: [{ if: `${MERGE_REQUEST} && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID` }],
      environment: { name: "firmament/preview", action: "access" },
      variables: { ...VARIABLES, PULUMI_BACKEND_URL: choice.backend },
      interruptible: true,
      script: [
        ...needsVariables(secret, "the CI/CD variables"),
        since,
        `npx firmament preview --changed FETCH_HEAD${chartsOption(charts)} --format markdown --output ${PREVIEW}`,
      ],
      artifacts: { when: "always", paths: [PREVIEW] },
    },
    "firmament-comment": comment(choice),
    "firmament-touched": {
      extends: ".firmament",
      rules: [{ if: `$CI_COMMIT_BRANCH == "${branch}"` }],
      script: [...sinceCommit("CI_COMMIT_BEFORE_SHA"), deploymentCommand(choice)],
      artifacts: { paths: ["deploy.yml"] },
    },
    "firmament-deploy": {
      needs: ["firmament-touched"],
      rules: [{ if: `$CI_COMMIT_BRANCH == "${branch}"` }],
      trigger: { include: [{ artifact: "deploy.yml", job: "firmament-touched" }], strategy: "depend" },
    },
  };
  return `${HEADER}${yaml(pipeline)}`;
}

/** The pipeline that deploys the stacks which differ from a commit; all without one. */
export function gitlabDeployment(choice: GitlabChoice, changed?: string): string {
  const { branch, secret, charts } = choice;
  const steps = plannedSteps(choice, [...branchProblems(branch), ...imageProblems(choice)], changed);
  // a pipeline must have a job
  if (steps.length === 0) return yaml({ "nothing to deploy": { image: choice.image, script: ["true"] } });
  return yaml({
    ".firmament": {
      ...project(choice),
      variables: { ...VARIABLES, PULUMI_BACKEND_URL: choice.backend },
      script: [...needsVariables(secret, "the CI/CD variables"), `npx firmament up "$STACK"${chartsOption(charts)}`],
    },
    ...Object.fromEntries(steps.map((step) => [step.name, deployment(step, steps)])),
  });
}

function deployment({ name, stack, after }: Step, steps: readonly Step[]): object {
  return {
    extends: ".firmament",
    needs: nearest(after, steps),
    environment: { name: stack.cloud },
    resource_group: `firmament-${name}`,
    variables: { STACK: name },
  };
}

/** Without what another one of them waits for: a job names 50 at most. */
function nearest(after: readonly string[], steps: readonly Step[]): string[] {
  const further = new Set(steps.filter(({ name }) => after.includes(name)).flatMap((step) => step.after));
  return after.filter((name) => !further.has(name));
}

/** Runs nothing of the merge request: it has the token. */
function comment({ image }: GitlabChoice): object {
  const script = commentScript(
    {
      header: "PRIVATE-TOKEN: $FIRMAMENT_COMMENT_TOKEN",
      urls: [
        'COMMENTS="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"',
        'COMMENT="$COMMENTS"',
      ],
      who: ['me=$(send "$CI_API_V4_URL/user")', `me=$(printf '%s' "$me" | jq .id)`],
      own: "(.author.id | tostring) == $me",
      update: "PUT",
    },
    PREVIEW,
  );
  return {
    image,
    needs: [{ job: "firmament-preview", artifacts: true }],
    rules: [{ if: `${MERGE_REQUEST} && $FIRMAMENT_COMMENT_TOKEN`, when: "always" }],
    resource_group: "firmament-comment-$CI_MERGE_REQUEST_IID",
    variables: { GIT_STRATEGY: "none" },
    script: [script],
  };
}

/** The whole history, to see what differs. */
const VARIABLES = { GIT_DEPTH: "0" };

function project({ image }: GitlabChoice): object {
  return { image, variables: VARIABLES, before_script: ["npm ci", "npm run build"] };
}

/** The command that writes the second pipeline, with the options of this one. */
function deploymentCommand(choice: GitlabChoice): string {
  const many = (option: string, values: readonly string[] = []) =>
    values.length === 0 ? [] : [option, ...values.map(quoted)];
  return [
    "npx firmament jobs gitlab --deployment $changed",
    ...many("--backend", [choice.backend]),
    ...many("--image", [choice.image]),
    ...many("--branch", [choice.branch]),
    ...many("--secret", choice.secret),
    ...many("--cloud", choice.cloud),
    ...many("--canary", choice.canary),
    `${chartsOption(choice.charts).trim()}`,
    "> deploy.yml",
  ]
    .filter((word) => word !== "")
    .join(" ");
}

export function imageProblems({ image }: Pick<GitlabChoice, "image">): Problem[] {
  if (/^[\w][\w./:-]*(@sha256:[0-9a-f]{64})?$/.test(image)) return [];
  const rule = "must be an image, as registry.example.com/clouds@sha256:…";
  return [{ where: "--image", given: image === "" ? "empty" : image, rule, fix: "correct it" }];
}

function yaml(pipeline: object): string {
  return stringify(pipeline, { lineWidth: 0, aliasDuplicateObjects: false });
}
