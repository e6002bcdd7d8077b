import * as assert from "node:assert/strict";
import { register } from "node:module";
import { parse } from "yaml";
import { githubWorkflow } from "./github";
import { CHOICE, JobsProject } from "./jobs.fixture";

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly queue?: string; readonly "cancel-in-progress": boolean };
  readonly steps: readonly { readonly run?: string; readonly uses?: string; readonly env?: Record<string, string> }[];
}

/** GitHub's own parser of workflows: an ES module, of whose types this is what is used. */
interface WorkflowParser {
  readonly NoOperationTraceWriter: new () => unknown;
  readonly parseWorkflow: (file: object, trace: unknown) => ParsedWorkflow;
  readonly convertWorkflowTemplate: (context: unknown, value: unknown) => Promise<{ jobs?: readonly unknown[] }>;
}

interface ParsedWorkflow {
  readonly context: { readonly errors: { getErrors(): readonly { message: string }[] } };
  readonly value: unknown;
}

const PARSER: string = "@actions/workflow-parser";

/** It imports JSON as bundlers allow it; Node.js wants to be told the type. */
const JSON_TYPE = `data:text/javascript,${encodeURIComponent(`
  export const load = (url, context, next) =>
    next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context);
`)}`;

/** What GitHub says of a workflow, expressions and names of jobs included. */
async function parsed(content: string): Promise<{ problems: string[]; jobs: number }> {
  register(JSON_TYPE);
  const parser = (await import(PARSER)) as WorkflowParser;
  const { context, value } = parser.parseWorkflow(
    { name: "firmament.yml", content },
    new parser.NoOperationTraceWriter(),
  );
  const template = await parser.convertWorkflowTemplate(context, value);
  return { problems: context.errors.getErrors().map(({ message }) => message), jobs: template.jobs?.length ?? 0 };
}

describe("the workflow for GitHub", () => {
  let project: JobsProject;
  beforeEach(() => (project = new JobsProject()));
  afterEach(() => project.remove());
  const text = (more: object = {}) => githubWorkflow({ root: project.root, branch: "main", ...CHOICE, ...more });
  const jobsOf = (content: string) => (parse(content) as { jobs: Record<string, Job> }).jobs;
  const needsOf = ({ needs = [] }: Job) => (typeof needs === "string" ? [needs] : needs);

  it("is one by GitHub's own parser, which finds what is planted", async () => {
    const content = text({ canary: ["tenant.berlin.lab"], charts: "https://charts.example.com/a b" });
    const { problems, jobs } = await parsed(content);
    assert.deepEqual(problems, []);
    assert.equal(jobs, Object.keys(jobsOf(content)).length);
    for (const [from, to] of [
      ["queue: max", "queue: most"],
      ["needs.touched.outputs.stacks", "needs(touched"],
      ["- base-berlin", "- base-rome"],
      ["runs-on: ubuntu-24.04", "runs-an: ubuntu-24.04"],
    ] as const) {
      assert.notDeepEqual((await parsed(content.replace(from, to))).problems, [], to);
    }
  });

  it("deploys base, platform, canaries in their order, then the other tenants", () => {
    const jobs = jobsOf(text({ canary: ["tenant.berlin.zeta", "tenant.berlin.lab"] }));
    const chain = ["base-berlin", "platform-berlin", "canary-berlin-1", "canary-berlin-2", "tenants-berlin"];
    chain.forEach((id, index) => {
      const job = jobs[id] as Job;
      assert.deepEqual(needsOf(job), ["touched", ...chain.slice(0, index)], id);
      assert.match(
        job.if ?? "",
        /^!cancelled\(\) && !failure\(\) && .*needs\.touched\.outputs\.(stacks|tenants-berlin)/,
      );
      assert.deepEqual([job.concurrency?.queue, job.concurrency?.["cancel-in-progress"]], ["max", false]);
    });
    const groups = Object.values(jobs).flatMap(({ concurrency }) =>
      concurrency === undefined ? [] : [concurrency.group],
    );
    assert.equal(new Set(groups).size, groups.length);
    assert.ok(groups.includes("firmament-tenant.berlin.zeta") && groups.includes("firmament-${{ matrix.stack }}"));
    assert.equal(jobs["tenants-paris"], undefined);
  });

  it("gives least rights, pins actions by commit, and secrets to the steps that need them, by reference", () => {
    const content = text();
    const jobs = jobsOf(content);
    assert.deepEqual((parse(content) as { permissions: object }).permissions, {});
    for (const [id, { permissions, steps }] of Object.entries(jobs)) {
      assert.deepEqual(permissions, id === "comment" ? { "pull-requests": "write" } : { contents: "read" }, id);
      for (const { run = "", uses, env = {} } of steps) {
        if (uses !== undefined) assert.match(uses, /@[0-9a-f]{40}$/);
        // an expression in a script is code of whoever chose a branch's name
        assert.doesNotMatch(run, /\$\{\{/);
        const secrets = Object.values(env).filter((value) => value.includes("secrets."));
        assert.equal(secrets.length, /firmament (preview|up)/.test(run) ? 2 : 0, id);
      }
    }
    for (const line of content.split("\n").filter((each) => each.includes("uses:"))) assert.match(line, / # v\d/);
    assert.doesNotMatch(JSON.stringify(jobs["comment"]), /npm|checkout/);
    assert.match(jobs["preview"]?.if ?? "", /head\.repo\.full_name == github\.repository/);
  });

  it("is refused with all that is wrong, in one message", () => {
    const wrong = { backend: "file:///states", branch: "a b", secret: ["GITHUB_TOKEN"], canary: ["tenant.paris.x"] };
    assert.throws(
      () => text(wrong),
      /^InvalidInput: the jobs cannot be used:\n {2}--branch: a b — .*\n {2}--backend: file:\/\/\/states — .*\n {2}--secret: GITHUB_TOKEN — .*\n {2}canary: tenant\.paris\.x — /,
    );
    assert.throws(() => text({ backend: "postgres://me:word@db/states" }), /must hold no secret/);
    assert.throws(() => text({ cloud: ["rome"] }), /clouds: rome — must name a stack/);
    const many = new JobsProject(["base.a", ...Array.from({ length: 257 }, (_, index) => `tenant.a.t${index}`)]);
    try {
      assert.throws(() => text({ root: many.root }), /a: 257 tenants — must be 256 at most/);
      assert.match(text({ root: many.root, canary: ["tenant.a.t0"] }), /tenants-a:/);
    } finally {
      many.remove();
    }
  });
});
