import { credentialIn, isSecretValue, namesSecret } from "../../engine/library/credentials";
import { resourceRule, type Violation } from "../../engine/rule";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";
import { leaves, viewOf } from "../../engine/walk";
import { release } from "./examples";
import { CHART_KINDS } from "./source";

/** Keys below which texts are names or settings under any name: Secrets by name, labels, selectors. */
const NOT_VALUES =
  /^(?:.*[sS]ecrets?(?:Key)?Refs?|secretKeyRef|imagePullSecrets|pullSecrets|secretKeys|labels|annotations|matchLabels|nodeSelector)$/;

/** Texts that are the name of something: lower case words joined by dashes, without a digit in every word. */
const NAME = /^[a-z]+(?:[-.][a-z0-9]+)+$/;

/** Words after which the value is as often the name of a Secret as a secret. */
const AMBIGUOUS = /(?:^|[^a-z])(?:secrets?|credentials?|tokens?|client-?key|access-?keys?)$/i;

function secretIn(name: string, text: string): string | undefined {
  const credential = credentialIn(text);
  if (credential !== undefined) return credential;
  // the name of a key inside a Secret is called after what the key holds: passwordKey, tokenKey
  if (!namesSecret(name) || !isSecretValue(text) || /(?:password|passwd|token|username)[-_]?keys?$/i.test(name))
    return undefined;
  if (AMBIGUOUS.test(name.replace(/([a-z])([A-Z])/g, "$1-$2")) && NAME.test(text)) return undefined;
  return `what ${name} is called a secret for`;
}

/** Longest text whose lines are looked at one by one. */
const LONGEST = 1 << 20;

/** Secrets in a text of YAML, which may be a template that no parser takes. */
function secretInYaml(text: string): string | undefined {
  const credential = credentialIn(text);
  if (credential !== undefined) return credential;
  for (const line of text.slice(0, LONGEST).split("\n")) {
    const match = /^[ \t-]*["']?([\w.-]{1,128})["']?[ \t]*:[ \t]+(\S.*)$/.exec(line.slice(0, 4096));
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const value = match[2]
      .replace(/[ \t]+#.*$/, "")
      .trim()
      .replace(/^(["'])(.*)\1$/, "$2");
    if (value.startsWith("{") || value.startsWith("|") || value.startsWith(">") || value.startsWith("&")) continue;
    const found = secretIn(match[1], value);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const valuesWithoutSecrets = resourceRule({
  id: "helm-values-no-secrets",
  group: "helm",
  title: "No secret in values",
  severity: "critical",
  references: ["C-0012", "MITRE T1552.001"],
  types: CHART_KINDS,
  on: ({ key }) => CHART_KINDS.includes(key),
  fix: "put it into a Secret and give the chart its name (existingSecret), or make the value a secret of Pulumi",
  docs: {
    why: "Values are stored in the program, in the state and, unencrypted, in the Secret that Helm keeps of every revision. Everybody who may read one of these gets the password.",
    pass: release({ values: { auth: { existingSecret: "shop-db", secretKeys: { adminPasswordKey: "password" } } } }),
    fail: release({ values: { auth: { password: "correct-horse" } } }),
  },
  *check(target) {
    for (const tree of treesOf(target)) yield* treeFaults(tree);
    for (const text of textsOf(target)) {
      const found = text.secret || text.text === undefined ? undefined : secretInYaml(text.text);
      if (found !== undefined) yield { at: text, message: `it holds ${found}` };
    }
  },
});

function treesOf({ root, key }: Target): View[] {
  return key.startsWith("helm.sh/") ? [root.field("values"), root.field("set")] : [];
}

/** Files and templates of values, as far as their text is part of the resource. */
function textsOf({ root, spec, key }: Target): View[] {
  if (!key.startsWith("helm.sh/")) return [spec.field("valuesTemplate")];
  return root
    .field("valueYamlFiles")
    .items()
    .map((file) => file.field("text"));
}

function* treeFaults(tree: View): Generator<Violation> {
  if (tree.secret || tree.value === undefined) return;
  for (const leaf of leaves(tree.value, (name) => NOT_VALUES.test(name))) {
    if (leaf.secret) continue;
    const found = secretIn(leaf.name, leaf.text);
    if (found !== undefined) yield { at: viewOf(tree, leaf), message: `it holds ${found}` };
  }
}
