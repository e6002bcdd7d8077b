import { execFileSync } from "node:child_process";
import * as path from "node:path";

/** Go modules that carry CustomResourceDefinitions, as envtest takes them: pinned version and folders inside. */
const MODULES: Readonly<Record<string, { readonly version: string; readonly folders: readonly string[] }>> = {
  "sigs.k8s.io/cluster-api": {
    version: "v1.13.5",
    folders: ["config/crd/bases", "bootstrap/kubeadm/config/crd/bases"],
  },
  "sigs.k8s.io/cluster-api-provider-kubevirt": { version: "v0.11.2", folders: ["config/crd/bases"] },
  "github.com/clastix/cluster-api-control-plane-provider-kamaji": { version: "v0.20.0", folders: ["config/crd/bases"] },
};

/**
 * Folders with the definitions of the tenants' kinds.
 *
 * @returns undefined where Go, or the modules, cannot be had: the tests that need them are then skipped, visibly.
 */
export function crdModules(): string[] | undefined {
  try {
    return Object.entries(MODULES).flatMap(([module, { version, folders }]) => {
      const answer = execFileSync("go", ["mod", "download", "-json", `${module}@${version}`], {
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
