import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execFile } from "node:child_process";
import { checkManifests, checkState } from "../check/check-files";
import type { PolicyFile } from "../check/policy-file";
import { report } from "./report";
import { blocking, exitCode } from "../check/result";
import { seconds } from "../check/wire";
import { deployment } from "../../policies";
import { ROOT } from "../check/check.fixture";

const policies: PolicyFile = { config: {}, capacity: {}, settings: {} };

function withFile<T>(name: string, content: string, work: (file: string) => T): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-report-"));
  try {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    return work(file);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const KUBECONFIG = "urn:pulumi:prod::p::pulumi:pulumi:Stack::p-prod";
const cipher = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };
const state = (kubeconfig: unknown) => {
  const provider = "urn:pulumi:prod::p::pulumi:providers:kubernetes::management";
  const type = "kubernetes:apps/v1:Deployment";
  const resources = [
    { urn: KUBECONFIG, type: "pulumi:pulumi:Stack", outputs: { kubeconfig } },
    {
      urn: provider,
      type: "pulumi:providers:kubernetes",
      id: "1",
      inputs: { clusterIdentifier: "m", kubeconfig: cipher },
    },
    {
      urn: `urn:pulumi:prod::p::${type}::web`,
      type,
      inputs: deployment({ hostNetwork: true }),
      provider: `${provider}::1`,
    },
    {
      urn: `urn:pulumi:prod::p::${type}::old`,
      type,
      delete: true,
      inputs: deployment({ hostPID: true }),
      provider: `${provider}::1`,
    },
  ];
  return JSON.stringify({ version: 3, deployment: { resources } });
};

describe("the check of a state", () => {
  it("evaluates what is deployed, by the marks that a state keeps of secrets", () => {
    const found = withFile("state.json", state(cipher), (file) =>
      blocking(checkState(file, policies)).map(({ rule }) => rule),
    );
    assert.ok(found.includes("pss-host-namespaces"));
    assert.ok(!found.includes("pulumi-secret-output") && !found.includes("pulumi-explicit-provider"), found.join());
    assert.equal(found.filter((rule) => rule === "pss-host-namespaces").length, 1);
    const plain = withFile("state.json", state("apiVersion: v1"), (file) =>
      blocking(checkState(file, policies)).map(({ rule }) => rule),
    );
    assert.ok(plain.includes("pulumi-secret-output"));
  });

  it("refuses another file", () => {
    assert.throws(() => withFile("x.json", "{}", (file) => checkState(file, policies)), /must be an exported state/);
  });
});

describe("the check of manifests", () => {
  const both = `${JSON.stringify(deployment())}\n---\n${JSON.stringify(deployment({ hostPID: true }))}\n`;

  it("names the file", () => {
    withFile("web.yaml", both, (file) => {
      const result = checkManifests([path.dirname(file)], policies);
      const [found] = blocking(result).filter(({ rule }) => rule === "pss-host-namespaces");
      assert.equal(found?.source, file);
      assert.equal(exitCode(result), 1);
    });
  });

  it("calls what it cannot read broken", () => {
    const result = withFile("web.yaml", "a: [", (file) => checkManifests([file], policies));
    assert.equal(exitCode(result), 2);
  });
});

