import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { gitlabDeployment, gitlabPipeline } from "./gitlab";
import { CHOICE, IMAGE, JobsProject } from "./jobs.fixture";

interface Job {
  readonly extends?: string;
  readonly image?: string;
  readonly needs?: readonly (string | { readonly job: string })[];
  readonly rules?: readonly { readonly if: string }[];
  readonly script?: readonly string[];
  readonly trigger?: { readonly include: readonly { readonly job: string; readonly artifact: string }[] };
  readonly before_script?: readonly string[];
  readonly artifacts?: { readonly paths: readonly string[] };
  readonly resource_group?: string;
  readonly environment?: { readonly name: string };
}

/** Keys that jobs of GitLab have, of those that are used here. */
const KEYS =
  "extends image needs rules script before_script trigger artifacts resource_group environment variables interruptible".split(
    " ",
  );

/** What is wrong with the shape of a pipeline. */
function problemsOf(jobs: Readonly<Record<string, Job>>): string[] {
  return Object.entries(jobs).flatMap(([name, job]) => {
    const whole = { ...(job.extends === undefined ? {} : jobs[job.extends]), ...job };
    const needs = (job.needs ?? []).map((need) => (typeof need === "string" ? need : need.job));
    const hidden = name.startsWith(".");
    return [
      ...Object.keys(job).filter((key) => !KEYS.includes(key)),
      ...(job.extends === undefined || jobs[job.extends] !== undefined ? [] : [`${name} extends ${job.extends}`]),
      ...[...needs, ...(job.trigger?.include ?? []).map((each) => each.job)]
        .filter((need) => jobs[need] === undefined || need.startsWith("."))
        .map((need) => `${name} needs ${need}`),
      ...(needs.length > 50 ? [`${name} needs ${needs.length}`] : []),
      ...(hidden || whole.script !== undefined || whole.trigger !== undefined ? [] : [`${name} does nothing`]),
      ...(whole.script !== undefined && whole.image === undefined ? [`${name} has no image`] : []),
    ];
  });
}

describe("the pipeline for GitLab", () => {
  let project: JobsProject;
  beforeEach(() => (project = new JobsProject()));
  afterEach(() => project.remove());
  const choice = (more: object = {}) => ({ root: project.root, branch: "main", image: IMAGE, ...CHOICE, ...more });
  const pipeline = (more: object = {}) => parse(gitlabPipeline(choice(more))) as Record<string, Job>;
  const deployment = (more: object = {}, changed?: string) =>
    parse(gitlabDeployment(choice(more), changed)) as Record<string, Job>;

  it("has jobs that name only what is there", () => {
    assert.deepEqual(problemsOf(pipeline()), []);
    assert.deepEqual(problemsOf(deployment({ canary: ["tenant.berlin.lab"] })), []);
    assert.deepEqual(problemsOf({ a: { needs: ["b"], script: [] } }), ["a needs b", "a has no image"]);
    const { "firmament-deploy": deploy, "firmament-touched": touched } = pipeline();
    assert.deepEqual(deploy?.trigger?.include, [{ artifact: touched?.artifacts?.paths[0], job: "firmament-touched" }]);
  });

  it("deploys base, platform, canaries in their order, then the other tenants, one at a time of each stack", () => {
    const jobs = deployment({ canary: ["tenant.berlin.zeta", "tenant.berlin.lab"] });
    const needs = Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.needs]));
    assert.deepEqual(needs, {
      ".firmament": undefined,
      "base.berlin": [],
      "base.paris": [],
      "platform.berlin": ["base.berlin"],
      "platform.paris": ["base.paris"],
      "tenant.berlin.acme": ["tenant.berlin.lab"],
      "tenant.berlin.lab": ["tenant.berlin.zeta"],
      "tenant.berlin.zeta": ["platform.berlin"],
    });
    for (const [name, job] of Object.entries(jobs).slice(1)) {
      assert.equal(job.resource_group, `firmament-${name}`);
      assert.equal(job.environment?.name, name.split(".")[1]);
    }
  });

  it("deploys only what differs from a commit, in order, and nothing where nothing does", async () => {
    const before = await project.commit();
    project.touch("tenant.berlin.acme", "changed");
    assert.deepEqual(Object.keys(deployment({}, before)), [".firmament", "tenant.berlin.acme"]);
    const canary = { canary: ["tenant.berlin.lab"] };
    assert.deepEqual(deployment(canary, before)["tenant.berlin.acme"]?.needs, []);
    const nothing = deployment({}, await project.commit());
    assert.deepEqual([Object.keys(nothing), problemsOf(nothing)], [["nothing to deploy"], []]);
  });

  it("shows secrets to no fork, and the token to no program of a merge request", () => {
    const jobs = pipeline();
    assert.match(jobs["firmament-preview"]?.rules?.[0]?.if ?? "", /SOURCE_PROJECT_ID == \$CI_PROJECT_ID/);
    const { "firmament-comment": comment } = jobs;
    assert.match(comment?.rules?.[0]?.if ?? "", /\$FIRMAMENT_COMMENT_TOKEN/);
    assert.deepEqual([comment?.extends, comment?.before_script], [undefined, undefined]);
    assert.doesNotMatch(comment?.script?.join("\n") ?? "", /npm|npx/);
  });

  it("is refused with all that is wrong, in one message", () => {
    assert.throws(
      () => pipeline({ image: "", backend: "states", secret: ["A B"] }),
      /the jobs cannot be used:\n {2}--image: empty — .*\n {2}--backend: states — .*\n {2}--secret: A B — /,
    );
  });
});
