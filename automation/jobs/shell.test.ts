import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { parse } from "yaml";
import { githubWorkflow } from "./github";
import { gitlabPipeline } from "./gitlab";
import { CHOICE, IMAGE, JobsProject } from "./jobs.fixture";

const CLI = path.join(__dirname, "..", "cli", "index.js");

interface Comment {
  readonly id: number;
  readonly user: { readonly login: string };
  readonly author: { readonly id: number };
  body: string | null;
}

/** A forge's comments, over HTTP as GitHub and GitLab give them. */
class Forge {
  readonly comments: Comment[] = [];
  readonly requests: string[] = [];
  /** Whether the list is answered with an error. */
  broken = false;
  private readonly server = http.createServer((request, response) => void this.answer(request, response));

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(body: string | null, own = false): void {
    const [login, id] = own ? ["github-actions[bot]", 7] : ["somebody", 8];
    this.comments.push({ id: this.comments.length + 1, user: { login }, author: { id }, body });
  }

  own(): (string | null)[] {
    return this.comments.filter(({ author }) => author.id === 7).map(({ body }) => body);
  }

  close(): void {
    this.server.close();
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const { pathname, searchParams } = new URL(request.url ?? "", "http://forge");
    const token = request.headers["private-token"] ?? request.headers.authorization;
    this.requests.push(`${request.method ?? ""} ${pathname} ${String(token)}`);
    const reply = (code: number, content: unknown) => response.writeHead(code).end(JSON.stringify(content));
    if (pathname.endsWith("/user")) return void reply(200, { id: 7 });
    if (request.method === "GET") {
      if (this.broken) return void reply(502, { message: "bad gateway" });
      const page = Number(searchParams.get("page"));
      const size = Number(searchParams.get("per_page"));
      return void reply(200, this.comments.slice((page - 1) * size, page * size));
    }
    const { body } = JSON.parse(text) as { body: string };
    if (request.method === "POST") {
      this.add(body, true);
      return void reply(201, {});
    }
    const comment = this.comments.find(({ id }) => id === Number(pathname.split("/").at(-1)));
    if (comment === undefined) return void reply(404, {});
    comment.body = body;
    reply(200, {});
  }
}

const PREVIEW = '<!-- firmament-preview -->\n## Firmament preview\n`"$HOME" \\ äöü`\n';

