import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { judgedReleases, judgementOf } from "./judged";
import { layout, type Layout } from "./layout";

describe("what was found of charts", () => {
  let folder: string;
  let place: Layout;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "firmament-judged-"));
    place = layout(path.join(folder, "project"), path.join(folder, "sandbox"));
    for (const each of [path.join(place.root, "stacks"), place.charts]) fs.mkdirSync(each, { recursive: true });
    fs.writeFileSync(path.join(place.root, "Pulumi.yaml"), "name: firmament\nstackConfigDir: stacks\n");
    fs.writeFileSync(path.join(place.root, "stacks", "policies.yaml"), "{}\n");
    fs.writeFileSync(path.join(place.charts, "a-1.0.0.tgz"), "chart");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const judgement = (helm = "/cache/helm") => judgementOf(place, helm);

  it("holds for the same charts, settings, rules and helm", () => {
    const before = judgement();
    // it has the address that charts are served at, which is another one in each sandbox
    fs.writeFileSync(path.join(place.charts, "index.yaml"), "entries: {}\n");
    assert.equal(judgement(), before);
  });

  const differences: Record<string, () => string | void> = {
    "another content of a chart": () => fs.writeFileSync(path.join(place.charts, "a-1.0.0.tgz"), "other chart"),
    "another chart": () => fs.writeFileSync(path.join(place.charts, "b-1.0.0.tgz"), "chart"),
    "another setting": () => fs.writeFileSync(path.join(place.root, "stacks", "Pulumi.base.sandbox.yaml"), "config:\n"),
    "another configuration of the rules": () =>
      fs.writeFileSync(path.join(place.root, "stacks", "policies.yaml"), "levels: {}\n"),
    "another helm": () => "/cache/newer-helm",
  };
  for (const [what, change] of Object.entries(differences)) {
    it(`does not hold for ${what}`, () => {
      const before = judgement();
      assert.notEqual(judgement(change() ?? undefined), before);
    });
  }

  it("is kept for the same judgement, and found again for another", async () => {
    const file = path.join(place.directory, "judged.json");
    fs.mkdirSync(place.directory, { recursive: true });
    fs.writeFileSync(file, JSON.stringify({ judgement: "one", renders: { "shop/web": {} } }));
    assert.deepEqual(await judgedReleases(place, "/no/helm", "one"), { "shop/web": {} });
    // a project without stacks has no releases
    assert.deepEqual(await judgedReleases(place, "/no/helm", "other"), {});
    assert.deepEqual(JSON.parse(fs.readFileSync(file, "utf8")), { judgement: "other", renders: {} });
  });

  it("is not kept where it is refused", async () => {
    fs.mkdirSync(place.directory, { recursive: true });
    fs.writeFileSync(
      path.join(place.root, "stacks", "Pulumi.base.sandbox.yaml"),
      "config: { firmament:layer: base }\n",
    );
    await assert.rejects(judgedReleases(place, "/no/helm", "one"), /base\.sandbox/);
    assert.equal(fs.existsSync(path.join(place.directory, "judged.json")), false);
  });
});
