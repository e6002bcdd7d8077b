import { credentialIn, isSecretValue } from "../../engine/library/credentials";
import { stackRule } from "../../engine/rule";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { leaves, viewOf } from "../../engine/walk";
import { registered } from "./examples";

const STACK = "pulumi:pulumi:Stack";
const KUBERNETES = "pulumi:providers:kubernetes";

/** Names of outputs that hold keys. */
const SECRET_OUTPUT =
  /kube_?config|talos_?config|(?:^|[-_a-z0-9])(?:token|password|passphrase|secret|credentials?)s?$|private_?key|(?:client|access|api|secret|signing|encryption)_?key|^key$/i;

/** Outputs of resources that are a way into a cluster. */
const WAY_IN = /^(?:kube_?configs?(?:_?raw|_?json)?|talos_?config|admin_?kube_?config(?:_?raw)?)$/i;

/** The provider's own schema marks these as secret, in every program. */
const MARKED = /^(?:talos|command|random|tls):/;

const stack = (outputs: object) => registered(STACK, outputs, { name: "firmament-prod" });

const hidden = (value: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

const KUBECONFIG = "apiVersion: v1\nkind: Config\nusers: [{ user: { client-key-data: LS0tLS1CRUdJTiBFQyBQUklWQVRF } }]";

export const secretOutput = stackRule({
  id: "pulumi-secret-output",
  group: "pulumi",
  title: "Secrets encrypted in state",
  severity: "critical",
  references: ["pulumi-eks#725", "pulumi-kubernetes#734"],
  types: [STACK, "resources with a kubeconfig", KUBERNETES],
  fix: "wrap the value in pulumi.secret, or name it in additionalSecretOutputs",
  docs: {
    why: "Everybody who reads the state file, the log of a pipeline or the outputs of the stack can control the cluster. The engine encrypts only what is marked as secret.",
    pass: { resources: [stack({ endpoint: "https://192.0.2.10:6443", kubeconfig: hidden(KUBECONFIG) })] },
    fail: { resources: [stack({ kubeconfig: KUBECONFIG })] },
  },
  /** The engine removes the marks before it evaluates policies: there, plain and secret values cannot be distinguished. */
  *check({ targets }, settings) {
    if (settings.marksStripped) return;
    for (const target of targets) {
      if (target.type === STACK) yield* rootOutputs(target);
      else if (target.type === KUBERNETES) yield* plainKubeconfig(target, "kubeconfig");
      else if (target.resource.fromEngine && !target.embedded && !target.kubernetes) yield* waysIn(target);
    }
  },
});

function* rootOutputs({ root }: Target) {
  for (const [name, at] of root.entries()) {
    if (SECRET_OUTPUT.test(name)) {
      if (isPlain(at)) yield { at, message: `the output ${name} is readable to everybody who sees the stack` };
      continue;
    }
    if (at.unreadable || at.secret) continue;
    for (const leaf of leaves(at.value)) {
      const form = leaf.secret ? undefined : credentialIn(leaf.text);
      if (form !== undefined) yield { at: viewOf(at, leaf), message: `the output ${name} holds ${form}` };
    }
  }
}

function* plainKubeconfig({ root }: Target, name: string) {
  const at = root.field(name);
  if (at.secret) return;
  const inline = at.text !== undefined && /[\n{]/.test(at.text);
  if (inline && isPlain(at)) yield { at, message: "the kubeconfig is readable in the state" };
}

function* waysIn(target: Target) {
  if (MARKED.test(target.type)) return;
  const declared = target.resource.opts.additionalSecretOutputs ?? [];
  for (const [name, at] of target.root.entries()) {
    if (!WAY_IN.test(name) || (Array.isArray(declared) && declared.includes(name))) continue;
    if (isPlain(at)) yield { at, message: `${name} is readable in the state` };
  }
}

/** A value that is there and not marked; what a preview does not know is decided later. */
function isPlain(view: View): boolean {
  if (view.unreadable || view.secret || !view.present) return false;
  return view.text === undefined ? view.value !== false && view.value !== true : isSecretValue(view.text);
}
