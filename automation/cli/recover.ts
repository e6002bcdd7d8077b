import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { Engine } from "../engine";
import { recover, type Recovery } from "../recover";

export interface RecoverChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly stack: string;
  /** Whether etcd runs on the machine whose bootstrap has no known end. */
  readonly etcdBootstrapped?: "yes" | "no";
  /** One JSON document instead of lines. */
  readonly json?: true;
}

/**
 * Recovers a stack with the user's own Pulumi CLI, backend and passphrase.
 *
 * @param engine default: pulumi on PATH.
 * @returns what was done, for a terminal.
 * @throws InvalidInput when it has to be known whether etcd was bootstrapped and is not.
 */
export async function recoverStack(
  { root, stack, etcdBootstrapped, json }: RecoverChoice,
  engine: Pick<Engine, "cancel" | "exportState" | "importState"> = new Engine({ workDir: path.resolve(root) }),
): Promise<string> {
  const recovery = await recover(engine, stack, {
    etcdBootstrapped: (node) => {
      if (etcdBootstrapped === undefined) throw unanswered(node);
      return Promise.resolve(etcdBootstrapped === "yes");
    },
  });
  return json === true ? JSON.stringify({ stack, ...recovery }, undefined, 2) : text(stack, recovery);
}

function unanswered(node: string): InvalidInput {
  return new InvalidInput("recover", [
    {
      where: "--etcd-bootstrapped",
      given: "nothing",
      rule: `the bootstrap of ${node} has no known end, and Talos refuses a second one`,
      fix: `look with \`talosctl --nodes ${node} service etcd\` whether etcd runs, and give yes or no`,
    },
  ]);
}

function text(stack: string, { recorded, forgotten, repeated }: Recovery): string {
  const parts = [
    list("in the state now, found where it was created", recorded),
    list("installed again by the next deployment", forgotten),
    list("done again by the next deployment", repeated),
  ].flat();
  const head = parts.length === 0 ? "no operation was under way" : `operations without a known end:`;
  return [`${stack}: free; ${head}`, ...parts, `Next: pulumi up --stack ${stack}`].join("\n");
}

function list(what: string, urns: readonly string[]): string[] {
  return urns.map((urn) => `  ${urn.split("::").slice(2).join(" ")} — ${what}`);
}
