import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { CRD_MODULES, FLUX_MODULES } from "../../versions/crd-modules";

/** Go modules that carry CustomResourceDefinitions, as envtest takes them: module and folders inside. */
const MODULES = [
  { module: CRD_MODULES["cluster-api"], folders: ["config/crd/bases", "bootstrap/kubeadm/config/crd/bases"] },
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
  try {
    return MODULES.flatMap(({ module, folders }) => {
      const answer = execFileSync("go", ["mod", "download", "-json", `${module.path}@${module.version}`], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        cwd: path.parse(process.cwd()).root,
        timeout: 120_000,
      });
      const { Dir } = JSON.parse(answer) as { Dir: string };
      return folders.map((folder) => path.join(Dir, folder));
    });
  } catch {
    return undefined;
  }
}
