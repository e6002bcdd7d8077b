import * as path from "node:path";
import { PACKAGE_ROOT } from "../components/core/package-root";
import { COMPONENTS } from "../components/platform/registry";
import { prove, type Proven } from "../automation/cli/prove";
import type { ProofPrograms } from "../automation/prove/session";
import { crdBundle } from "./charts/crd-bundle";
import { ovnPrograms } from "./offline/ovn";
import { resolveTools, type ToolchainOptions } from "./offline/toolchain";

/**
 * Everything that a proof of isolation runs on, got or built where it is not there.
 *
 * @throws InvalidInput when something cannot be had.
 */
export async function proofPrograms(options: ToolchainOptions): Promise<ProofPrograms> {
  const ovn = await ovnPrograms(options);
  const tools = await resolveTools(["etcd", "kube-apiserver", "kube-ovn"], options);
  const pathOf = (name: "etcd" | "kube-apiserver" | "kube-ovn") => {
    const found = tools.get(name);
    if (found === undefined) throw new Error(`${name}: the toolchain resolved less than it was asked for`);
    return found.path;
  };
  const bundle = await crdBundle(options);
  return {
    etcd: pathOf("etcd"),
    kubeApiserver: pathOf("kube-apiserver"),
    controller: pathOf("kube-ovn"),
    ovn,
    definitions: watchedBundles().map((name) => path.join(bundle, name)),
  };
}

/** Bundles of the kinds that the controller of the pod network watches: its own, and those of secondary networks. */
function watchedBundles(): string[] {
  const watched = COMPONENTS.filter(({ stages }) =>
    stages.some(({ provides = [] }) =>
      provides.some((each) => each === "pod-network" || each === "secondary-networks"),
    ),
  );
  return watched.flatMap(({ sandbox }) =>
    (sandbox?.crds ?? []).flatMap((source) => ("bundle" in source ? [source.bundle] : [])),
  );
}

/** Proves the isolation of a cloud's tenants with the sandbox's own programs. */
export async function proveInSandbox(
  cloud: string,
  json: boolean,
  options: ToolchainOptions,
  note: (line: string) => void,
): Promise<Proven> {
  const choice = { root: PACKAGE_ROOT, ...(json ? { json: true as const } : {}) };
  return await prove(cloud, choice, await proofPrograms(options), note);
}