describe("reports", () => {
  const evil = "<img src=x> @everyone | `x` [a](https://evil.example)\n# head";
  const manifest = { ...deployment({ hostPID: true }), metadata: { name: evil, namespace: "shop" } };
  const result = withFile("web.yaml", JSON.stringify(manifest), (file) => checkManifests([file], policies));

  it("in Markdown begin with their mark, and nothing a program says becomes markup", async () => {
    const text = await report(result, "markdown");
    assert.ok(text.startsWith("<!-- firmament-check -->\n"));
    assert.ok(!text.includes("<img") && !text.includes("@everyone") && !text.includes("](https://evil"));
    for (const line of text.split("\n").filter((each) => each.startsWith("| `"))) {
      assert.equal(line.replaceAll("\\|", "").split("|").length, 7, line);
    }
  });

  it("in Markdown fit into a comment", async () => {
    const finding = blocking(result)[0];
    assert.ok(finding !== undefined);
    const many = { ...result, findings: Array.from({ length: 2000 }, () => finding) };
    const text = await report(many, "markdown");
    assert.ok(text.length < 65_536 && /more lines/.test(text));
  });

  it("in SARIF name rules, levels and files", async () => {
    const { runs, version } = JSON.parse(await report(result, "sarif")) as {
      version: string;
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: { ruleId: string; ruleIndex: number; level: string }[];
      }[];
    };
    assert.equal(version, "2.1.0");
    const [run] = runs;
    for (const { ruleId, ruleIndex } of run?.results ?? []) assert.equal(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
    assert.ok(run?.results.some(({ ruleId, level }) => ruleId === "pss-host-namespaces" && level === "error"));
  });

  it("in SARIF point at the line of a manifest", async () => {
    const text = [
      "# two objects",
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata: { name: settings, namespace: shop }",
      "---",
      "apiVersion: v1",
      "kind: Pod",
      "metadata:",
      "  name: web",
      "  namespace: shop",
      "spec:",
      "  hostPID: true",
      "  containers:",
      "    - name: first",
      "      image: registry.example/web:1",
      "    - name: second",
      "      image: registry.example/web:1",
      "      securityContext:",
      "        privileged: true",
      "",
    ].join("\n");
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-report-"));
    try {
      const file = path.join(folder, "pod.yaml");
      fs.writeFileSync(file, text);
      const { runs } = JSON.parse(await report(checkManifests([file], policies), "sarif")) as {
        runs: [
          {
            results: { ruleId: string; locations: [{ physicalLocation: { region: { startLine: number } } }] }[];
          },
        ];
      };
      const lines = runs[0].results.map(
        ({ ruleId, locations: [{ physicalLocation }] }) => [ruleId, physicalLocation.region.startLine] as const,
      );
      const line = new Map(lines);
      assert.equal(line.get("pss-host-namespaces"), 12);
      assert.equal(line.get("pss-privileged"), 19);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("in plain text say once what is the same for several resources", async () => {
    const [finding] = blocking(result);
    assert.ok(finding !== undefined);
    const named = (resource: string) => ({ ...finding, resource, level: "advisory" as const });
    const same = { ...result, findings: [named("Release kubevirt"), named("Release cilium")] };
    const [first, ...names] = (await report(same, "text")).split("\n");
    assert.match(first ?? "", /^advice {5}[a-z-]+ {2}2 resources: /);
    assert.deepEqual(names.slice(0, 2), ["             Release cilium", "             Release kubevirt"]);
  });

  it("in JSON carry the exit code", async () => {
    assert.equal((JSON.parse(await report(result, "json")) as { exitCode: number }).exitCode, 1);
  });
});

describe("the command line", () => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      execFile(process.execPath, [path.join(__dirname, "index.js"), ...args], { cwd: ROOT }, (error, out, err) =>
        resolve({ code: error === null ? 0 : error.code, out, err }),
      );
    });

  it("says with its exit code what happened", async () => {
    const bad = withFile("web.yaml", JSON.stringify(deployment()), (file) => ({ folder: path.dirname(file) }));
    assert.equal((await run("check", "--manifests", bad.folder)).code, 2);
    assert.equal((await run("check", "--format", "xml")).code, 2);
    assert.equal((await run("check", "--state", "a", "--manifests", "b")).code, 2);
    assert.equal((await run("--help")).code, 0);
  });

  it("explains rules, and helps with their names", async () => {
    const { code, out } = await run("explain", "talos-rbac");
    assert.equal(code, 0);
    assert.match(out, /Talos API RBAC on[\s\S]*Fix: /);
    const wrong = await run("explain", "talos-rback");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /did you mean .*talos-/);
  });
});

describe("durations of the engine", () => {
  for (const [text, expected] of [
    ["20m", 1200],
    ["1h30m", 5400],
    ["90s", 90],
    ["500ms", 0.5],
    ["", 0],
  ] as const) {
    it(`${text === "" ? "none" : text} is ${expected} s`, () => assert.equal(seconds(text), expected));
  }
});
