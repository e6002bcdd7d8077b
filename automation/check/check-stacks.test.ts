import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkStacks } from "./check-stacks";
import { EXIT } from "./exit";
import { blocking, exitCode } from "./result";
import { inProject, ROOT, section, stackFile, type Files } from "./check.fixture";

const unchanged = () => undefined;
const check = (root: string, more: object = {}) => checkStacks({ root, render: { helm: false }, ...more });
const base = (files: Files) => section(files, "base.sandbox");

describe("the check of stacks", () => {
  it("passes this project's own, with exemptions that all excuse something", async () => {
    const result = await check(ROOT);
    assert.deepEqual(result.broken, []);
    assert.deepEqual(
      blocking(result).map(({ rule, resource, path, message }) => [rule, resource, path, message]),
      [],
    );
    assert.equal(exitCode(result), EXIT.pass);
    const layers = new Set(result.checked.map(({ source }) => source.split(".")[0]));
    assert.deepEqual([...layers].sort(), ["base", "platform", "tenant"]);
    for (const { source, resources } of result.checked) assert.ok(resources > 10, source);
  }).timeout(60_000);

  it("passes the example's stack files in production, but for charts that no digest pins yet", async () => {
    const berlin = (files: Files) => {
      for (const name of ["base.example", "platform.example", "tenant.example.acme"]) {
        files[name.replace("example", "berlin")] = stackFile(name);
      }
      section(files, "platform.berlin")["mirror"] = { charts: "https://charts.example.com" };
    };
    await inProject(berlin, async (root) => {
      fs.writeFileSync(path.join(root, "stacks", "config", "policies.berlin.yaml"), "tier: production\n");
      const result = await check(root, { stacks: ["base.berlin", "platform.berlin", "tenant.berlin.acme"] });
      assert.deepEqual(result.broken, []);
      assert.deepEqual(
        blocking(result)
          .filter(({ rule }) => rule !== "helm-verify")
          .map(({ rule, resource, path, message }) => [rule, resource, path, message]),
        [],
      );
      assert.equal(result.checked.length, 3);
    });
  }).timeout(60_000);

  // its account may get hosts for that, which are in no namespace
  it("passes a tenant whose cloud controller tells zones", async () => {
    const zones = (files: Files) => {
      const { addons } = section(files, "tenant.sandbox.acme") as { addons: Record<string, object> };
      addons["cloudController"] = { enabled: true, zones: true };
    };
    await inProject(zones, async (root) => {
      const result = await check(root, { stacks: ["tenant.sandbox.acme"] });
      assert.deepEqual(result.broken, []);
      assert.deepEqual(
        blocking(result).map(({ rule, resource }) => [rule, resource]),
        [],
      );
    });
  }).timeout(60_000);

  it("says which releases it had no means to render", async () => {
    const { notes, findings } = await check(ROOT, { stacks: ["platform.sandbox", "tenant.sandbox.acme"] });
    assert.ok(notes.some((note) => /^Not rendered.*platform\.sandbox, tenant\.sandbox\.acme/.test(note)));
    const unseen = findings.filter(({ rule }) => rule === "helm-rendered");
    assert.ok(unseen.length > 10);
    for (const { level, status } of unseen) assert.deepEqual([level, status], ["advisory", "violation"]);
  }).timeout(60_000);

  it("evaluates the configuration that machines would get", async () => {
    const plain = (files: Files) => delete (base(files)["talos"] as Record<string, unknown>)["diskEncryption"];
    await inProject(plain, async (root) => {
      const result = await check(root, { stacks: ["base.sandbox"] });
      assert.equal(exitCode(result), EXIT.violation);
      const rules = new Set(blocking(result).map(({ rule, source }) => `${source} ${rule}`));
      assert.deepEqual([...rules], ["base.sandbox talos-disk-encryption"]);
    });
  });

  it("distinguishes a program that fails from one that breaks a rule", async () => {
    const wrong = (files: Files) => void (section(files, "tenant.sandbox.acme")["kubernetesVersion"] = "latest");
    await inProject(wrong, async (root) => {
      const result = await check(root);
      assert.equal(exitCode(result), EXIT.broken);
      assert.deepEqual(
        result.broken.map(({ source }) => source),
        ["tenant.sandbox.acme"],
      );
      assert.match(result.broken[0]?.message ?? "", /tenant\.kubernetesVersion.*must be a Kubernetes version/);
      assert.ok(result.checked.some(({ source, resources }) => source === "tenant.sandbox.globex" && resources > 10));
    });
  });

  it("leaves undecided what only the deployment knows", async () => {
    await inProject(unchanged, async (root) => {
      const { findings } = await check(root, { stacks: ["tenant.sandbox.acme"] });
      assert.ok(
        findings.some(({ rule, urn }) => rule === "pulumi-unknown" && urn?.includes("tenant.sandbox.acme") === true),
      );
      assert.ok(findings.every(({ message }) => !message.includes("firmament-check:not-known")));
    });
  });

  it("names the stack below when that is what fails", async () => {
    const wrong = (files: Files) => {
      const platform = files["platform.sandbox"];
      if (platform !== undefined) platform.config["firmament:note"] = { secure: "v1:abc" };
    };
    await inProject(wrong, async (root) => {
      const result = await check(root, { stacks: ["tenant.sandbox.acme"] });
      assert.equal(exitCode(result), EXIT.broken);
      assert.deepEqual(
        result.broken.map(({ source }) => source),
        ["platform.sandbox", "tenant.sandbox.acme"],
      );
    });
  });

  it("knows the stacks that a change concerns", async () => {
    await inProject(unchanged, async (root) => {
      const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
          cwd: root,
          stdio: "pipe",
        });
      git("init", "-q", "-b", "main");
      git("add", ".");
      git("commit", "-qm", "start");
      const concerned = async (file: string) => {
        const target = path.join(root, file);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.appendFileSync(target, "# changed\n");
        const { checked } = await check(root, { changed: "main" });
        git("checkout", "-q", ".");
        git("clean", "-fdq");
        return checked.map(({ source }) => source);
      };
      assert.deepEqual(await concerned("README.md"), []);
      assert.deepEqual(await concerned("stacks/config/Pulumi.tenant.sandbox.acme.yaml"), ["tenant.sandbox.acme"]);
      const above = ["platform.sandbox", "tenant.sandbox.acme", "tenant.sandbox.globex"];
      assert.deepEqual(
        (await concerned("stacks/config/Pulumi.platform.sandbox.yaml")).filter((name) => above.includes(name)),
        above,
      );
      assert.ok((await concerned("components/core/cidr.ts")).includes("base.sandbox"));
      await assert.rejects(check(root, { changed: "no-such-branch" }), /--changed.*no-such-branch/s);
    });
  }).timeout(60_000);

  it("refuses a stack that has no file, with those that have one", async () => {
    await assert.rejects(check(ROOT, { stacks: ["tenant.sandbox.nobody"] }), /nobody.*choose from .*base\.sandbox/s);
  });

  it("reports an exemption that excuses nothing", async () => {
    await inProject(unchanged, async (root) => {
      const file = path.join(root, "stacks", "config", "policies.sandbox.yaml");
      const more =
        '  - { rule: svc-node-port, selector: { name: nobody }, reason: was needed once, owner: x, expiry: "2099-01-01" }\n';
      fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("exemptions:\n", `exemptions:\n${more}`));
      const faults = blocking(await check(root)).map(({ rule, message }) => `${rule}: ${message}`);
      assert.deepEqual(faults, ["svc-node-port: exemption of x excuses nothing; remove it"]);
    });
  }).timeout(60_000);
});

