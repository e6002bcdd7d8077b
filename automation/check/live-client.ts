import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { type KubernetesApi, kubernetesApi } from "../kubernetes-api";

export type LiveClient = Pick<KubernetesApi, "cluster" | "get">;

/**
 * @param file path of a kubeconfig; KUBECONFIG or ~/.kube/config when left out.
 * @throws InvalidInput when it cannot be read, names no cluster, or asks for another program to log in.
 */
export function connect(file = process.env["KUBECONFIG"] ?? path.join(os.homedir(), ".kube", "config")): LiveClient {
  return kubernetesApi(readText(file), file, path.dirname(file));
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    const given = error instanceof Error ? error.message : String(error);
    throw new InvalidInput("--live", [
      { where: file, given, rule: "must be a kubeconfig that can be read", fix: "give the path of one" },
    ]);
  }
}
