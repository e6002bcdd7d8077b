import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { CRD_MODULES, type CrdModule, FLUX_MODULES } from "../../versions/crd-modules";

/** Go modules that carry CustomResourceDefinitions, as envtest takes them: module and folders inside. */
const MODULES = [
  {
    module: CRD_MODULES["cluster-api"],
    folders: ["config/crd/bases", "bootstrap/kubeadm/config/crd/bases", "controlplane/kubeadm/config/crd/bases"],
  },
  { module: CRD_MODULES["infrastructure-vsphere"], folders: ["config/default/crd/bases"] },
  { module: CRD_MODULES["bootstrap-talos"], folders: ["config/crd/bases"] },
  { module: CRD_MODULES["infrastructure-kubevirt"], folders: ["config/crd/bases"] },
  { module: CRD_MODULES["control-plane-kamaji"], folders: ["config/crd/bases"] },
  { module: CRD_MODULES["addon-helm"], folders: ["config/crd/bases"] },
  ...FLUX_MODULES.map((module) => ({ module, folders: ["config/crd/bases"] })),
] as const;

/**
 * Folders with the definitions of the tenants' kinds.
 *
 * @returns undefined where Go, or the modules, cannot be had: the tests that need them are then skipped, visibly.
 */
export function crdModules(): string[] | undefined {
  const folders = MODULES.flatMap(({ module, folders }) => folders.map((folder) => moduleFolder(module, folder)));
  return folders.every((folder) => folder !== undefined) ? folders : undefined;
}

/** A folder of a Go module; undefined where Go, or the module, cannot be had. */
export function moduleFolder({ path: name, version }: CrdModule, folder: string): string | undefined {
  try {
    const answer = execFileSync("go", ["mod", "download", "-json", `${name}@${version}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      cwd: path.parse(process.cwd()).root,
      timeout: 120_000,
    });
    return path.join((JSON.parse(answer) as { Dir: string }).Dir, folder);
  } catch {
    return undefined;
  }
}
