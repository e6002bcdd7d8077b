import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { runChild } from "./child.mjs";
import { exclusively, touch } from "./lock.mjs";
import { fail, log } from "./log.mjs";

/** What tsconfig.json compiles, and the package it refers to. */
const SOURCES = ["stacks", "components", "policies", "automation", "sandbox", "bench", "test", "sdks"];
const SETTINGS = ["tsconfig.json", "package.json", "package-lock.json"];
const IGNORED = new Set(["node_modules", "bin", "dist"]);

/**
 * Makes dist/ what the sources say, with the packages that package-lock.json says. Costs some 50 ms when it is so
 * already; when several processes come at once, one works and the others wait.
 */
export async function prepare(root) {
  if (installed(root) && built(root)) return;
  await exclusively(join(root, "dist", ".bootstrap.lock"), "prepares this checkout", async () => {
    if (!installed(root)) await install(root);
    if (!built(root)) await compile(root);
  });
}

/** npm records what it has installed; an interrupted installation has no record. */
function installed(root) {
  const wanted = readJson(join(root, "package-lock.json"))?.packages ?? {};
  const present = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  if (present === undefined) return false;
  return Object.entries(wanted).every(([place, { version, integrity, link, optional, devOptional }]) => {
    if (!place.startsWith("node_modules/")) return true;
    const there = present[place];
    // optional ones are left out where they do not run
    if (there === undefined) return optional === true || devOptional === true;
    return link === true || (there.version === version && there.integrity === integrity);
  });
}

async function install(root) {
  log("installing the packages of package-lock.json with npm ci (once, about 20 s) …");
  // npm passes its own path to its scripts; outside of npm the one on PATH will do
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const args = [...first, "ci", "--loglevel=warn", "--include=dev"];
  const code = await runChild(file, args, { cwd: root, stdio: ["ignore", 2, 2] }).catch((error) => error.message);
  if (code !== 0) {
    endIfInterrupted(code);
    fail("npm ci", `failed (${code})`, "the packages of package-lock.json are needed", "see the messages above");
  }
}

/** By content: a checkout of another branch changes times without changing files, and the other way round. */
function built(root) {
  const buildInfo = join(root, "dist", ".tsbuildinfo");
  if (!existsSync(buildInfo) || read(stampFile(root)) !== sourceHash(root)) return false;
  // the programs compare times when the engine starts them, so these have to agree with what was found here
  touch(buildInfo);
  return true;
}

async function compile(root) {
  log("compiling TypeScript (about 30 s) …");
  // of before: what is edited meanwhile is compiled the next time
  const hash = sourceHash(root);
  // tsc compares times first, then contents; the times mean nothing here, so it has to compare contents
  for (const file of buildInfos(root)) touch(file, new Date(0));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const force = existsSync(join(root, "dist", "sandbox", "cli.js")) ? [] : ["--force"];
  const code = await runChild(process.execPath, [tsc, "-b", ...force], { cwd: root, stdio: ["ignore", 2, 2] });
  endIfInterrupted(code);
  if (code !== 0) fail("tsc -b", `failed (${code})`, "the sources must compile", "see the messages above");
  removeOrphans(root);
  touch(join(root, "dist", ".tsbuildinfo"));
  writeFileSync(stampFile(root), hash);
}

function buildInfos(root) {
  const packages = existsSync(join(root, "sdks")) ? readdirSync(join(root, "sdks")) : [];
  const folders = packages.flatMap((name) => [join(root, "sdks", name), join(root, "sdks", name, "bin")]);
  return [join(root, "dist"), ...folders]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith(".tsbuildinfo"));
}

function endIfInterrupted(code) {
  if (code >= 128) process.exit(code);
}

/** Compiled files whose source is gone; a test among them would run for ever. */
function removeOrphans(root) {
  for (const folder of SOURCES) {
    for (const file of filesBelow(join(root, "dist", folder))) {
      const source = file.slice(join(root, "dist").length + 1).replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts");
      if (source.endsWith(".ts") && !existsSync(join(root, source))) rmSync(file);
    }
  }
}

function sourceHash(root) {
  const hash = createHash("sha256");
  const sources = SOURCES.flatMap((folder) => filesBelow(join(root, folder)))
    .filter((file) => /\.(ts|json)$/.test(file))
    .sort();
  for (const file of [...SETTINGS.map((name) => join(root, name)), ...sources]) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = `${directory}${sep}${entry.name}`;
    if (entry.isDirectory()) return IGNORED.has(entry.name) || entry.name.startsWith(".") ? [] : filesBelow(file);
    return entry.isFile() && statSync(file, { throwIfNoEntry: false }) ? [file] : [];
  });
}

function stampFile(root) {
  return join(root, "dist", ".sources");
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
