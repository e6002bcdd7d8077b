import { stringify } from "yaml";
import { InvalidInput } from "../../components/core/problem";
import { CI_ACTIONS, CI_NODE } from "../../versions/ci-actions";
import { PULUMI } from "../../versions/pulumi";
import { branchProblems, byCloud, type CloudStacks, type JobsChoice, plannedSteps } from "./choice";
import { chartsOption, commentScript, needsVariables, sinceCommit } from "./shell";

export interface GithubChoice extends JobsChoice {
  /** Branch whose commits are deployed. */
  readonly branch: string;
}

const RUNNER = "ubuntu-24.04";
const PREVIEW = "preview.md";

/** Jobs that a matrix of GitHub has at most. */
const MATRIX = 256;

const HEADER = `# Checks and previews what a pull request changes, and deploys it after its merge: base, platform, canary tenants, tenants.
# Runners need Helm 3 on PATH, as GitHub's own have. Secrets are the repository's, or those of environments with the
# clouds' names, where deployments can wait for an approval as well.
#
# A preview runs the pull request's programs with the secrets. It does so only for branches of this repository, whose
# authors could read the secrets anyhow; give the repository's secrets rights to read alone where your backend has such.
`;

/** A workflow of GitHub Actions. @throws InvalidInput with everything that is wrong with the choice. */
export function githubWorkflow(choice: GithubChoice): string {
  const { branch, backend, secret } = choice;
  const clouds = byCloud(plannedSteps(choice, branchProblems(branch)), choice);
  refuseLargeMatrices(clouds);
  const env = {
    PULUMI_BACKEND_URL: backend,
    ...Object.fromEntries(secret.map((name) => [name, `\${{ secrets.${name} }}`])),
  };
  const workflow = {
    name: "firmament",
    on: { pull_request: { branches: [branch] }, push: { branches: [branch] }, workflow_dispatch: {} },
    permissions: {},
    jobs: {
      check: check(),
      preview: preview(choice, env),
      comment: comment(),
      touched: touched(clouds),
      ...Object.fromEntries(clouds.flatMap((cloud) => deployments(cloud, choice, env))),
    },
  };
  const text = stringify(workflow, { lineWidth: 0, aliasDuplicateObjects: false });
  return `${HEADER}${text.replaceAll(/uses: (\S+)@(\S+)/g, (line, action: keyof typeof CI_ACTIONS) => {
    return `${line} # ${CI_ACTIONS[action].version}`;
  })}`;
}

function check() {
  return job({
    if: "github.event_name == 'pull_request'",
    steps: [
      ...project(),
      step("check", [
        'npx firmament check --changed "origin/$GITHUB_BASE_REF" --format markdown --output check.md || code=$?',
        'cat check.md >> "$GITHUB_STEP_SUMMARY"',
        "exit ${code:-0}",
      ]),
    ],
  });
}

function preview({ secret, charts }: GithubChoice, env: object) {
  return job({
    needs: "check",
    if: "github.event.pull_request.head.repo.full_name == github.repository",
    concurrency: { group: "firmament-preview-${{ github.event.pull_request.number }}", "cancel-in-progress": true },
    steps: [
      ...project(),
      uses("pulumi/actions", { "pulumi-version": PULUMI }),
      step(
        "preview",
        [
          ...needsVariables(secret, "the repository's secrets"),
          `npx firmament preview --changed "origin/$GITHUB_BASE_REF"${chartsOption(charts)} --format markdown --output ${PREVIEW} || code=$?`,
          `cat ${PREVIEW} >> "$GITHUB_STEP_SUMMARY"`,
          "exit ${code:-0}",
        ],
        env,
      ),
      { ...uses("actions/upload-artifact", { name: "preview", path: PREVIEW }), if: "!cancelled()" },
    ],
  });
}

/** A job of its own: it runs nothing of the pull request, since it may write to it. */
function comment() {
  const script = commentScript(
    {
      header: "Authorization: Bearer $TOKEN",
      urls: [
        'COMMENTS="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"',
        'COMMENT="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/comments"',
      ],
      own: '.user.login == "github-actions[bot]"',
      update: "PATCH",
    },
    PREVIEW,
  );
  return job({
    needs: "preview",
    if: "!cancelled() && needs.preview.result != 'skipped'",
    permissions: { "pull-requests": "write" },
    concurrency: { group: "firmament-comment-${{ github.event.pull_request.number }}", "cancel-in-progress": false },
    steps: [
      uses("actions/download-artifact", { name: "preview" }),
      {
        name: "comment",
        env: { TOKEN: "${{ github.token }}", NUMBER: "${{ github.event.pull_request.number }}" },
        run: script,
      },
    ],
  });
}

/** Names the stacks that a push concerns; a run that somebody starts concerns all. */
function touched(clouds: readonly CloudStacks[]) {
  const tenants = clouds.map(({ cloud, canaries }) => {
    const own = `.layer == "tenant" and .cloud == "${cloud}"`;
    const filter = `[.nodes[] | select(${own}) | .name] - ${JSON.stringify(canaries)}`;
    return `echo "tenants-${cloud}=$(jq --compact-output '${filter}' graph.json)" >> "$GITHUB_OUTPUT"`;
  });
  const outputs = ["stacks", ...clouds.map(({ cloud }) => `tenants-${cloud}`)];
  return job({
    if: "github.event_name != 'pull_request'",
    outputs: Object.fromEntries(outputs.map((name) => [name, `\${{ steps.touched.outputs.${name} }}`])),
    steps: [
      ...project(),
      {
        id: "touched",
        ...step(
          "touched",
          [
            ...sinceCommit("BEFORE"),
            "npx firmament graph $changed --format json > graph.json",
            `echo "stacks=$(jq --compact-output '[.nodes[].name]' graph.json)" >> "$GITHUB_OUTPUT"`,
            ...tenants,
          ],
          { BEFORE: "${{ github.event.before }}" },
        ),
      },
    ],
  });
}

/** The chain of a cloud: each job only after those before it, and only where the push concerns its stack. */
function deployments(stacks: CloudStacks, choice: GithubChoice, env: object): [string, object][] {
  const { cloud, base, platform, canaries, tenants } = stacks;
  const chain: [string, string][] = [
    ...(base === undefined ? [] : [[`base-${cloud}`, base] as [string, string]]),
    ...(platform === undefined ? [] : [[`platform-${cloud}`, platform] as [string, string]]),
    ...canaries.map((name, index): [string, string] => [`canary-${cloud}-${index + 1}`, name]),
  ];
  const jobs = chain.map(([id, stack], index): [string, object] => {
    const needs = ["touched", ...chain.slice(0, index).map(([before]) => before)];
    const condition = `contains(fromJSON(needs.touched.outputs.stacks), '${stack}')`;
    return [id, deployment(cloud, stack, choice, env, { needs, if: after(condition) })];
  });
  if (tenants.length === 0) return jobs;
  const output = `needs.touched.outputs.tenants-${cloud}`;
  const last = deployment(cloud, "${{ matrix.stack }}", choice, env, {
    needs: ["touched", ...chain.map(([before]) => before)],
    if: after(`${output} != '[]'`),
    strategy: { "fail-fast": false, "max-parallel": 8, matrix: { stack: `\${{ fromJSON(${output}) }}` } },
  });
  return [...jobs, [`tenants-${cloud}`, last]];
}

/** Jobs that were left out, since nothing concerned them, hold up nobody; failed ones do. */
function after(condition: string): string {
  return `!cancelled() && !failure() && github.event_name != 'pull_request' && ${condition}`;
}

/** Deploys one stack; those of other runs that concern it wait in the order in which they came. */
function deployment(cloud: string, stack: string, { secret, charts }: GithubChoice, env: object, more: object) {
  return job({
    ...more,
    environment: { name: cloud },
    concurrency: { group: `firmament-${stack}`, queue: "max", "cancel-in-progress": false },
    steps: [
      ...project(),
      uses("pulumi/actions", { "pulumi-version": PULUMI }),
      step(
        "up",
        [
          ...needsVariables(secret, `the secrets of the repository or of the environment ${cloud}`),
          `npx firmament up "$STACK"${chartsOption(charts)}`,
        ],
        { ...env, STACK: stack },
      ),
    ],
  });
}

/** Least rights; what a job needs beyond them it says itself. */
function job(content: object): object {
  return { "runs-on": RUNNER, permissions: { contents: "read" }, ...content };
}

function project(): object[] {
  return [
    uses("actions/checkout", { "fetch-depth": 0, "persist-credentials": false }),
    uses("actions/setup-node", { "node-version": CI_NODE, cache: "npm" }),
    step("build", ["npm ci", "npm run build"]),
  ];
}

function uses(action: keyof typeof CI_ACTIONS, options: object): object {
  return { uses: `${action}@${CI_ACTIONS[action].commit}`, with: options };
}

function step(name: string, lines: readonly string[], env?: object): object {
  return { name, ...(env === undefined ? {} : { env }), run: `${lines.join("\n")}\n` };
}

function refuseLargeMatrices(clouds: readonly CloudStacks[]): void {
  const problems = clouds
    .filter(({ tenants }) => tenants.length > MATRIX)
    .map(({ cloud, tenants }) => ({
      where: cloud,
      given: `${tenants.length} tenants`,
      rule: `must be ${MATRIX} at most beside canaries: a matrix of GitHub has no more jobs`,
      fix: `deploy this cloud with \`firmament upgrade ${cloud}\` in one job, or by the operator`,
    }));
  if (problems.length > 0) throw new InvalidInput("the jobs", problems);
}
