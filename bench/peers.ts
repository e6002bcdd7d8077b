import * as fs from "node:fs";
import * as path from "node:path";

/** Another tool that evaluates manifests in files, without a cluster and without the network. */
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
    checks: "all its checks, the optional ones too",
    args: (folder) => ["score", "--all-default-optional", "--output-format", "json", ...filesIn(folder)],
  },
  {
    name: "kyverno",
    checks: "2 rules: the Pod Security Standards, baseline and restricted",
    args: (folder, scratch) => ["apply", podSecurityPolicies(scratch), "--resource", folder],
  },
  {
    name: "kube-linter",
    checks: "all its checks",
    args: (folder) => ["lint", "--add-all-built-in", "--format", "json", folder],
  },
  {
    name: "polaris",
    checks: "its default checks",
    args: (folder) => ["audit", "--format", "json", "--audit-path", folder],
  },
  {
    // a program of that name that starts `firmament` of an earlier build: what was won or lost since, in the same run
    name: "firmament-before",
    checks: "an earlier build of this pack",
    args: (folder, scratch) => {
      const project = path.join(scratch, "fleet");
      const noHelm = path.join(scratch, "no-helm");
      return ["check", "--root", project, "--helm", noHelm, "--manifests", folder, "--format", "json"];
    },
  },
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

/** Kyverno brings no policies: one for each level of the standards, which it evaluates by itself. Returns their file. */
function podSecurityPolicies(scratch: string): string {
  const file = path.join(scratch, "pod-security.yaml");
  const policies = ["baseline", "restricted"].map((level) => ({
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: level },
    spec: {
      background: true,
      rules: [
        {
          name: level,
          match: { any: [{ resources: { kinds: ["Pod"] } }] },
          validate: { failureAction: "Audit", podSecurity: { level, version: "latest" } },
        },
      ],
    },
  }));
  fs.writeFileSync(file, policies.map((policy) => `---\n${JSON.stringify(policy)}\n`).join(""));
  return file;
}
