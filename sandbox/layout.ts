import * as path from "node:path";

/** Where everything of one sandbox is: nothing is written outside `directory` and the tool cache. */
export interface Layout {
  /** Directory of package.json. */
  readonly root: string;
  readonly directory: string;
  /** Working directory of the Pulumi CLI: Pulumi.yaml and the stack files of this sandbox. */
  readonly workspace: string;
  /** Home of the Pulumi CLI with its plugins; never the user's own. */
  readonly pulumiHome: string;
  /** State of the stacks. */
  readonly backend: string;
  readonly passphrase: string;
  readonly kubeconfigs: string;
  readonly charts: string;
  /** Where the engine keeps charts that it has got. */
  readonly chartCache: string;
  /** First on the PATH of the Pulumi CLI. */
  readonly bin: string;
  /** First on the PATH of a user's shell that works on the sandbox. */
  readonly shell: string;
  readonly logs: string;
  /** Temporary files of the engine and its plugins. */
  readonly temporary: string;
  /** An executable that is the project's policy pack. */
  readonly policyPack: string;
}

/** The layout of a sandbox in `directory` (default: .sandbox in the checkout). */
export function layout(root: string, directory: string = path.join(root, ".sandbox")): Layout {
  const at = (name: string) => path.join(directory, name);
  return {
    root,
    directory,
    workspace: at("program"),
    pulumiHome: at("pulumi-home"),
    backend: at("pulumi-state"),
    passphrase: at("passphrase"),
    kubeconfigs: at("kubeconfigs"),
    charts: at("charts"),
    chartCache: at("chart-cache"),
    bin: at("bin"),
    shell: at("shell"),
    logs: at("logs"),
    temporary: at("tmp"),
    policyPack: path.join(at("policy-pack"), "firmament"),
  };
}
