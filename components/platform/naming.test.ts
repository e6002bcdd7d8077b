import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./platform.fixture";
import { chartsOf, COMPONENTS } from "./registry";

/*
 * What is known of a component stands in its folder and its entry in the registry. Elsewhere a component may be named by
 * at most three files; API groups, images and repositories are names of interfaces, not of components.
 */

const MOST = 3;

/** Pins, what is generated, what explains, and tests, which name examples. */
const NOT_COUNTED = [
  /^versions\//,
  /^docs\//,
  /^(README|CHANGELOG|CONTRIBUTING)\.md$/,
  /^findings\//,
  /go\.(mod|sum)$/,
  /package-lock\.json$/,
  /\.schema\.json$/,
  /\.generated\.ts$/,
  /\.test\.(ts|mjs)$/,
  /_test\.go$/,
  /\.fixture\.ts$/,
  /^test\//,
];

/**
 * Names that are also words of an API or of another layer: tenants' clusters are made of KamajiControlPlanes and
 * KubeVirt machines by Cluster API, and run Cilium themselves.
 */
const WORDS = new Set(["kamaji", "kubevirt", "cluster-api", "cilium", "cdi"]);

/**
 * Files that are still to be changed by whoever owns them; nothing may be added. The list is to become empty.
 */
const STILL_NAMED: Readonly<Record<string, number>> = { multus: 5, "cert-manager": 7, metallb: 4 };

/** The chart of Kamaji carries the other one as a subchart, which its values switch off by name. */
const SUBCHARTS: Readonly<Record<string, string>> = {
  "kamaji-etcd": "components/platform/components/kamaji/index.ts",
};

function files(): readonly string[] {
  return execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" })
    .split("\n")
    .filter((file) => /\.(ts|mjs|go|ya?ml|json)$/.test(file) && !NOT_COUNTED.some((pattern) => pattern.test(file)))
    .filter((file) => existsSync(join(ROOT, file)));
}

/** A name by itself: neither part of a longer one nor of a host, API group, image or path of a module. */
function named(name: string, text: string): boolean {
  return new RegExp(`(?<![\\w./-])${name}(?![\\w./-])`).test(text);
}

describe("names of components", function () {
  let texts: readonly (readonly [file: string, text: string])[];

  before(function () {
    if (!existsSync(join(ROOT, ".git"))) return this.skip();
    texts = files().map((file) => [file, readFileSync(join(ROOT, file), "utf8")]);
  });

  for (const component of COMPONENTS) {
    const names = [...new Set([component.name, ...chartsOf([component]).map(({ chart }) => chart)])];
    for (const name of names.filter((each) => !WORDS.has(each))) {
      const own = `components/platform/components/${component.name}/`;
      const elsewhere = () =>
        texts.filter(([file, text]) => !file.startsWith(own) && named(name, text)).map(([file]) => file);

      it(`${name} stands in at most ${MOST} files outside its folder`, () => {
        const found = elsewhere();
        assert.ok(found.length <= Math.max(MOST, STILL_NAMED[name] ?? 0), `${name}:\n  ${found.join("\n  ")}`);
      });

      it(`${name} stands in no other file of the platform but the registry`, () => {
        const others = elsewhere().filter(
          (file) =>
            file.startsWith("components/platform/") &&
            file !== "components/platform/registry.ts" &&
            file !== SUBCHARTS[name],
        );
        assert.deepEqual(others, []);
      });
    }
  }
});
