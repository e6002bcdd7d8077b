import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { manifestText, readManifests } from "../../components/core/manifest-text";
import { InvalidInput } from "../../components/core/problem";
import {
  cachedArtifact,
  goEnvironment,
  type MakeTask,
  moduleHash,
  resolveTools,
  type ToolchainOptions,
} from "../offline/toolchain";
import type { Crd, GeneratedCrds, ModuleCrds } from "../../components/platform/crd-sources";
import { crdFile, crdText, type KubernetesObject } from "./crd-text";
import { downloadModules, type GoCommand, moduleId, MODULE_LOCK } from "./go-modules";
import type { Component } from "../../components/platform/component";
import { crdSources, simulatedCrds, STANDARD } from "./sources";
import { PACKAGE_ROOT } from "../../components/core/package-root";

/** The Go module, in this repository, that pins the packages whose types CRDs are generated from. */
const TYPES_MODULE = "sandbox/offline/tools/kubevirt-apis";

/** Raised when the same sources give another bundle. */
const LAYOUT = "2";

/**
 * The CRDs of components of the platform: `<component>/crd-*.yaml`, with `webhooks.yaml` beside those of Cluster
 * API's controllers, and `simulated.json` with what is not upstream's own. Made once (about half a minute and a Go
 * toolchain), then found in the tool cache.
 *
 * @param components those that a cloud can have; default: those that every sandbox is made ready for.
 * @returns absolute path of the directory, which is read-only.
 * @throws InvalidInput when modules or tools cannot be had.
 */
export async function crdBundle(
  options: ToolchainOptions,
  components: readonly Component[] = STANDARD,
): Promise<string> {
  const sources = crdSources(components);
  const simulated = simulatedCrds(sources);
  const definitions = JSON.stringify([LAYOUT, sources, simulated]);
  const inputs = [
    createHash("sha256").update(definitions).digest("hex"),
    await moduleHash(path.join(PACKAGE_ROOT, TYPES_MODULE)),
  ];
  const key = { name: "crds", version: LAYOUT, inputs, seconds: 60, label: "collect the components' CRDs" };
  return await cachedArtifact(key, options, async (into, task) => {
    const tools = await resolveTools(["go", "controller-gen"], options);
    const [go, generator] = [tools.get("go"), tools.get("controller-gen")];
    if (go === undefined || generator === undefined)
      throw new Error("the toolchain resolved less than it was asked for");
    const command = { path: go.path, env: goEnvironment(go, options.env ?? process.env) };
    const modules = sources.flatMap((source) => ("module" in source ? [moduleId(source.module)] : []));
    const directories = await downloadModules(modules, MODULE_LOCK, command, task);
    for (const source of sources) {
      if ("module" in source) await collect(source, directories.get(moduleId(source.module)) ?? "", into, task);
      else if ("package" in source) await generate(source, generator.path, command, into, task);
      else await write(into, source.bundle, source.crds, {});
    }
    await fs.writeFile(path.join(into, "simulated.json"), `${JSON.stringify(simulated, null, 2)}\n`);
  });
}

async function collect(source: ModuleCrds, module: string, into: string, task: MakeTask): Promise<void> {
  task.note(source.bundle);
  const files = (await Promise.all(source.from.map((place) => manifestFiles(path.join(module, place))))).flat();
  const crds = (await Promise.all(files.map(objectsOf))).flat().filter(isCrd);
  if (crds.length === 0) throw missing(source.bundle, `${moduleId(source.module)} ${source.from.join(", ")}`);
  await write(into, source.bundle, crds, source.labels ?? {});
  if (source.webhooks === undefined) return;
  const { file, prefix, namespace } = source.webhooks;
  const webhooks = (await objectsOf(path.join(module, file))).map((object) => named(object, prefix, namespace));
  const text = manifestText(...webhooks);
  await fs.writeFile(path.join(into, source.bundle, "webhooks.yaml"), text);
}

async function generate(
  { bundles, package: types, options, status }: GeneratedCrds,
  generator: string,
  go: GoCommand,
  into: string,
  task: MakeTask,
): Promise<void> {
  task.note(types);
  const output = await fs.mkdtemp(path.join(task.scratch, "types-"));
  // it asks `go` for the packages, so the one that was resolved has to come first
  const env = { ...go.env, PATH: [path.dirname(go.path), go.env["PATH"]].join(path.delimiter) };
  const args = [options, `paths=${types}`, `output:crd:dir=${output}`];
  const { code, stderr } = await task.run(generator, args, { cwd: path.join(PACKAGE_ROOT, TYPES_MODULE), env });
  if (code !== 0) throw missing(types, stderr.trim().split("\n").slice(-5).join("; "));
  const crds = (await Promise.all((await manifestFiles(output)).map(objectsOf))).flat().filter(isCrd);
  for (const [component, plurals] of Object.entries(bundles)) {
    const own = plurals.map((plural) => {
      const crd = crds.find(({ spec }) => spec.names.plural === plural);
      if (crd === undefined) throw missing(component, `no ${plural} among what ${types} gives`);
      return status.includes(plural) ? withStatus(crd) : crd;
    });
    await write(into, component, own, {});
  }
}

async function write(
  into: string,
  component: string,
  crds: readonly Crd[],
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const directory = path.join(into, component);
  await fs.mkdir(directory, { recursive: true });
  await Promise.all(crds.map((crd) => fs.writeFile(path.join(directory, crdFile(crd)), crdText(crd, labels))));
}

function withStatus(crd: Crd): Crd {
  const versions = crd.spec.versions.map((version) => ({ subresources: { status: {} }, ...version }));
  return { ...crd, spec: { ...crd.spec, versions } };
}

/** What upstream's kustomization does to webhook configurations: a prefix for names, a namespace for services. */
function named(object: KubernetesObject, prefix: string, namespace: string): object {
  const webhooks = object["webhooks"] as readonly { clientConfig: { service: { name: string; path: string } } }[];
  return {
    ...object,
    metadata: { ...object.metadata, name: `${prefix}-${object.metadata.name}` },
    webhooks: webhooks.map(({ clientConfig: { service }, ...rest }) => ({
      ...rest,
      clientConfig: { service: { ...service, name: `${prefix}-${service.name}`, namespace } },
    })),
  };
}

async function manifestFiles(place: string): Promise<string[]> {
  if (place.endsWith(".yaml")) return [place];
  const names = await fs.readdir(place);
  return names
    .filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")
    .sort()
    .map((name) => path.join(place, name));
}

async function objectsOf(file: string): Promise<KubernetesObject[]> {
  const text = await fs.readFile(file, "utf8");
  try {
    return readManifests(text) as KubernetesObject[];
  } catch (error) {
    throw missing(path.basename(file), error instanceof Error ? error.message : String(error));
  }
}

function isCrd(object: KubernetesObject): object is Crd {
  return object.kind === "CustomResourceDefinition" && object.apiVersion === "apiextensions.k8s.io/v1";
}

function missing(component: string, given: string): InvalidInput {
  const rule = "its CRDs are part of the sandbox's API server";
  const fix = "the pinned module has another layout than sandbox.ts of the component says";
  return new InvalidInput("CRDs of the platform's components", [{ where: component, given, rule, fix }]);
}