describe("the shell in generated jobs", () => {
  let project: JobsProject;
  let forge: Forge;
  let url: string;
  beforeEach(async function () {
    // what the job's machines have
    if (["curl", "jq", "git"].some((name) => spawnSync(name, ["--version"]).status !== 0)) this.skip();
    project = new JobsProject();
    forge = new Forge();
    url = await forge.listen();
  });
  afterEach(() => {
    forge.close();
    project.remove();
  });
  interface Steps {
    readonly jobs: Record<string, { steps: { id?: string; name?: string; run?: string }[] }>;
  }
  const github = (job: string, step: string) => {
    const text = githubWorkflow({ root: project.root, branch: "main", ...CHOICE, canary: ["tenant.berlin.lab"] });
    return (parse(text) as Steps).jobs[job]?.steps.find(({ name }) => name === step)?.run ?? "";
  };
  const gitlab = (job: string) => {
    const text = gitlabPipeline({ root: project.root, branch: "main", image: IMAGE, ...CHOICE });
    return (parse(text) as Record<string, { script: string[] }>)[job]?.script.join("\n") ?? "";
  };
  /** As the forges' runners start it. */
  const bash = (script: string, env: NodeJS.ProcessEnv) => project.run("bash", ["-e", "-c", script], env);
  const sh = (script: string, env: NodeJS.ProcessEnv) => project.run("sh", ["-e", "-c", script], env);

  const forges = {
    GitHub: () =>
      bash(github("comment", "comment"), {
        GITHUB_API_URL: url,
        GITHUB_REPOSITORY: "team/clouds",
        NUMBER: "12",
        TOKEN: "word",
      }),
    GitLab: () =>
      sh(gitlab("firmament-comment"), {
        CI_API_V4_URL: url,
        CI_PROJECT_ID: "3",
        CI_MERGE_REQUEST_IID: "12",
        FIRMAMENT_COMMENT_TOKEN: "word",
      }),
  };
  for (const [name, comment] of Object.entries(forges)) {
    it(`comments once on ${name}, and edits that comment later, on whichever page it is`, async () => {
      const preview = path.join(project.root, "preview.md");
      fs.writeFileSync(preview, PREVIEW);
      forge.add(null);
      forge.add("<!-- firmament-preview -->\nof somebody else");
      for (let index = 0; index < 97; index++) forge.add(`remark ${index}`);
      forge.add("<!-- firmament-check -->\nanother of the same user", true);
      const first = await comment();
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      assert.equal(forge.comments.length, 101);
      assert.equal(forge.own().at(-1), PREVIEW);
      fs.writeFileSync(preview, `${PREVIEW}again\n`);
      assert.equal((await comment()).code, 0);
      assert.equal(forge.comments.length, 101);
      assert.deepEqual(forge.own(), ["<!-- firmament-check -->\nanother of the same user", `${PREVIEW}again\n`]);
      assert.match(forge.comments[1]?.body ?? "", /of somebody else/);
      assert.ok(
        forge.requests.every((line) => line.endsWith(" word") && !line.includes("undefined")),
        forge.requests[0],
      );
    });

    it(`adds nothing on ${name} where the list cannot be read`, async () => {
      fs.writeFileSync(path.join(project.root, "preview.md"), PREVIEW);
      forge.broken = true;
      const { code, stderr } = await comment();
      assert.notEqual(code, 0);
      assert.match(stderr, /502/);
      assert.deepEqual(forge.comments, []);
    });
  }

  it("names in GitHub's outputs what a push concerns, and all where its beginning is not known", async () => {
    project.fake("npx", `shift; exec ${process.execPath} ${CLI} "$@"`);
    const before = await project.commit();
    project.touch("tenant.berlin.acme", "changed");
    project.touch("tenant.berlin.lab", "changed");
    const outputs = async (BEFORE: string) => {
      const file = path.join(project.root, "output");
      fs.writeFileSync(file, "");
      const ended = await bash(github("touched", "touched"), { BEFORE, GITHUB_OUTPUT: file });
      assert.deepEqual([ended.code, ended.stderr], [0, ""]);
      return Object.fromEntries(
        project
          .read("output")
          .trim()
          .split("\n")
          .map((line) => [line.split("=")[0], JSON.parse(line.split("=")[1] ?? "")] as [string, string[]]),
      );
    };
    assert.deepEqual(await outputs(before), {
      stacks: ["tenant.berlin.acme", "tenant.berlin.lab"],
      "tenants-berlin": ["tenant.berlin.acme"],
      "tenants-paris": [],
    });
    const all = await outputs("0".repeat(40));
    assert.equal(all["stacks"]?.length, 7);
    assert.deepEqual(all["tenants-berlin"], ["tenant.berlin.acme", "tenant.berlin.zeta"]);
  });

  it("writes GitLab's second pipeline for what a push concerns, with the options of the first", async () => {
    project.fake("npx", `shift; exec ${process.execPath} ${CLI} "$@"`);
    const before = await project.commit();
    project.touch("platform.paris", "changed");
    const ended = await sh(gitlab("firmament-touched"), { CI_COMMIT_BEFORE_SHA: before });
    assert.deepEqual([ended.code, ended.stderr], [0, ""]);
    const jobs = parse(project.read("deploy.yml")) as Record<string, { variables: Record<string, string> }>;
    assert.deepEqual(Object.keys(jobs), [".firmament", "platform.paris"]);
    assert.equal(jobs[".firmament"]?.variables["PULUMI_BACKEND_URL"], "s3://states");
  });

  it("shows a preview that failed, then fails; says at once which secrets are missing", async () => {
    project.fake("npx", `printf 'seen %s\\n' "$*" > preview.md; exit 2`);
    const env = { GITHUB_BASE_REF: "main", GITHUB_STEP_SUMMARY: path.join(project.root, "summary") };
    const missing = await bash(github("preview", "preview"), { ...env, AWS_SECRET_ACCESS_KEY: "" });
    assert.deepEqual(
      [missing.code, missing.stderr],
      [2, "missing: PULUMI_CONFIG_PASSPHRASE AWS_SECRET_ACCESS_KEY — set them in the repository's secrets\n"],
    );
    const secrets = { PULUMI_CONFIG_PASSPHRASE: "a b", AWS_SECRET_ACCESS_KEY: "c" };
    const failed = await bash(github("preview", "preview"), { ...env, ...secrets });
    assert.equal(failed.code, 2, failed.stderr);
    assert.match(project.read("summary"), /^seen firmament preview --changed origin\/main --format markdown/);
    project.fake("npx", "exit 0");
    assert.equal((await bash(github("base-berlin", "up"), { ...secrets, STACK: "base.berlin" })).code, 0);
  });
});
