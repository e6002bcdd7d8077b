import * as fs from "node:fs";
import * as path from "node:path";

/** Another tool that judges manifests in files, without a cluster and without the network. */
export interface Peer {
  readonly name: string;
  /** Which of its checks run. */
  readonly checks: string;
  /** Its arguments for a folder of manifests; what else it needs may be written into `scratch`. */
  readonly args: (folder: string, scratch: string) => readonly string[];
}

export const PEERS: readonly Peer[] = [
  {
    name: "kube-score",
    checks: "all, optional ones too",
    args: (folder) => ["score", "--all-default-optional", "--output-format", "json", ...filesIn(folder)],
  },
  {
    name: "kyverno",
    checks: "Pod Security Standards, restricted",
    args: (folder, scratch) => ["apply", restrictedPolicy(scratch), "--resource", folder],
  },
  {
    name: "kube-linter",
    checks: "all built in",
    args: (folder) => ["lint", "--add-all-built-in", "--format", "json", folder],
  },
  { name: "polaris", checks: "its default", args: (folder) => ["audit", "--format", "json", "--audit-path", folder] },
];

/** Where the peer is: in the directory that FIRMAMENT_PEERS names, or on PATH. */
export function locate({ name }: Peer, env: NodeJS.ProcessEnv): string | undefined {
  const folders = [env["FIRMAMENT_PEERS"] ?? "", ...(env["PATH"] ?? "").split(path.delimiter)];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => path.resolve(folder, name))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function filesIn(folder: string): string[] {
  return fs.readdirSync(folder).map((file) => path.join(folder, file));
}

/** Kyverno brings no policies: the standard, as it judges it itself. */
function restrictedPolicy(scratch: string): string {
  const file = path.join(scratch, "restricted.json");
  const rule = {
    name: "restricted",
    match: { any: [{ resources: { kinds: ["Pod"] } }] },
    validate: { podSecurity: { level: "restricted", version: "latest" } },
  };
  const policy = {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: "restricted" },
    spec: { validationFailureAction: "Audit", background: true, rules: [rule] },
  };
  fs.writeFileSync(file, JSON.stringify(policy));
  return file;
}