describe("the check of a fleet", () => {
  it("sees what files of tenants together show: networks and quotas", async () => {
    const crowded = (files: Files) => {
      const acme = section(files, "tenant.sandbox.acme");
      section(files, "tenant.sandbox.globex")["network"] = acme["network"];
      acme["quota"] = { cpu: "4000", memory: "64Gi", storage: "500Gi" };
    };
    await inProject(crowded, async (root) => {
      const found = blocking(await check(root)).map(({ rule, path }) => `${rule} ${path}`);
      assert.ok(
        found.some((each) => /^tenant-cidr-disjoint tenant\.sandbox\.globex network\.podCidr$/.test(each)),
        found.join("\n"),
      );
      assert.ok(found.includes("fleet-capacity quota.cpu"), found.join("\n"));
    });
  });

  it("takes a hundred tenants", async () => {
    const many = (files: Files) => {
      const { "tenant.sandbox.globex": model } = files;
      for (let index = 0; index < 100; index++) {
        const copy = structuredClone(model);
        if (copy === undefined) throw new Error("no model");
        const tenant = copy.config["firmament:tenant"] ?? {};
        tenant["network"] = { podCidr: `10.${100 + index}.0.0/18`, serviceCidr: `10.${100 + index}.64.0/20` };
        tenant["quota"] = { cpu: "1", memory: "1Gi", storage: "1Gi" };
        files[`tenant.sandbox.t${index}`] = {
          ...copy,
          config: {
            ...copy.config,
            "firmament:tenant": { ...tenant, quota: model?.config["firmament:tenant"]?.["quota"] },
          },
        };
      }
    };
    await inProject(many, async (root) => {
      const result = await check(root);
      assert.ok(result.checked.length >= 104);
      assert.equal(new Set(result.checked).size, result.checked.length);
      assert.deepEqual(result.broken, []);
    });
  }).timeout(300_000);
});
