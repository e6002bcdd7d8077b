import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { PACKAGE_ROOT } from "../../components/core/package-root";

const read = (file: string) => fs.readFileSync(path.join(PACKAGE_ROOT, file), "utf8");

function pages(folder: string): string[] {
  return fs
    .readdirSync(path.join(PACKAGE_ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join(folder, file));
}

describe("the documentation", () => {
  it("begins with a README of at most 8 KB", () => {
    assert.ok(Buffer.byteLength(read("README.md")) <= 8192);
  });

  it("has no link to a file that is not there", () => {
    const broken = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...pages("docs"), ...pages("sandbox")].flatMap(
      (page) =>
        [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
          .map(([, target = ""]) => target)
          .filter((target) => !fs.existsSync(path.join(PACKAGE_ROOT, path.dirname(page), target)))
          .map((target) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it("names only files and folders that are there", () => {
    const named = /`((?:stacks|components|policies|automation|sandbox|bench|test|versions|docs)\/[\w./-]+)`/g;
    const missing = ["README.md", "CONTRIBUTING.md", ...pages("docs")].flatMap((page) =>
      [...read(page).matchAll(named)]
        .map(([, file = ""]) => file)
        .filter((file) => !fs.existsSync(path.join(PACKAGE_ROOT, file)))
        .map((file) => `${page}: ${file}`),
    );
    assert.deepEqual(missing, []);
  });

  it("draws the imports as the linter allows them", async () => {
    const settings = (await import(pathToFileURL(path.join(PACKAGE_ROOT, ".dependency-cruiser.mjs")).href)) as {
      FLOORS: Record<string, string[]>;
    };
    const allowed = new Map(Object.entries(settings.FLOORS).map(([from, to]) => [from, expanded(to)]));
    assert.deepEqual(reachable(arrows()), new Map([...allowed].map(([from, to]) => [from, new Set(to)])));
  });
});

const COMPONENTS = ["core", "kubernetes", "talos", "platform", "tenant"].map((name) => `components/${name}`);

/** A folder that holds others stands for all of them. */
function expanded(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => (folder === "components" ? COMPONENTS : [folder])).sort();
}

/** The arrows of the picture under "Imports". */
function arrows(): [string, string][] {
  const picture = /## Imports[\s\S]*?```mermaid\n([\s\S]*?)```/.exec(read("docs/architecture.md"))?.[1] ?? "";
  const full = (node: string) => {
    const name = node.replace(/\[.*\]$/, "");
    return COMPONENTS.find((component) => component.endsWith(`/${name}`)) ?? name;
  };
  return picture.split("\n").flatMap((line): [string, string][] => {
    const [from, to] = line.trim().split(" --> ");
    if (from === undefined || to === undefined) return [];
    return to.split(" & ").map((each) => [full(from), full(each)]);
  });
}

function reachable(edges: readonly [string, string][]): Map<string, Set<string>> {
  const from = (start: string): string[] =>
    edges.filter(([source]) => source === start).flatMap(([, target]) => [target, ...from(target)]);
  const nodes = new Set(edges.flat());
  return new Map([...nodes].map((node) => [node, new Set(from(node).sort())]));
}
